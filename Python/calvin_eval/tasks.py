"""The benchmark's chains, start states, instructions and oracle."""

from .info import plain_info
from .native import SimulatorError


class Tasks:
    """CALVIN's 34 tasks in the scene of an environment, usable until it is closed.

    `get_task_info` and `get_task_info_for_set` judge nested infos as calvin_env's own `Tasks` does;
    the predicates are this program's (Tasks/tasks.yaml).
    """

    _drawn = {}

    def __init__(self, env):
        self._env = env
        self._sentences = env.description["tasks"]
        self.id_to_task = dict(enumerate(self._sentences))
        self.task_to_id = {name: number for number, name in self.id_to_task.items()}

    @property
    def names(self):
        """Names of all tasks in the oracle's order."""
        return list(self._sentences)

    @property
    def num_tasks(self):
        """Number of tasks."""
        return len(self._sentences)

    def instruction(self, task):
        """The sentence the evaluation gives for a task."""
        if task not in self._sentences:
            raise SimulatorError(f"no task is called {task!r}; there are {', '.join(self.names)}")
        return self._sentences[task][0]

    def chains(self, count=1000, as_upstream=False):
        """The first `count` of the official 1000 chains as (initial state, tasks).

        With `as_upstream` they are get_sequences(count), which for another count is another list.
        """
        # They depend on nothing but these numbers, and drawing them takes a second.
        key = (count, as_upstream)
        if key not in self._drawn:
            self._drawn[key] = self._env.simulator.chains(count, as_upstream)
        return list(self._drawn[key])

    def start_state(self, initial_state):
        """robot_obs and scene_obs a chain starts from (get_env_state_for_initial_condition)."""
        return self._env.simulator.start_state(initial_state)

    def get_task_info(self, start_info, end_info):
        """The set of tasks achieved between two infos."""
        description = self._env.description
        try:
            infos = [plain_info(description, info) for info in (start_info, end_info)]
        except (KeyError, TypeError) as error:
            raise SimulatorError(
                f"this is no info of this scene as get_info() returns it: {error!r}"
            ) from None
        flags = self._env.simulator.achieved(*infos)
        return {name for name, achieved in zip(self._sentences, flags) if achieved}

    def get_task_info_for_set(self, start_info, end_info, task_filter):
        """Those of `task_filter` achieved between two infos."""
        unknown = set(task_filter) - set(self._sentences)
        if unknown:
            raise SimulatorError(
                f"no tasks are called {', '.join(sorted(map(str, unknown)))}; there are "
                f"{', '.join(self.names)}"
            )
        return self.get_task_info(start_info, end_info) & set(task_filter)
