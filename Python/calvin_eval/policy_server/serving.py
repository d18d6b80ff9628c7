"""A model with CALVIN's reset() and step(obs, goal) as a policy server."""

import json
import queue
import socket
import threading
import time
import traceback

import numpy as np

from .messagepack import MessageError, pack, unpack
from .websocket import Closed, WebSocket

_HARNESS_VERSION = "0.8.0"
_PATIENCE_S = 5.0
_ACTION_MODES = {
    "rel": ("delta_xyz", "euler_xyz", 3),
    "abs-euler": ("absolute_xyz", "euler_xyz", 3),
    "abs-quat": ("absolute_xyz", "quaternion_xyzw", 4),
}


def serve(model, host="127.0.0.1", port=8000, *, depth=True, action_mode="rel"):
    """Answers calvin-eval until interrupted: `calvin-eval --policy ws://HOST:PORT`.

    model: an object with reset() and step(obs, goal), or a list of such objects to serve as many
        connections (calvin-eval's workers) at once. `obs` is what calvin_env's get_obs() returns:
        rgb_obs, depth_obs, robot_obs, scene_obs as numpy arrays; `goal` is the instruction.
        step returns the action's numbers as list, numpy array or torch tensor, or rows of actions
        for `calvin-eval --exec-horizon`.
    depth: False spares depth images; depth_obs is empty then.
    action_mode: what the numbers mean: "rel" (7, CALVIN's relative action), "abs-euler" (7) or
        "abs-quat" (8).
    """
    with PolicyServer(model, host, port, depth=depth, action_mode=action_mode) as server:
        try:
            print(f"serving {server.model_name} on {server.url}", flush=True)
            server.wait()
        except KeyboardInterrupt:
            pass


