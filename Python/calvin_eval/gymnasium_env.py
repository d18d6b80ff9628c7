"""The play table as a Gymnasium environment: gymnasium.make("calvin_eval/PlayTable-v0")."""

from concurrent.futures import ThreadPoolExecutor, wait
import operator

import gymnasium
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
import numpy as np

from .actions import parsed_action
from .environment import PlayTableSimEnv
from .native import ActionError, SimulatorError
from .tasks import Tasks

ENV_ID = "calvin_eval/PlayTable-v0"
STEPS_PER_SUBTASK = 360


def register():
    """Makes the environment known to Gymnasium."""
    if ENV_ID not in gymnasium.registry:
        gymnasium.register(
            id=ENV_ID,
            entry_point="calvin_eval.gymnasium_env:PlayTableEnv",
            vector_entry_point="calvin_eval.gymnasium_env:PlayTableVectorEnv",
            max_episode_steps=STEPS_PER_SUBTASK,
        )


class _Starts:
    """The states episodes start from: those CALVIN's chains start from, and among them those whose
    chain begins with the task where there are any."""

    def __init__(self, tasks, task):
        chains = tasks.chains()
        fitting = [state for state, names in chains if names[0] == task]
        self._states = fitting or [state for state, _ in chains]
        self._tasks = tasks

    def draw(self, random, options):
        """robot_obs and scene_obs named by the reset's options, else drawn."""
        options = options or {}
        unknown = set(options) - {"robot_obs", "scene_obs", "initial_state"}
        if unknown:
            raise SimulatorError(
                f"unknown reset options {sorted(unknown)}; there are robot_obs, scene_obs and "
                "initial_state"
            )
        if "robot_obs" in options or "scene_obs" in options:
            return options.get("robot_obs"), options.get("scene_obs")
        state = options.get("initial_state")
        if state is None:
            state = self._states[random.integers(len(self._states))]
        return self._tasks.start_state(state)


def _observation_space(env):
    images = {
        f"rgb_{c.name}": spaces.Box(0, 255, (c.height, c.width, 3), np.uint8) for c in env.cameras
    }
    depths = {
        f"depth_{c.name}": spaces.Box(0, np.inf, (c.height, c.width), np.float32)
        for c in env.cameras if env.depth
    }
    states = {
        name: spaces.Box(-np.inf, np.inf, (env.description[name],), np.float64)
        for name in ("robot_obs", "scene_obs")
    }
    return spaces.Dict({**images, **depths, **states})


def _action_space():
    return spaces.Box(-1, 1, (7,), np.float32)


def _relative(action):
    """Kind and numbers of a relative action: the gripper opens when its number is positive."""
    kind, numbers = parsed_action(action)
    numbers[6] = 1 if numbers[6] > 0 else -1
    return kind, numbers


def _fill(env, arrays):
    """Writes the current observation into the caller's arrays."""
    env.simulator.observe(arrays["robot_obs"], arrays["scene_obs"])
    depth = [arrays[f"depth_{c.name}"] for c in env.cameras] if env.depth else None
    env.render_into([arrays[f"rgb_{c.name}"] for c in env.cameras], depth)


