"""The C interface of libCalvinEval.so (Sources/CCalvinEval/calvin_eval.h) through ctypes.

ctypes releases the interpreter lock during every call, so worlds in different threads run at the
same time.
"""

import ctypes
import functools
import json
import operator
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
    "cartesian_rel_float16": 5,
}


class SimulatorError(RuntimeError):
    """The library refused a call; the message says what was wrong and what was expected."""


class ActionError(SimulatorError, ValueError):
    """An action that cannot be executed; nothing has changed."""


class DivergenceError(SimulatorError):
    """The simulation left the numbers in which it means something; reset it."""


class ArrayError(SimulatorError, TypeError):
    """An array that cannot be filled in place: another type or shape than said."""


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
    # An installed package brings the Swift runtime its library was built with; loaded first, no
    # other toolchain's takes its place.
    is_installed = path.parent.name == "native"
    try:
        for runtime in sorted(path.parent.glob("lib*.so")) if is_installed else ():
            if runtime != path:
                ctypes.CDLL(str(runtime))
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise SimulatorError(
            f"{path} cannot be loaded: {error}. It needs Bullet (double precision), EGL, libpng, "
            "libdeflate and OpenSSL of the system it was built on; `./calvin-eval doctor` in a "
            "source checkout installs them"
        ) from None
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
    """Where a writeable array's memory is; `array.ctypes.data` says the same much more slowly."""
    return ctypes.addressof(ctypes.c_char.from_buffer(array))


def _filled(array, name, dtype, shape):
    """The address of an array that is about to be filled; the library cannot see its size."""
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != shape:
        found = (
            f"{array.dtype} of shape {array.shape}" if isinstance(array, np.ndarray)
            else type(array).__name__
        )
        raise ArrayError(f"{name}: expected {np.dtype(dtype)} of shape {shape}, found {found}")
    if not array.flags.carray:
        raise ArrayError(f"{name}: expected a writeable array in C order without gaps")
    return _address(array)


