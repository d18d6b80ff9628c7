#!/usr/bin/env python3
"""Steps per second and memory of PlayTableSimEnv in one thread, and of calvin_env beside it.

    python Python/benchmarks/speed.py --calvin-env CALVIN_ENV
    python Python/benchmarks/speed.py --calvin-env CALVIN_ENV --beside CALVIN_ENV

The motion is free: small relative actions around the start state. With --beside the same motion runs
through calvin_env's own PlayTableSimEnv on PyBullet (which must be importable here: pybullet, gym,
hydra-core, omegaconf, opencv), in turns of a second so that other load meets both alike; a ratio
above 1 says that this package is faster.
"""

import argparse
import itertools
import os
from pathlib import Path
import statistics
import sys
import time
import types

import numpy as np

try:
    import calvin_eval
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import calvin_eval


def motion():
    """Endless small circles of 60 steps, gripper open."""
    angles = 2 * np.pi * np.arange(60) / 60
    return itertools.cycle(
        [np.array([0.3 * np.cos(angle), 0.3 * np.sin(angle), 0, 0, 0, 0, 1]) for angle in angles]
    )


def resident_megabytes():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def rate(env, actions, seconds):
    """Steps per second of wall-clock and of processor time."""
    steps, start, used = 0, time.perf_counter(), time.thread_time()
    while time.perf_counter() - start < seconds:
        env.step(next(actions))
        steps += 1
    return steps / (time.perf_counter() - start), steps / (time.thread_time() - used)


def upstream_env(checkout):
    """calvin_env's environment of scene D without cameras, put together from its conf folder."""
    sys.path.insert(0, str(checkout))
    sys.modules.setdefault("tacto", types.ModuleType("tacto"))
    import hydra
    from omegaconf import OmegaConf

    def load(name):
        return OmegaConf.load(checkout / "conf" / f"{name}.yaml")

    fingers = load("robot/panda_longer_finger")
    fingers.pop("defaults", None)
    config = OmegaConf.create(
        {
            "data_path": str(checkout / "data"),
            "scene": load("scene/calvin_scene_D"),
            "robot": OmegaConf.merge(load("robot/panda"), fingers),
            "cameras": {},
            "env": load("env/play_table_env"),
        }
    )
    config.env.use_egl = False
    return hydra.utils.instantiate(config.env, show_gui=False, use_vr=False, use_scene_info=True)


def report(name, pairs):
    wall, processor = (statistics.median(values) for values in zip(*pairs))
    print(f"{name:34} {wall:8.0f} steps/s {processor:8.0f} steps per processor second")
    return wall


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--calvin-env", type=Path, help="checkout to read the scene from")
    parser.add_argument("--renderer", default="cpu")
    parser.add_argument("--seconds", type=float, default=10, help="per measurement")
    parser.add_argument("--beside", type=Path, help="checkout of calvin_env to run in turns")
    arguments = parser.parse_args()
    options = {"calvin_env": arguments.calvin_env, "renderer": arguments.renderer}
    turns = max(1, int(arguments.seconds))

    before = resident_megabytes()
    env = calvin_eval.PlayTableSimEnv(**options)
    env.reset()
    env.step(next(motion()))
    print(
        f"memory with the first environment  {resident_megabytes():8.0f} MB "
        f"({before:.0f} MB of it the interpreter and numpy)"
    )
    report("both cameras, colour and depth", [rate(env, motion(), 1) for _ in range(turns)])
    env.depth = False
    report("both cameras, colour", [rate(env, motion(), 1) for _ in range(turns)])
    env.close()

    bare = calvin_eval.PlayTableSimEnv(cameras=(), **options)
    bare.reset()
    if not arguments.beside:
        report("no frames", [rate(bare, motion(), 1) for _ in range(turns)])
        return
    upstream = upstream_env(arguments.beside.resolve())
    upstream.reset()
    ours, theirs, here, there = [], [], motion(), motion()
    for _ in range(turns):
        ours.append(rate(bare, here, 1))
        theirs.append(rate(upstream, there, 1))
    mine, other = report("no frames", ours), report("no frames, calvin_env", theirs)
    print(f"ratio {mine / other:.2f}")


if __name__ == "__main__":
    main()
