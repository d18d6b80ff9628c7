"""The C interface of libCalvinEval.so (Sources/CCalvinEval/calvin_eval.h) through ctypes.

ctypes releases the interpreter lock during every call, so worlds in different threads run at the
same time.
"""

import ctypes
import functools
import json
import os
from pathlib import Path

import numpy as np

VERSION = 1
CONTACT_NUMBERS = 23
ACTION_KINDS = {
    "cartesian_rel": 0,
    "cartesian_abs": 1,
    "joint_rel": 2,
    "joint_abs": 3,
    "cartesian_rel_float32": 4,
}


class SimulatorError(RuntimeError):
    """The library refused a call; the message says what was wrong and what was expected."""


class ActionError(SimulatorError, ValueError):
    """An action that cannot be executed; nothing has changed."""


class DivergenceError(SimulatorError):
    """The simulation left the numbers in which it means something; reset it."""


_TOO_SMALL = 6
_ERRORS = {3: ActionError, 4: DivergenceError}
_MESSAGE_BYTES = 1024


def library_path():
    """Where libCalvinEval.so is: CALVIN_EVAL_LIBRARY, inside the package, or a source checkout's build."""
    named = os.environ.get("CALVIN_EVAL_LIBRARY")
    package = Path(__file__).resolve().parent
    places = [Path(named)] if named else [
        package / "native" / "libCalvinEval.so",
        package.parents[1] / ".build" / "release" / "libCalvinEval.so",
        package.parents[1] / ".build" / "debug" / "libCalvinEval.so",
    ]
    for place in places:
        if place.is_file():
            return place
    raise SimulatorError(
        "libCalvinEval.so was not found; expected it at " + " or ".join(map(str, places))
        + ". In a source checkout `scripts/build-library.sh` builds it."
    )


@functools.lru_cache(maxsize=None)
def library():
    """The loaded library."""
    path = library_path()
    loaded = ctypes.CDLL(str(path))
    version = loaded.calvin_interface_version()
    if version != VERSION:
        raise SimulatorError(f"{path} has interface version {version}, this package needs {VERSION}")
    number, pointer, text = ctypes.c_int32, ctypes.c_void_p, ctypes.c_char_p
    handle = ctypes.c_int64
    tail = [ctypes.c_char_p, number]
    for name, arguments in {
        "open": [text, pointer],
        "open_another": [handle, handle, pointer],
        "close": [handle],
        "describe": [handle, pointer, handle, pointer],
        "chains": [handle, number, number, pointer, handle, pointer],
        "start_state": [handle, text, pointer, number, pointer, number],
        "reset": [handle, pointer, number, pointer, number],
        "step": [handle, number, pointer, number],
        "observe": [handle, pointer, number, pointer, number],
        "info": [handle, pointer, number, pointer, number, pointer],
        "achieved": [handle, pointer, pointer, number, pointer, pointer, number, number, pointer, number],
        "render": [handle, pointer, number, pointer, pointer],
        "camera": [handle, number, pointer, pointer],
    }.items():
        function = getattr(loaded, "calvin_" + name)
        function.argtypes = arguments + tail
        function.restype = ctypes.c_int32
    return loaded


def _address(array):
    return None if array is None else array.ctypes.data


