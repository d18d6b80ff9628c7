"""A policy server in a process of its own, to be killed: PORT, and a file that gets a line per step."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import calvin_eval


class Scripted:
    """Acts by the number of the step alone, so that every attempt at a chain is the same."""

    def __init__(self, log):
        self._log = open(log, "a", buffering=1)
        self._step = 0

    def reset(self):
        self._step = 0

    def step(self, obs, goal):
        self._step += 1
        self._log.write(f"{self._step}\n")
        return [0.5, -0.5 / self._step, -0.7, 0, 0, 0.3, 1 if self._step < 10 else -1]


if __name__ == "__main__":
    calvin_eval.serve(Scripted(sys.argv[2]), port=int(sys.argv[1]), depth=False)
