#!/usr/bin/env python3
"""Times calvin_env's own step, with EGL and both cameras, over the actions of `calvin-eval bench step`.

    calvin-eval bench step --motion-file motion.json
    python3 scripts/time_calvin_env.py motion.json --checkout CALVIN_ENV

`bench step --against PYTHON --checkout CALVIN_ENV` does both and prints the ratio. The checkout is a
git clone; the interpreter needs what calvin_env needs: pybullet, gym, hydra-core, omegaconf, opencv,
scipy, numpy-quaternion, numba, gitpython, termcolor, pandas. Everything runs on one core, Mesa's
llvmpipe without threads of its own. Prints one JSON object.
"""
import argparse
import json
import os
import statistics
import sys
import time
import types


def make_environment(checkout, scene):
    """PlayTableSimEnv as its own configuration files describe it, both cameras, EGL."""
    import hydra
    from omegaconf import OmegaConf

    def load(path):
        return OmegaConf.load(os.path.join(checkout, "conf", path))

    robot = load("robot/panda_longer_finger.yaml")
    robot.pop("defaults", None)
    cameras = {name: load("cameras/cameras/%s.yaml" % name) for name in ("static", "gripper")}
    config = OmegaConf.create(
        {
            "data_path": os.path.join(checkout, "data"),
            "use_vr": False,
            "scene": load("scene/calvin_scene_%s.yaml" % scene),
            "robot": OmegaConf.merge(load("robot/panda.yaml"), robot),
            "cameras": cameras,
            "env": load("env/play_table_env.yaml"),
        }
    )
    return hydra.utils.instantiate(config.env, use_egl=True, use_scene_info=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("motion", help="JSON file written by calvin-eval bench step --motion-file")
    parser.add_argument("--checkout", required=True, help="calvin_env checkout")
    parser.add_argument("--limit", type=int, default=200, help="steps to time")
    arguments = parser.parse_args()
    # Before anything starts a thread.
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.environ["LP_NUM_THREADS"] = "0"
    checkout = os.path.abspath(arguments.checkout)
    sys.path.insert(0, checkout)
    # Only the tactile camera, which no benchmark uses, needs this package.
    sys.modules.setdefault("tacto", types.ModuleType("tacto"))
    import numpy

    with open(arguments.motion) as file:
        motion = json.load(file)
    # The environment and its renderer print on standard output.
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    environment = make_environment(checkout, motion["scene"])
    # The first frames build caches, and the first two have no shadows.
    for _ in range(3):
        environment.reset()

    wall, processor, ends = [], [], []
    for segment in motion["segments"]:
        if len(wall) >= arguments.limit:
            break
        environment.reset(
            robot_obs=numpy.array(segment["robot_obs"]), scene_obs=numpy.array(segment["scene_obs"])
        )
        actions = segment["actions"][: arguments.limit - len(wall)]
        for action in actions:
            command = {"action": numpy.array(action, float), "type": "cartesian_rel"}
            start, start_processor = time.perf_counter(), time.process_time()
            observation, _, _, _ = environment.step(command)
            processor.append(time.process_time() - start_processor)
            wall.append(time.perf_counter() - start)
        assert observation["rgb_obs"]["rgb_static"].std() > 0
        ends.append(
            {
                "steps": len(actions),
                "robot_obs": observation["robot_obs"].tolist(),
                "scene_obs": observation["scene_obs"].tolist(),
            }
        )
    result = {
        "steps": len(wall),
        "median_ms": 1e3 * statistics.median(wall),
        "median_processor_ms": 1e3 * statistics.median(processor),
        "ends": ends,
    }
    print(json.dumps(result), file=answer, flush=True)
    # Leaving through the interpreter's end can hang in the driver.
    os._exit(0)


if __name__ == "__main__":
    main()