class Simulator:
    """One simulated world. Arrays handed to its methods are filled in place, without copies."""

    def __init__(self, _number=None, **options):
        self._library = library()
        self._message = ctypes.create_string_buffer(_MESSAGE_BYTES)
        if _number is None:
            options.setdefault("home", str(library_path().parent))
            number = ctypes.c_int64()
            self._check(
                self._library.calvin_open(
                    json.dumps(options).encode(), ctypes.byref(number), self._message, _MESSAGE_BYTES
                )
            )
            _number = number.value
        self._number = _number
        self._contacts = np.empty((64, CONTACT_NUMBERS))
        self._found = ctypes.c_int32()
        self._found_address = ctypes.addressof(self._found)

    @functools.cached_property
    def description(self):
        """Names of what the arrays hold."""
        return self._text("describe")

    def another(self, seed=0):
        """A new world of the same scene; files and meshes are shared."""
        number = ctypes.c_int64()
        self._call("open_another", seed, ctypes.byref(number))
        return Simulator(_number=number.value)

    def close(self):
        """Ends the simulation; closing twice is no error."""
        if getattr(self, "_number", None) is not None:
            number, self._number = self._number, None
            self._library.calvin_close(number, self._message, _MESSAGE_BYTES)

    def __del__(self):
        self.close()

    def chains(self, count, as_upstream=False):
        """Evaluation chains as (initial state, tasks)."""
        pairs = self._text("chains", count, int(as_upstream))
        return [(state, tuple(tasks)) for state, tasks in pairs]

    def start_state(self, initial_state):
        """robot_obs and scene_obs of a symbolic initial state."""
        robot, scene = self.empty_state()
        self._call(
            "start_state", json.dumps(initial_state).encode(), _address(robot), robot.size,
            _address(scene), scene.size,
        )
        return robot, scene

    def empty_state(self):
        """Arrays for robot_obs and scene_obs."""
        return np.empty(self.description["robot_obs"]), np.empty(self.description["scene_obs"])

    def reset(self, robot_obs=None, scene_obs=None):
        """Loads the world anew and puts it into a state."""
        robot, scene = (
            None if values is None else np.ascontiguousarray(values, dtype=np.float64).ravel()
            for values in (robot_obs, scene_obs)
        )
        self._call(
            "reset", _address(robot), 0 if robot is None else robot.size,
            _address(scene), 0 if scene is None else scene.size,
        )

    def step(self, kind, action):
        """One control step with a float64 array."""
        self._call("step", ACTION_KINDS[kind], action.ctypes.data, action.size)

    def observe(self, robot_obs, scene_obs):
        """Fills robot_obs and scene_obs (float64)."""
        self._call(
            "observe", robot_obs.ctypes.data, robot_obs.size, scene_obs.ctypes.data, scene_obs.size
        )

    def info(self):
        """The numbers the oracle reads, and a row of numbers for every contact point."""
        numbers = np.empty(self.description["info"])
        while True:
            status = self._library.calvin_info(
                self._open_number(), numbers.ctypes.data, numbers.size, self._contacts.ctypes.data,
                len(self._contacts), self._found_address, self._message, _MESSAGE_BYTES,
            )
            if status != _TOO_SMALL:
                self._check(status)
                return numbers, self._contacts[: self._found.value].copy()
            self._contacts = np.empty((2 * self._found.value, CONTACT_NUMBERS))

    def achieved(self, start, end):
        """Per task, whether it was achieved between two infos (numbers and contacts)."""
        flags = np.empty(len(self.description["tasks"]), dtype=np.uint8)
        arrays = []
        for numbers, contacts in (start, end):
            arrays += [numbers.ctypes.data, contacts.ctypes.data, len(contacts)]
        self._call("achieved", *arrays, start[0].size, flags.ctypes.data, flags.size)
        return flags.astype(bool)

    def render(self, cameras, rgb, depth=None):
        """Fills one image (uint8, and float32 metres) per camera number."""
        count = len(cameras)
        if not count:
            return
        pointers = ctypes.c_void_p * count
        depths = None if depth is None else pointers(*[_address(array) for array in depth])
        self._call(
            "render", (ctypes.c_int32 * count)(*cameras), count,
            pointers(*[array.ctypes.data for array in rgb]), depths,
        )

    def camera(self, number):
        """View and projection matrix of a camera now, float32, column by column."""
        view, projection = np.empty(16, np.float32), np.empty(16, np.float32)
        self._call("camera", number, view.ctypes.data, projection.ctypes.data)
        return view, projection

    def _open_number(self):
        if self._number is None:
            raise SimulatorError("the simulator is closed")
        return self._number

    def _call(self, name, *arguments):
        function = getattr(self._library, "calvin_" + name)
        self._check(function(self._open_number(), *arguments, self._message, _MESSAGE_BYTES))

    def _text(self, name, *arguments):
        length = ctypes.c_int64(1 << 14)
        while True:
            text = ctypes.create_string_buffer(length.value)
            status = getattr(self._library, "calvin_" + name)(
                self._open_number(), *arguments, text, len(text), ctypes.byref(length),
                self._message, _MESSAGE_BYTES,
            )
            if status != _TOO_SMALL:
                self._check(status)
                return json.loads(text.value)

    def _check(self, status):
        if status:
            raise _ERRORS.get(status, SimulatorError)(self._message.value.decode())