class PolicyServer:
    """A server that runs in threads of its own until it is closed; port 0 takes a free one."""

    def __init__(self, model, host="127.0.0.1", port=8000, *, depth=True, action_mode="rel"):
        models = list(model) if isinstance(model, (list, tuple)) else [model]
        for each in models:
            for method in ("reset", "step"):
                if not callable(getattr(each, method, None)):
                    raise TypeError(f"{type(each).__name__} has no method {method}()")
        if not models or action_mode not in _ACTION_MODES:
            raise ValueError(f"one model or more, and an action mode of {list(_ACTION_MODES)}")
        self.model_name = type(models[0]).__name__
        self._depth, self._action_mode, self._count = depth, action_mode, len(models)
        self._free = queue.LifoQueue()
        for each in models:
            self._free.put(each)
        self._sockets = set()
        self._lock = threading.Lock()
        self._listener = socket.create_server((host, port))
        self.host, self.port = self._listener.getsockname()[:2]
        self._thread = threading.Thread(target=self._listen, name="policy server", daemon=True)
        self._thread.start()

    @property
    def url(self):
        """What calvin-eval's --policy takes."""
        return f"ws://{self.host}:{self.port}"

    def wait(self):
        """Returns when the server is closed."""
        while self._thread.is_alive():
            self._thread.join(1)

    def close(self):
        """Stops listening and hangs up on every client."""
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        with self._lock:
            sockets = list(self._sockets)
        for each in sockets:
            each.abort()
        self._thread.join()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _listen(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(
                target=self._connected, args=(connection,), name="policy connection", daemon=True
            ).start()

    def _connected(self, connection):
        websocket = WebSocket(connection)
        with self._lock:
            self._sockets.add(websocket)
        session = _Session(self, websocket)
        try:
            if websocket.accept({"/health": json.dumps({"status": "ok"})}):
                session.run()
        except (Closed, OSError):
            pass
        except MessageError as error:
            print(f"policy server: hanging up: {error}", flush=True)
        finally:
            session.end()
            websocket.abort()
            with self._lock:
                self._sockets.discard(websocket)

    def take_model(self):
        """A model nobody uses. A client that reconnects may be faster than its old connection's end,
        so this waits a little."""
        try:
            return self._free.get(timeout=_PATIENCE_S)
        except queue.Empty:
            raise RuntimeError(
                f"all {self._count} models are taken by other connections; run calvin-eval with "
                f"--workers {self._count} or serve a list of more models"
            ) from None

    def give_back(self, model):
        """Frees a model for the next connection."""
        self._free.put(model)

    @property
    def action_width(self):
        """Numbers of an action in this server's mode."""
        return _ACTION_MODES[self._action_mode][2] + 4

    @property
    def hello(self):
        """What a client is told."""
        position, rotation, width = _ACTION_MODES[self._action_mode]
        return {
            "harness_version": _HARNESS_VERSION,
            "protocol_version": 1,
            "model_server": self.model_name,
            "capabilities": {"max_connections": self._count},
            "observation_params": {
                "send_wrist_image": True,
                "send_state": False,
                "send_robot_obs": True,
                "send_scene_obs": True,
                "send_depth": self._depth,
                "native_images": True,
                "action_mode": self._action_mode,
            },
            "action_spec": {
                "position": {"name": "position", "dims": 3, "format": position},
                "rotation": {"name": "rotation", "dims": width, "format": rotation},
                "gripper": {"name": "gripper", "dims": 1, "format": "binary_close_negative"},
            },
        }


class _Session:
    """One client: hello, then episodes of observations."""

    def __init__(self, server, websocket):
        self._server = server
        self._websocket = websocket
        self._model = None

    def run(self):
        while True:
            message = unpack(self._websocket.receive())
            try:
                kind, payload, number = (message[key] for key in ("type", "payload", "seq"))
            except (TypeError, KeyError):
                raise MessageError("a message needs type, payload and seq") from None
            if kind == "hello":
                self._send("hello", self._server.hello, number)
            elif kind == "episode_start":
                self._guarded("episode_start", number, self._begin)
            elif kind == "observation":
                self._guarded("observation", number, lambda: self._act(payload, number))
            elif kind != "episode_end":
                raise MessageError(f"a message of unknown type {kind!r}")

    def end(self):
        """Gives the model back."""
        if self._model is not None:
            self._server.give_back(self._model)
            self._model = None

    def _begin(self):
        if self._model is None:
            self._model = self._server.take_model()
        self._model.reset()

    def _act(self, payload, number):
        if self._model is None:
            raise RuntimeError("an observation before any episode")
        if payload.get("episode_restart"):
            self._model.reset()
        action = self._model.step(_observation(payload), payload["task_description"])
        numbers = _numbers(action, self._server.action_width)
        self._send("action", {"actions": numbers}, number)

    def _guarded(self, what, number, body):
        try:
            body()
        except (Closed, OSError):
            raise
        except Exception as error:  # Whatever a model raises is the client's to know.
            traceback.print_exc()
            text = f"{what}_failed: {type(error).__name__}: {error}"
            self._send("error", {"error": text}, number)

    def _send(self, kind, payload, number):
        message = {"type": kind, "payload": payload, "seq": number, "timestamp": time.time()}
        self._websocket.send(pack(message))


def _observation(payload):
    missing = [key for key in ("images", "robot_obs", "scene_obs") if key not in payload]
    if missing:
        raise RuntimeError(
            f"the observation lacks {', '.join(missing)}; this server is made for calvin-eval, "
            "which sends what the server's HELLO asks for"
        )
    return {
        "rgb_obs": dict(payload["images"]),
        "depth_obs": dict(payload.get("depth", {})),
        "robot_obs": payload["robot_obs"],
        "scene_obs": payload["scene_obs"],
    }


def _numbers(action, width):
    """An action, or rows of actions, of at least `width` numbers each."""
    if hasattr(action, "detach"):
        action = action.detach().cpu().numpy()
    numbers = np.asarray(action)
    if numbers.ndim == 2 and len(numbers) == 1:
        numbers = numbers[0]
    if numbers.dtype.kind not in "fiu" or numbers.ndim not in (1, 2) or numbers.shape[-1] < width:
        raise TypeError(
            f"step() returned {type(action).__name__} of {numbers.dtype}, shape {numbers.shape}; "
            f"expected {width} numbers, or rows of {width}"
        )
    # Relative actions are scaled in the precision they come in.
    return numbers if numbers.dtype in (np.float16, np.float32) else numbers.astype(np.float64)
