#!/usr/bin/env python3
"""CALVIN's evaluation loop, in Python, on this package's environment.

Replays recorded actions (`calvin-eval --record DIR`) chain by chain: reset, rollout, oracle, success
counting as upstream's evaluate_policy does them, and compares every verdict and the step at which
it fell with the native runner's.

    ./calvin-eval --chains 20 --policy expert --record recordings
    python Python/examples/official_loop.py recordings --chains 20
"""

import argparse
import json
from pathlib import Path
import sys

import numpy as np

try:
    import calvin_eval
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import calvin_eval

STEPS_PER_SUBTASK = 360


class RecordedModel:
    """A model in CALVIN's sense that repeats what was recorded."""

    def __init__(self, folder):
        self._folder = Path(folder)

    def begin(self, chain):
        """Takes up a chain's recording."""
        stem = self._folder / f"chain_{chain:04d}"
        self.names = json.loads(stem.with_suffix(".json").read_text())
        with np.load(stem.with_suffix(".npz")) as numbers:
            actions, self._positions = numbers["actions"], numbers["subtask"]
        # A kind such as cartesian_rel_float32 names what relative actions are scaled in.
        self._kind, _, bits = self.names["action_kind"].partition("_float")
        self._actions = actions.astype("float" + (bits or "64"))
        self._position, self._next = -1, 0

    def reset(self):
        """The next subtask begins."""
        self._position += 1
        self._next = int(np.searchsorted(self._positions, self._position))

    def step(self, obs, goal):
        action = self._actions[self._next]
        self._next += 1
        return {"type": self._kind, "action": action}


def rollout(env, model, oracle, task, instruction):
    """One subtask; whether it succeeded, and the steps it took."""
    obs = env.get_obs()
    model.reset()
    start_info = env.get_info()
    for step in range(1, STEPS_PER_SUBTASK + 1):
        obs, _, _, info = env.step(model.step(obs, instruction))
        if oracle.get_task_info_for_set(start_info, info, {task}):
            return True, step
    return False, STEPS_PER_SUBTASK


def evaluate_chain(env, model, tasks, initial_state, subtasks):
    """Outcomes (success, steps) of a chain's subtasks up to the first failed one."""
    env.reset(*tasks.start_state(initial_state))
    outcomes = []
    for task in subtasks:
        outcomes.append(rollout(env, model, tasks, task, tasks.instruction(task)))
        if not outcomes[-1][0]:
            break
    return outcomes


def recorded_outcomes(names):
    """What the native runner saw."""
    return [
        (result["success"], result["last_step"] - result["first_step"] + 1)
        for result in names["results"]
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("recordings", help="folder written by calvin-eval --record")
    parser.add_argument("--chains", type=int, default=20)
    parser.add_argument("--calvin-env", help="the checkout the recording was made with, if any")
    parser.add_argument("--cameras", action="store_true", help="render both cameras at every step")
    arguments = parser.parse_args()

    env = calvin_eval.PlayTableSimEnv(
        calvin_env=arguments.calvin_env, cameras=None if arguments.cameras else ()
    )
    tasks = calvin_eval.Tasks(env)
    model = RecordedModel(arguments.recordings)
    lengths, differing = [], 0
    for chain, (initial_state, subtasks) in enumerate(tasks.chains(1000)[: arguments.chains]):
        model.begin(chain)
        assert model.names["subtasks"] == list(subtasks), "the recording is of other chains"
        outcomes = evaluate_chain(env, model, tasks, initial_state, subtasks)
        lengths.append(sum(success for success, _ in outcomes))
        same = outcomes == recorded_outcomes(model.names)
        differing += not same
        steps = ", ".join(f"{task} {steps}" for task, (_, steps) in zip(subtasks, outcomes))
        print(f"chain {chain}: {lengths[-1]}/5 ({steps}): {'same' if same else 'DIFFERENT'}")
    for count in range(1, 6):
        print(f"{count}/5: {np.mean([length >= count for length in lengths]):.1%}")
    print(f"average length {np.mean(lengths):.3f}; {differing} of {len(lengths)} chains differ")
    env.close()
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