class PlayTableEnv(gymnasium.Env):
    """One play table. Actions are CALVIN's relative actions; observations a flat dictionary of
    images and states.

    task: a CALVIN task; achieving it since the reset gives reward 1 and ends the episode. Without
        one there is no reward and no end.
    The other arguments are PlayTableSimEnv's. `reset` takes options "robot_obs" and "scene_obs", or
    "initial_state"; else it draws one of the states CALVIN's chains start from.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 30}

    def __init__(self, task=None, render_mode=None, *, depth=False, **options):
        self.render_mode = render_mode
        self.task = task
        self.env = PlayTableSimEnv(depth=depth, **options)
        self.tasks = Tasks(self.env)
        self.instruction = None if task is None else self.tasks.instruction(task)
        self._starts = _Starts(self.tasks, task)
        self._start_info = None
        self.observation_space = _observation_space(self.env)
        self.action_space = _action_space()

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        robot_obs, scene_obs = self._starts.draw(self.np_random, options)
        self.env.simulator.reset(robot_obs, scene_obs)
        info = self.env.get_info()
        self._start_info = info
        return self._observation(), self._details(info, False)

    def step(self, action):
        self.env.simulator.step(*_relative(action))
        info = self.env.get_info()
        success = self.task is not None and bool(
            self.tasks.get_task_info_for_set(self._start_info, info, {self.task})
        )
        return self._observation(), float(success), success, False, self._details(info, success)

    def _observation(self):
        arrays = {
            name: np.empty(space.shape, space.dtype)
            for name, space in self.observation_space.items()
        }
        _fill(self.env, arrays)
        return arrays

    def _details(self, info, success):
        return {**info, "success": success, "instruction": self.instruction}

    def render(self):
        return self.env.render("rgb_array") if self.render_mode == "rgb_array" else None

    def close(self):
        self.env.close()


class PlayTableVectorEnv(VectorEnv):
    """Play tables in threads of this process, one world per thread; each writes its observation
    straight into the batch.

    autoreset_mode: one of Gymnasium's, as its own vector environments take it. NEXT_STEP resets an
        episode that ended in the next step, whose action is ignored; SAME_STEP at once, with the
        last observation and info in the infos' "final_obs" and "final_info"; DISABLED leaves it to
        reset(options={"reset_mask": ...}).
    What world i does depends on seed and actions, not on the number of worlds.
    """

    metadata = {**PlayTableEnv.metadata, "autoreset_mode": AutoresetMode.NEXT_STEP}

    def __init__(
        self, num_envs=1, task=None, render_mode=None, *, depth=False,
        max_episode_steps=STEPS_PER_SUBTASK, autoreset_mode=AutoresetMode.NEXT_STEP, **options,
    ):
        if num_envs < 1:
            raise SimulatorError(f"num_envs is {num_envs}, expected 1 or more")
        self.num_envs = num_envs
        self.render_mode = render_mode
        self.task = task
        self._mode = AutoresetMode(autoreset_mode)
        self.metadata = {**self.metadata, "autoreset_mode": self._mode}
        first = PlayTableSimEnv(depth=depth, **options)
        self.envs = [first] + [first.another(options.get("seed", 0)) for _ in range(num_envs - 1)]
        self.tasks = Tasks(first)
        self._judges = [Tasks(env) for env in self.envs] if task is not None else None
        self.instruction = None if task is None else self.tasks.instruction(task)
        self._starts = _Starts(self.tasks, task)
        self._limit = max_episode_steps
        self._threads = [
            ThreadPoolExecutor(1, thread_name_prefix=f"world {number}") for number in range(num_envs)
        ]
        self._randoms = [np.random.default_rng() for _ in range(num_envs)]
        self._start_infos = [None] * num_envs
        self._steps = np.zeros(num_envs, int)
        self._ended = np.zeros(num_envs, bool)
        self._has_begun = False
        self.single_observation_space = _observation_space(first)
        self.single_action_space = _action_space()
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.action_space = batch_space(self.single_action_space, num_envs)

    def reset(self, *, seed=None, options=None):
        self._check_open()
        options = dict(options or {})
        chosen = self._mask(options.pop("reset_mask", None))
        if seed is not None:
            seeds = self._seeds(seed)
            super().reset(seed=seeds[0])
            self._randoms = [
                np.random.default_rng(each) if is_chosen and each is not None else random
                for random, each, is_chosen in zip(self._randoms, seeds, chosen)
            ]
        batch = self._batch()

        def begin(i):
            if chosen[i]:
                self._begin(i, batch, options)
            else:
                _fill(self.envs[i], {name: array[i] for name, array in batch.items()})

        self._everywhere(begin)
        self._has_begun = True
        return batch, {}

    def _mask(self, mask):
        """Which worlds to reset: all unless a mask names some."""
        if mask is None:
            return np.ones(self.num_envs, bool)
        mask = np.asarray(mask)
        if mask.dtype != bool or mask.shape != (self.num_envs,) or not mask.any():
            raise SimulatorError(
                f"reset_mask is {mask!r}, expected {self.num_envs} truth values, one of them true"
            )
        if not self._has_begun and not mask.all():
            raise gymnasium.error.ResetNeeded("call reset() for all worlds first")
        return mask

    def _seeds(self, seed):
        """One seed per world; a single one is counted up."""
        try:
            return [operator.index(seed) + i for i in range(self.num_envs)]
        except TypeError:
            seeds = list(seed)
        if len(seeds) != self.num_envs:
            raise SimulatorError(f"{len(seeds)} seeds for {self.num_envs} worlds")
        return seeds

    def _check_open(self):
        if self.closed:
            raise gymnasium.error.ClosedEnvironmentError("the vector environment is closed")

    def step(self, actions):
        self._check_open()
        if not self._has_begun:
            raise gymnasium.error.ResetNeeded("call reset() before step()")
        if np.shape(actions) != self.action_space.shape:
            raise ActionError(
                f"actions of shape {np.shape(actions)}, expected {self.action_space.shape}"
            )
        # Before any world has moved.
        parsed = [_relative(action) for action in actions]
        if not all(np.isfinite(numbers).all() for _, numbers in parsed):
            raise ActionError("actions are not finite numbers")
        ended = self._ended.copy()
        if self._mode is AutoresetMode.DISABLED and ended.any():
            raise gymnasium.error.ResetNeeded(
                f"the episodes of worlds {np.flatnonzero(ended).tolist()} have ended; reset them "
                'with options={"reset_mask": ...}'
            )
        batch = self._batch()
        success = np.zeros(self.num_envs, bool)

        def advance(i):
            if ended[i]:
                self._begin(i, batch, None)
                return
            env = self.envs[i]
            env.simulator.step(*parsed[i])
            self._steps[i] += 1
            _fill(env, {name: array[i] for name, array in batch.items()})
            if self._judges is not None:
                success[i] = bool(
                    self._judges[i].get_task_info_for_set(
                        self._start_infos[i], env.get_info(), {self.task}
                    )
                )

        self._everywhere(advance)
        truncated = ~success & ~ended & (self._steps >= self._limit)
        self._ended = success | truncated
        infos = {"success": success}
        if self._mode is AutoresetMode.SAME_STEP:
            infos = self._begin_ended(batch, infos)
        return batch, success.astype(np.float64), success, truncated, infos

    def _begin_ended(self, batch, infos):
        """Resets the worlds whose episodes ended; their last observations go into the infos."""
        ended = self._ended.copy()
        for i in np.flatnonzero(ended):
            last = {name: array[i].copy() for name, array in batch.items()}
            final = {"final_obs": last, "final_info": {"success": infos["success"][i]}}
            infos = self._add_info(infos, final, i)
        self._everywhere(lambda i: self._begin(i, batch, None) if ended[i] else None)
        return infos

    def _begin(self, i, batch, options):
        env = self.envs[i]
        env.simulator.reset(*self._starts.draw(self._randoms[i], options))
        self._start_infos[i] = env.get_info()
        self._steps[i], self._ended[i] = 0, False
        _fill(env, {name: array[i] for name, array in batch.items()})

    def _everywhere(self, work):
        """Runs work(i) in the thread of world i, for all of them."""
        futures = [thread.submit(work, i) for i, thread in enumerate(self._threads)]
        wait(futures)
        for future in futures:
            future.result()

    def _batch(self):
        return {
            name: np.empty(space.shape, space.dtype)
            for name, space in self.observation_space.items()
        }

    def render(self):
        if self.render_mode != "rgb_array":
            return None
        return tuple(env.render("rgb_array") for env in self.envs)

    def close_extras(self, **_):
        for thread in self._threads:
            thread.shutdown()
        for env in self.envs:
            env.close()
