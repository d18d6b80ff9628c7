"""calvin_env's PlayTableSimEnv on calvin-eval's simulator."""

from pathlib import Path
import warnings

from .actions import parsed_action
from .cameras import Camera
from .info import nested_info
from .native import Simulator, SimulatorError


class PlayTableSimEnv:
    """One play table with its robot, stepped at 30 Hz.

    What `reset`, `step`, `get_obs` and `get_info` return has calvin_env's shapes and, on the official
    scenes, calvin_env's numbers. Every reset loads the world anew, so an episode depends on nothing
    that happened before it. An environment is used by one thread at a time; the interpreter lock is
    free while it steps and renders.

    scene: "A" to "D".
    calvin_env: a calvin_env checkout to read scenes from (default: the scenes of this package).
    dataset: a dataset split whose .hydra/merged_config.yaml overrides scene, robot and cameras.
    cameras: names of the cameras to render, in order (default: all of the scene's); () for none.
    depth: False leaves depth_obs empty.
    renderer: "auto" (a GPU, else the CPU), "egl" or "cpu".
    seed: seeds where blocks are loaded and random resets put them.
    use_scene_info: False leaves scene_info out of get_info.
    """

    def __init__(
        self, scene="D", *, calvin_env=None, dataset=None, cameras=None, depth=True,
        renderer="auto", gpu=None, depth_bits=24, shadows=True, seed=0, use_scene_info=True,
    ):
        options = {
            "scene": scene,
            "calvin_env": _path(calvin_env),
            "dataset": _path(dataset),
            "renderer": renderer,
            "gpu": gpu,
            "depth_bits": depth_bits,
            "shadows": shadows,
            "seed": seed,
        }
        self._set_up(Simulator(**options), cameras, depth, use_scene_info)

    def _set_up(self, simulator, cameras, depth, use_scene_info):
        self.simulator = simulator
        self.depth = depth
        self.use_scene_info = use_scene_info
        self.control_freq = 30
        if isinstance(cameras, str):
            raise SimulatorError(f"cameras is {cameras!r}, expected a list of names: [{cameras!r}]")
        known = {entry["name"]: number for number, entry in enumerate(self.description["cameras"])}
        names = list(known) if cameras is None else list(cameras)
        for name in names:
            if name not in known:
                raise SimulatorError(f"there is no camera {name!r}; the scene has {', '.join(known)}")
        self._numbers = [known[name] for name in names]
        self.cameras = [
            Camera(lambda: self.simulator, number, self.description["cameras"][number])
            for number in self._numbers
        ]

    def another(self, seed=0):
        """A new environment of the same scene and settings; files and meshes are shared."""
        other = type(self).__new__(type(self))
        names = [camera.name for camera in self.cameras]
        other._set_up(self.simulator.another(seed), names, self.depth, self.use_scene_info)
        return other

    def __reduce_ex__(self, protocol):
        # Refuses: a copy would step the same world.
        return self.simulator.__reduce_ex__(protocol)

    @property
    def description(self):
        """Names and ids of everything in the scene."""
        return self.simulator.description

    def reset(self, robot_obs=None, scene_obs=None):
        """Loads the world anew; a part without its vector is reset as upstream resets it."""
        self.simulator.reset(robot_obs, scene_obs)
        return self.get_obs()

    def seed(self, seed=None):
        """Seeds the next resets."""
        seed = 0 if seed is None else seed
        old, self.simulator = self.simulator, self.simulator.another(seed)
        old.close()
        return [seed]

    def step(self, action):
        """One control step; the action is 7 numbers, (position, orientation, gripper), or a
        dictionary with "type" and "action". Returns observation, 0, False, info."""
        kind, numbers = parsed_action(action)
        self.simulator.step(kind, numbers)
        state = self.get_state_obs()
        rgb_obs, depth_obs = self.get_camera_obs()
        info = self._info(state["robot_obs"])
        return {"rgb_obs": rgb_obs, "depth_obs": depth_obs, **state}, 0, False, info

    def get_obs(self):
        """Pictures and state: rgb_obs, depth_obs, robot_obs, scene_obs."""
        rgb_obs, depth_obs = self.get_camera_obs()
        return {"rgb_obs": rgb_obs, "depth_obs": depth_obs, **self.get_state_obs()}

    def get_state_obs(self):
        """robot_obs (15) and scene_obs (24), float64."""
        robot, scene = self.simulator.empty_state()
        self.simulator.observe(robot, scene)
        return {"robot_obs": robot, "scene_obs": scene}

    def get_camera_obs(self):
        """Pictures by name: uint8 (height, width, 3), and float32 metres (height, width)."""
        rgb, depth = self.simulator.pictures(self._numbers, self.depth)
        names = [camera.name for camera in self.cameras]
        return (
            {f"rgb_{name}": image for name, image in zip(names, rgb)},
            {f"depth_{name}": image for name, image in zip(names, depth)},
        )

    def render_into(self, rgb, depth=None):
        """Fills the caller's arrays, one per camera, in place."""
        self.simulator.render(self._numbers, rgb, depth)

    def get_info(self):
        """What the task oracle reads, as calvin_env's nested dictionary."""
        return self._info(self.get_state_obs()["robot_obs"])

    def get_scene_info(self):
        """The scene's part of get_info."""
        numbers, contacts = self.simulator.info()
        robot_obs = self.get_state_obs()["robot_obs"]
        return nested_info(self.description, robot_obs, numbers, contacts)["scene_info"]

    def _info(self, robot_obs):
        numbers, contacts = self.simulator.info()
        return nested_info(self.description, robot_obs, numbers, contacts, self.use_scene_info)

    def render(self, mode="human"):
        """The static camera's picture; "human" shows every camera in a window (needs cv2)."""
        if mode not in ("human", "rgb_array"):
            raise NotImplementedError(f"mode is {mode!r}, expected 'human' or 'rgb_array'")
        pictures = self.get_camera_obs()[0]
        if mode == "rgb_array":
            if "rgb_static" not in pictures:
                raise SimulatorError("this environment does not render the static camera")
            return pictures["rgb_static"]
        try:
            import cv2
        except ImportError:
            raise SimulatorError(
                "render() shows a window with OpenCV (pip install opencv-python); "
                "render('rgb_array') returns the picture"
            ) from None
        for name, picture in pictures.items():
            cv2.imshow(name, cv2.resize(picture[:, :, ::-1], (500, 500)))
        cv2.waitKey(1)
        return None

    def close(self):
        """Ends the simulation."""
        self.simulator.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def get_env(dataset_path, obs_space=None, show_gui=False, *, calvin_env=None, scene=None, **options):
    """calvin_env's get_env: the environment a dataset split was recorded in.

    dataset_path: folder with .hydra/merged_config.yaml; without that file scene D as published.
    obs_space: {"rgb_obs": [...], "depth_obs": [...]} limits cameras to those named.
    show_gui: there is no window; True only warns.
    calvin_env: the checkout with the scene's files (default: the installed calvin_env, else the
        scenes of this package).
    scene: a scene's name or scene file's stem to use instead of the dataset's.
    options: those of PlayTableSimEnv.
    """
    if show_gui:
        warnings.warn("there is no GUI; use env.render()", stacklevel=2)
    checkout = calvin_env or _installed_calvin_env()
    config = Path(dataset_path).expanduser() / ".hydra" / "merged_config.yaml"
    if obs_space is not None:
        depths = list(obs_space.get("depth_obs", ()))
        named = [name.partition("_")[2] for name in [*obs_space.get("rgb_obs", ()), *depths]]
        if "tactile" in named:
            warnings.warn("there is no tactile camera here; leaving it out", stacklevel=2)
        options["cameras"] = [name for name in dict.fromkeys(named) if name != "tactile"]
        options.setdefault("depth", bool(depths))
    if scene is not None:
        name = scene.replace("calvin_scene_", "").replace(".yaml", "")
        return PlayTableSimEnv(name, calvin_env=checkout, **options)
    dataset = dataset_path if config.is_file() and checkout else None
    if dataset is None:
        missing = "no .hydra/merged_config.yaml" if checkout else "no calvin_env checkout"
        warnings.warn(f"{dataset_path}: {missing}; taking scene D", stacklevel=2)
    return PlayTableSimEnv("D", calvin_env=checkout, dataset=dataset, **options)


def _path(path):
    return None if path is None else str(Path(path).expanduser())


def _installed_calvin_env():
    """The checkout an importable calvin_env comes from, without importing it."""
    from importlib.util import find_spec

    try:
        found = find_spec("calvin_env")
    except (ImportError, ValueError):
        return None
    for place in (found.submodule_search_locations or []) if found else []:
        root = Path(place).parent
        if (root / "conf").is_dir() and (root / "data").is_dir():
            return root
    return None
