"""Reads a dataset with upstream's own classes: calvin_agent's DiskDataset and RoboVLMs'
DiskCalvinDataset.

    python upstream_loaders.py DATASET CALVIN ROBOVLMS [WINDOWS]

DATASET holds training/, validation/ or both; CALVIN is a checkout of mees/calvin (fa03f01), ROBOVLMS one of
Robot-VLAs/RoboVLMs (8adc1d2); at most WINDOWS windows per loader are read, spread evenly. Needs torch, transformers, omegaconf, einops, tqdm, requests, Pillow.
"""

import importlib.machinery
import sys
import time
import types
from pathlib import Path

import numpy as np
import torch
from omegaconf import DictConfig

dataset, calvin, robovlms = (Path(argument).resolve() for argument in sys.argv[1:4])
most = int(sys.argv[4]) if len(sys.argv) > 4 else 100
sys.path[:0] = [str(calvin / "calvin_models"), str(robovlms)]


def package_without_init(name, folder):
    """Lets modules of a package be imported without everything its __init__ pulls in."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    module.__spec__ = importlib.machinery.ModuleSpec(name, None, is_package=True)
    sys.modules[name] = module


for name in ["data", "model", "model/policy_head", "utils"]:
    package_without_init("robovlms." + name.replace("/", "."), robovlms / "robovlms" / name)

try:
    import pyhash  # noqa: F401
except ImportError:
    # The package no longer builds on recent Pythons; the loaders only hash window numbers with it.
    def fnv1_32():
        def digest(text):
            value = 0
            for byte in text.encode("utf-16-le"):
                value = (value * 0x01000193) % 2**32 ^ byte
            return value

        return digest

    sys.modules["pyhash"] = types.SimpleNamespace(fnv1_32=fnv1_32)

from calvin_agent.datasets.disk_dataset import DiskDataset  # noqa: E402
from robovlms.data.calvin_dataset import DiskCalvinDataset  # noqa: E402

OBSERVATIONS = DictConfig(
    {
        "rgb_obs": ["rgb_static", "rgb_gripper"],
        "depth_obs": ["depth_static", "depth_gripper"],
        "state_obs": ["robot_obs"],
        "actions": ["rel_actions"],
        "language": ["language"],
    }
)
STATE = DictConfig(
    {
        "n_state_obs": 15,
        "keep_indices": [[0, 15]],
        "robot_orientation_idx": [3, 6],
        "normalize": True,
        "normalize_robot_orientation": True,
    }
)


def read(name, loader):
    """Reads windows spread over all of a loader; gives the last."""
    start = time.perf_counter()
    indices = np.unique(np.linspace(0, len(loader) - 1, most).astype(int))
    for index in indices:
        sample = loader[int(index)]
    seconds = time.perf_counter() - start
    print(f"{name}: {len(indices)} of {len(loader)} windows read in {seconds:.1f} s")
    return sample


def shapes(value, indent="  "):
    for key in sorted(value):
        if isinstance(value[key], dict):
            print(f"{indent}{key}:")
            shapes(value[key], indent + "  ")
        elif hasattr(value[key], "shape"):
            print(f"{indent}{key}: {tuple(value[key].shape)} {value[key].dtype}")
        elif isinstance(value[key], str):
            print(f"{indent}{key}: {value[key]!r}")


def calvin_agent(part):
    for key in ["vis", "lang"]:
        loader = DiskDataset(
            datasets_dir=dataset / part,
            obs_space=OBSERVATIONS,
            proprio_state=STATE,
            key=key,
            lang_folder="lang_annotations",
            num_workers=0,
            min_window_size=20,
            max_window_size=32,
        )
        sample = read(f"calvin_agent DiskDataset, {part}, {key}", loader)
        if key == "lang":
            shapes(sample)


class Tokens:
    """Stands for a tokenizer: one number per word."""

    eos_token, bos_token, padding_side = "</s>", "<s>", "right"

    def __call__(self, texts, **_):
        rows = [[len(word) for word in text.split()] for text in texts]
        width = max(map(len, rows))
        ids = torch.tensor([row + [0] * (width - len(row)) for row in rows])
        return {"input_ids": ids, "attention_mask": (ids > 0).long()}


def pictures(images):
    """Stands for a model's preprocessing."""
    arrays = [np.asarray(image.resize((64, 64)), dtype=np.float32) / 255 for image in images]
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)


def robovlms_dataset(part):
    loader = DiskCalvinDataset(
        image_fn=pictures,
        tokenizer=Tokens(),
        data_dir=dataset / part,
        window_size=16,
        fwd_pred_next_n=10,
        norm_action=True,
        norm_min=-0.65,
        norm_max=0.65,
        rgb_pad=10,
        gripper_pad=4,
        model_name="flamingo",
    )
    read(f"RoboVLMs DiskCalvinDataset, {part}", loader)
    batch = loader.collater([loader[index] for index in range(min(4, len(loader)))])
    shapes({key: value for key, value in batch.items() if key != "raw_text"})
    print(f"  raw_text: {batch['raw_text'][0]!r}")
    supervised = batch["action_chunck"][batch["chunck_mask"].bool()]
    assert supervised[:, :6].abs().max() <= 1 and set(supervised[:, 6].tolist()) <= {0.0, 1.0}


for split in ["training", "validation"]:
    if (dataset / split).is_dir():
        calvin_agent(split)
        robovlms_dataset(split)