def _state(values, name):
    """A state vector as the library reads it."""
    if values is None:
        return None
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu().numpy()
        return np.ascontiguousarray(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise SimulatorError(
            f"{name}: expected numbers, found {type(values).__name__}: {error}"
        ) from None


def _whole(number, name):
    """A whole number of any type."""
    try:
        return operator.index(number)
    except TypeError:
        raise SimulatorError(f"{name} is {number!r}, expected a whole number") from None


class Simulator:
    """One simulated world. Arrays handed to its methods are filled in place, without copies."""

    _number = None

    def __init__(self, _number=None, **options):
        self._process = os.getpid()
        self._library = library()
        self._message = ctypes.create_string_buffer(_MESSAGE_BYTES)
        if _number is None:
            options.setdefault("home", str(library_path().parent))
            for name in ("seed", "gpu", "depth_bits"):
                if options.get(name) is not None:
                    options[name] = _whole(options[name], name)
            try:
                text = json.dumps(options).encode()
            except TypeError as error:
                raise SimulatorError(f"options {options}: {error}") from None
            number = ctypes.c_int64()
            self._check(
                self._library.calvin_open(
                    text, ctypes.byref(number), self._message, _MESSAGE_BYTES
                )
            )
            _number = number.value
        self._number = _number
        self._contacts = np.empty((64, CONTACT_NUMBERS))
        self._found = ctypes.c_int32()
        self._found_address = ctypes.addressof(self._found)

    def __reduce_ex__(self, _):
        raise TypeError(
            "a simulator is no data: it cannot be copied or pickled. another() is a second world "
            "of the same scene; a new process opens its own"
        )

    @functools.cached_property
    def description(self):
        """Names of what the arrays hold."""
        return self._text("describe")

    def another(self, seed=0):
        """A new world of the same scene; files and meshes are shared."""
        number = ctypes.c_int64()
        self._call("open_another", _whole(seed, "seed"), ctypes.byref(number))
        return Simulator(_number=number.value)

    def close(self):
        """Ends the simulation; closing twice is no error."""
        number, self._number = self._number, None
        if number is not None and self._process == os.getpid():
            self._library.calvin_close(number, self._message, _MESSAGE_BYTES)

    def __del__(self):
        self.close()

    def chains(self, count, as_upstream=False):
        """Evaluation chains as (initial state, tasks)."""
        pairs = self._text("chains", _whole(count, "count"), int(as_upstream))
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
        robot, scene = _state(robot_obs, "robot_obs"), _state(scene_obs, "scene_obs")
        given = []
        for vector in (robot, scene):
            given += [None, 0] if vector is None else [vector.ctypes.data, vector.size]
        self._call("reset", *given)

    def step(self, kind, action):
        """One control step; `action` as `calvin_eval.actions.parsed_action` returns it."""
        if kind not in ACTION_KINDS:
            raise ActionError(f"action kind is {kind!r}, expected one of {', '.join(ACTION_KINDS)}")
        numbers = np.ascontiguousarray(action, np.float64)
        self._call("step", ACTION_KINDS[kind], numbers.ctypes.data, numbers.size)

    def observe(self, robot_obs, scene_obs):
        """Fills robot_obs and scene_obs (float64)."""
        robot, scene = self.description["robot_obs"], self.description["scene_obs"]
        self._call(
            "observe", _filled(robot_obs, "robot_obs", np.float64, (robot,)), robot,
            _filled(scene_obs, "scene_obs", np.float64, (scene,)), scene,
        )

    def info(self):
        """The numbers the oracle reads, and a row of numbers for every contact point."""
        numbers = np.empty(self.description["info"])
        while True:
            status = self._library.calvin_info(
                self._open_number(), _address(numbers), numbers.size, _address(self._contacts),
                len(self._contacts), self._found_address, self._message, _MESSAGE_BYTES,
            )
            if status != _TOO_SMALL:
                self._check(status)
                return numbers, self._contacts[: self._found.value].copy()
            self._contacts = np.empty((2 * self._found.value, CONTACT_NUMBERS))

    def achieved(self, start, end):
        """Per task, whether it was achieved between two infos (numbers and contacts)."""
        flags = np.empty(len(self.description["tasks"]), dtype=np.uint8)
        count, arrays, kept = self.description["info"], [], []
        for numbers, contacts in (start, end):
            numbers = np.ascontiguousarray(numbers, np.float64)
            contacts = np.ascontiguousarray(contacts, np.float64).reshape(-1, CONTACT_NUMBERS)
            if numbers.size != count:
                raise SimulatorError(f"an info of {numbers.size} numbers, expected {count}")
            arrays += [numbers.ctypes.data, contacts.ctypes.data, len(contacts)]
            kept += [numbers, contacts]
        self._call("achieved", *arrays, count, flags.ctypes.data, flags.size)
        return flags.astype(bool)

    def render(self, cameras, rgb, depth=None):
        """Fills one image (uint8, and float32 metres) per camera number; an image's depth may be
        None."""
        count = len(cameras)
        if len(rgb) != count or depth is not None and len(depth) != count:
            raise ArrayError(
                f"{len(rgb)} colour and {0 if depth is None else len(depth)} depth images for "
                f"{count} cameras"
            )
        if not count:
            return
        known, colours, depths = self.description["cameras"], [], None if depth is None else []
        for place, number in enumerate(cameras):
            if not 0 <= number < len(known):
                raise SimulatorError(f"there is no camera {number}; the scene has {len(known)}")
            size = known[number]["height"], known[number]["width"]
            colours.append(_filled(rgb[place], f"rgb[{place}]", np.uint8, (*size, 3)))
            if depth is not None:
                metres = depth[place]
                depths.append(
                    None if metres is None else _filled(metres, f"depth[{place}]", np.float32, size)
                )
        self._render(cameras, colours, depths)

    def pictures(self, cameras, depth):
        """New images: one (uint8) per camera number, and with `depth` one in float32 metres."""
        sizes = [
            (known["height"], known["width"])
            for known in (self.description["cameras"][number] for number in cameras)
        ]
        rgb = [np.empty((*size, 3), np.uint8) for size in sizes]
        metres = [np.empty(size, np.float32) for size in sizes] if depth else []
        if cameras:
            self._render(
                cameras, [_address(image) for image in rgb],
                [_address(image) for image in metres] if depth else None,
            )
        return rgb, metres

    def _render(self, cameras, colours, depths):
        count = len(cameras)
        pointers = ctypes.c_void_p * count
        self._call(
            "render", (ctypes.c_int32 * count)(*cameras), count, pointers(*colours),
            None if depths is None else pointers(*depths),
        )

    def camera(self, number):
        """View and projection matrix of a camera now, float32, column by column."""
        view, projection = np.empty(16, np.float32), np.empty(16, np.float32)
        self._call("camera", number, view.ctypes.data, projection.ctypes.data)
        return view, projection

    def _open_number(self):
        if self._number is None:
            raise SimulatorError("the simulator is closed")
        if self._process != os.getpid():
            raise SimulatorError(
                f"the simulator was opened in process {self._process}; a forked process opens "
                "its own"
            )
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
