"""Replays a dataset's spans in upstream's own environment (calvin_env 797142c on PyBullet 3.2.7): does
its oracle report the labelled task when the recorded actions are made from the recorded start?

    python upstream_replay.py SPLIT CALVIN_ENV [SPANS]

The environment is the one the split's .hydra/merged_config.yaml describes, without cameras.
"""

import sys
import types
from pathlib import Path

sys.modules["tacto"] = types.ModuleType("tacto")  # The tactile camera's renderer is not needed.
split, calvin_env = Path(sys.argv[1]), Path(sys.argv[2]).resolve()
sys.path.insert(0, str(calvin_env))

import hydra  # noqa: E402
import numpy as np  # noqa: E402
from omegaconf import OmegaConf  # noqa: E402

config = OmegaConf.load(split / ".hydra" / "merged_config.yaml")
config.cameras = {}
config.data_path = str(calvin_env / "data")
config.env.use_egl = False
scenes = np.load(split / "scene_info.npy", allow_pickle=True).item()
oracle = hydra.utils.instantiate(OmegaConf.load(calvin_env / "conf/tasks/new_playtable_tasks.yaml"))
annotations = np.load(split / "lang_annotations/auto_lang_ann.npy", allow_pickle=True).item()
spans = list(zip(annotations["info"]["indx"], annotations["language"]["task"]))
most = int(sys.argv[3]) if len(sys.argv) > 3 else len(spans)

environment, scene = None, None
solved = {"rel_actions": 0, "actions": 0}
chosen = np.unique(np.linspace(0, len(spans) - 1, most).astype(int))
for index in chosen:
    (first, last), task = spans[index]
    frames = [np.load(split / f"episode_{frame:07d}.npz") for frame in range(first, last + 1)]
    own = next(name for name, (start, end) in scenes.items() if start <= first <= end)
    if own != scene:
        scene = own
        config.scene = OmegaConf.load(calvin_env / "conf/scene" / f"{scene}.yaml")
        environment = hydra.utils.instantiate(
            config.env, show_gui=False, use_vr=False, use_scene_info=True
        )
    verdicts = {}
    for key in solved:
        environment.reset(robot_obs=frames[0]["robot_obs"], scene_obs=frames[0]["scene_obs"])
        start = environment.get_info()
        verdicts[key] = False
        for frame in frames:
            action = frame[key]
            if key == "actions":
                action = (action[:3], action[3:6], action[6:])
            _, _, _, info = environment.step(action)
            if oracle.get_task_info_for_set(start, info, {task}):
                verdicts[key] = True
                break
        solved[key] += verdicts[key]
    print(f"span {index} {task}: " + ", ".join(f"{key} {verdicts[key]}" for key in solved), flush=True)
for key, count in solved.items():
    print(f"{key}: {count} of {len(chosen)} spans show their task")
