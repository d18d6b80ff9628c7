#!/usr/bin/env python3
"""Steps per second of the vector environment with 1, 2, 4, ... worlds, one thread each.

    python Python/benchmarks/worlds.py --calvin-env CALVIN_ENV --worlds 1 2 4
"""

import argparse
from pathlib import Path
import time

import gymnasium
import numpy as np

from speed import calvin_eval, motion


def rate(worlds, seconds, options):
    """Steps of all worlds per second of wall-clock and of processor time."""
    env = gymnasium.make_vec(
        calvin_eval.gymnasium_env.ENV_ID, num_envs=worlds,
        vectorization_mode="vector_entry_point", **options,
    )
    env.reset(seed=0)
    actions = (np.tile(action, (worlds, 1)).astype(np.float32) for action in motion())
    for _ in range(10):
        env.step(next(actions))
    steps, start, used = 0, time.perf_counter(), time.process_time()
    while time.perf_counter() - start < seconds:
        env.step(next(actions))
        steps += worlds
    wall, processor = time.perf_counter() - start, time.process_time() - used
    env.close()
    return steps / wall, steps / processor


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calvin-env", type=Path, help="checkout to read the scene from")
    parser.add_argument("--renderer", default="cpu")
    parser.add_argument("--seconds", type=float, default=5, help="per measurement")
    parser.add_argument("--worlds", type=int, nargs="+", default=[1, 2, 4])
    arguments = parser.parse_args()
    options = {"calvin_env": arguments.calvin_env, "renderer": arguments.renderer}
    for name, extra in (
        ("both cameras, colour", {}),
        ("both cameras, colour and depth", {"depth": True}),
        ("no frames", {"cameras": ()}),
    ):
        first = None
        for worlds in arguments.worlds:
            wall, processor = rate(worlds, arguments.seconds, {**options, **extra})
            first = first or wall
            print(
                f"{name:32} {worlds:2} worlds {wall:7.0f} steps/s {wall / first:5.2f} times the "
                f"first, {processor:6.0f} steps per processor second", flush=True,
            )


if __name__ == "__main__":
    main()
