#!/usr/bin/env python3
"""The real calvin_models evaluation code on this package's environment.

Only the environment is swapped: sequences, start states, rollout, annotations, task oracle and
results.json are those of the checkout (https://github.com/mees/calvin at fa03f01, calvin_env at
797142c inside it). The model repeats actions recorded by `calvin-eval --record`, and the resulting
chain lengths are compared with the native runner's.

    ./calvin-eval --calvin-env CALVIN/calvin_env --chains 20 --policy expert --record recordings
    python Python/examples/calvin_models_evaluation.py CALVIN recordings --chains 20

Needs what the evaluation code itself uses: torch, pytorch-lightning, hydra-core, omegaconf, scipy,
opencv-python-headless, termcolor, tqdm. PyBullet is not among it. Modules that the evaluation
imports but never calls here (wandb, ...) are replaced by empty ones where they are not installed.
"""

import argparse
from importlib.machinery import ModuleSpec
import importlib.util
import json
from pathlib import Path
import sys
import tempfile
import types
from unittest import mock

try:
    import calvin_eval
except ImportError:
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    import calvin_eval

from official_loop import RecordedModel, recorded_outcomes

# Imported on the way, used by training and by baselines only.
_UNUSED = ("wandb", "sentence_transformers", "git", "gym", "MulticoreTSNE", "moviepy", "plotly")


def fnv1_32():
    """pyhash's fnv1_32(): 32-bit FNV-1 over UTF-16 with 0 for its start; pyhash itself no longer
    builds with current setuptools."""

    def digest(text):
        value = 0
        for byte in text.encode("utf-16-le"):
            value = (value * 0x01000193 & 0xFFFFFFFF) ^ byte
        return value

    return digest


class _Absent:
    """Finds an empty module for each unused one that is not installed."""

    def find_spec(self, name, path=None, target=None):
        return ModuleSpec(name, self) if name.partition(".")[0] in _UNUSED else None

    def create_module(self, spec):
        module = mock.MagicMock(name=spec.name)
        module.__path__, module.__spec__ = [], spec
        return module

    def exec_module(self, module):
        pass


def swap_environment(make_env):
    """Lets `from calvin_env.envs.play_table_env import get_env` import ours, without PyBullet."""
    module = types.ModuleType("calvin_env.envs.play_table_env")
    module.get_env, module.PlayTableSimEnv = make_env, calvin_eval.PlayTableSimEnv
    sys.modules[module.__name__] = module


class _Model:
    """The recorded model as the evaluation code calls it: it is not told when a chain begins."""

    def __init__(self, recordings):
        self._recorded = RecordedModel(recordings)

    def begin(self, chain):
        self._recorded.begin(chain)

    def reset(self):
        self._recorded.reset()

    def step(self, obs, goal):
        return self._recorded.step(obs, goal)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("calvin", help="a checkout of mees/calvin with calvin_env in it")
    parser.add_argument("recordings", help="folder written by calvin-eval --record")
    parser.add_argument("--chains", type=int, default=20)
    arguments = parser.parse_args()

    checkout = Path(arguments.calvin).resolve()
    environment = checkout / "calvin_env"
    sys.path[:0] = [str(checkout / "calvin_models"), str(environment)]
    sys.meta_path.append(_Absent())
    if importlib.util.find_spec("pyhash") is None:
        sys.modules["pyhash"] = types.SimpleNamespace(fnv1_32=fnv1_32)
    swap_environment(
        lambda dataset_path, obs_space=None, show_gui=False, **options: calvin_eval.get_env(
            dataset_path, obs_space, show_gui, calvin_env=environment, **options
        )
    )
    from calvin_agent.evaluation import evaluate_policy as evaluation

    model = _Model(arguments.recordings)
    chains = iter(range(arguments.chains))
    # The first chains of the official 1000: get_sequences(20) would be twenty others. They are drawn
    # before there is an environment, because upstream forks processes for it.
    sequences = evaluation.get_sequences(evaluation.NUM_SEQUENCES)[: arguments.chains]
    evaluate_sequence = evaluation.evaluate_sequence

    def announced(env, given, *rest):
        model.begin(next(chains))
        return evaluate_sequence(env, given, *rest)

    with tempfile.TemporaryDirectory() as folder:
        with mock.patch.object(
            evaluation, "get_sequences", lambda count: sequences
        ), mock.patch.object(evaluation, "evaluate_sequence", announced):
            env = evaluation.make_env(folder)
            results = evaluation.evaluate_policy(model, env, epoch="0", eval_log_dir=folder)
        published = json.loads((Path(folder) / "results.json").read_text())["0"]
    native = []
    for chain in range(arguments.chains):
        model.begin(chain)
        native.append(sum(success for success, _ in recorded_outcomes(model._recorded.names)))
    print(f"calvin_models: {results}\nnative runner: {native}")
    print(f"average length {published['avg_seq_len']:.3f}")
    return 0 if results == native else 1


if __name__ == "__main__":
    sys.exit(main())
