"""calvin_eval.serve: the codec, and calvin-eval itself as the client."""

import json
import random
import subprocess
import time
import urllib.request

import numpy as np
import pytest

import calvin_eval
from calvin_eval.policy_server import PolicyServer
from calvin_eval.policy_server.messagepack import MessageError, pack, unpack
from calvin_eval.policy_server.serving import _numbers


class Recorder:
    """Acts by a fixed pattern and remembers what it was shown."""

    def __init__(self):
        self.resets, self.seen, self.goals, self.actions = 0, [], [], []

    def reset(self):
        self.resets += 1

    def step(self, obs, goal):
        self.seen.append(obs)
        self.goals.append(goal)
        number = len(self.seen)
        self.actions.append(
            np.array([0.4, -0.3, -0.5, 0, 0.1, 0.2, 1 if number % 4 else -1]) / [*[1 + number] * 6, 1]
        )
        return self.actions[-1]


@pytest.mark.parametrize(
    "value",
    [0, 127, 128, 65536, 2**63, -1, -33, -129, -(2**63), 1.5, None, True, "", "é" * 40, "x" * 70000,
     [1] * 20, {"a": [{"b": [1, 2]}]}, {str(i): i for i in range(20)}],
)
def test_values_survive_the_wire(value):
    assert unpack(pack(value)) == value


def test_arrays_survive_and_nonsense_is_refused():
    for dtype in ("u1", "i4", "f4", "f8", "?"):
        array = np.arange(6).reshape(2, 3).astype(dtype)
        again = unpack(pack({"a": array}))["a"]
        assert again.dtype == array.dtype and np.array_equal(again, array)
    with pytest.raises(MessageError):
        pack({"a": np.array(["x"])})
    for data in (b"", b"\x92\x01", b"\xc1", pack(1) + b"\x00", pack("ab")[:2]):
        with pytest.raises(MessageError):
            unpack(data)


def test_mutated_messages_are_read_or_refused():
    good = pack({
        "type": "observation", "seq": 300, "timestamp": 1.0,
        "payload": {"robot_obs": np.zeros(15), "task_description": "é", "images": {
            "rgb_static": np.arange(12, dtype=np.uint8).reshape(2, 2, 3)}},
    })
    numbers, refused = random.Random(1), 0
    for _ in range(20000):
        data = bytearray(good)
        for _ in range(numbers.randint(1, 4)):
            place = numbers.randrange(len(data))
            kind = numbers.random()
            if kind < 0.8:
                data[place] = numbers.randrange(256)
            elif kind < 0.9:
                # A length of four gigabytes.
                tag = numbers.choice((0xC6, 0xDB, 0xDD, 0xDF))
                data[place : place + 5] = bytes([tag]) + b"\xff" * 4
            else:
                del data[max(place, 1) :]
        try:
            unpack(bytes(data))
        except MessageError:
            refused += 1
    assert 1000 < refused < 20000
    for dtype in ("O", "<f4,<f4", ">f4", "f4(", 4, None):
        broken = {"__ndarray__": True, "data": b"\0" * 8, "dtype": dtype, "shape": [2]}
        with pytest.raises(MessageError, match="not supported"):
            unpack(pack(broken))


def test_health_and_objects_that_are_no_models():
    with PolicyServer(Recorder(), port=0) as server:
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/health") as answer:
            assert json.load(answer) == {"status": "ok"}
    with pytest.raises(TypeError, match="no method reset"):
        PolicyServer(object(), port=0)


def evaluate(program, server, folder, *options):
    arguments = [
        program, "--policy", server.url, "--steps-per-subtask", "6", "--no-film-strips",
        "--renderer", "cpu", "--run", str(folder), *options,
    ]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300)


def test_a_model_sees_what_the_environment_shows(program, tmp_path, env):
    """Pictures, depth and states of the native runner are those of PlayTableSimEnv, bit by bit."""
    model = Recorder()
    with PolicyServer(model, port=0) as server:
        run = evaluate(program, server, tmp_path / "run", "--chains", "2")
    assert run.returncode == 0, run.stderr
    assert "connections the policy server takes at once: 1" in run.stderr
    assert model.resets == 2 and len(model.seen) == 12
    tasks = calvin_eval.Tasks(env)
    for number, (state, names) in enumerate(tasks.chains(2)):
        obs = env.reset(*tasks.start_state(state))
        for step in range(6):
            seen = model.seen[6 * number + step]
            assert model.goals[6 * number + step] == tasks.instruction(names[0])
            assert list(seen) == list(obs)
            for kind in ("rgb_obs", "depth_obs"):
                assert list(seen[kind]) == list(obs[kind])
                for name in obs[kind]:
                    assert seen[kind][name].dtype == obs[kind][name].dtype
                    assert np.array_equal(seen[kind][name], obs[kind][name]), (number, step, name)
            assert np.array_equal(seen["robot_obs"], obs["robot_obs"]), (number, step)
            assert np.array_equal(seen["scene_obs"], obs["scene_obs"]), (number, step)
            obs = env.step(model.actions[6 * number + step])[0]


def test_several_models_serve_several_workers(program, tmp_path):
    models = [Recorder(), Recorder()]
    with PolicyServer(models, port=0, depth=False) as server:
        run = evaluate(program, server, tmp_path / "run", "--chains", "4", "--workers", "2")
    assert run.returncode == 0, run.stderr
    assert all(model.resets for model in models)
    assert sum(model.resets for model in models) == 4
    assert all(obs["depth_obs"] == {} for model in models for obs in model.seen)


def test_a_models_own_failure_is_never_scored(program, tmp_path):
    class Broken(Recorder):
        def step(self, obs, goal):
            raise RuntimeError("out of memory")

    with PolicyServer(Broken(), port=0) as server:
        run = evaluate(program, server, tmp_path / "run", "--chains", "1", "--retries", "1")
    assert run.returncode == 3, run.stderr
    assert "observation_failed: RuntimeError: out of memory" in run.stderr


def test_a_chain_during_which_a_model_failed_once_is_tried_again(program, tmp_path):
    class OutOfMemory(Recorder):
        failures = 0

        def step(self, obs, goal):
            if len(self.seen) == 8 and not self.failures:
                self.failures = 1
                raise RuntimeError("out of memory")
            return super().step(obs, goal)

    with PolicyServer(OutOfMemory(), port=0) as server:
        run = evaluate(program, server, tmp_path / "run", "--chains", "2", "--retries", "1")
    assert run.returncode == 0, run.stderr
    assert run.stderr.count("trying again") == 1 and "out of memory" in run.stderr
    assert len((tmp_path / "run" / "chains.jsonl").read_text().splitlines()) == 2


def test_an_action_that_is_none_fails_the_subtask(program, tmp_path):
    class Lost(Recorder):
        def step(self, obs, goal):
            return np.full(7, np.nan)

    with PolicyServer(Lost(), port=0) as server:
        run = evaluate(program, server, tmp_path / "run", "--chains", "1")
    assert run.returncode == 0, run.stderr
    chain = json.loads((tmp_path / "run" / "chains.jsonl").read_text())
    assert "nan" in chain["subtasks"][0]["fault"]


def test_a_tensor_is_an_action():
    class Tensor:
        """What is used of torch's: detach, cpu, numpy; numpy alone refuses one with gradients."""

        def detach(self):
            return self

        cpu = detach

        def numpy(self):
            return np.ones((1, 7), np.float32)

        def __array__(self, *_):
            raise RuntimeError("can't convert a tensor that requires grad")

    numbers = _numbers(Tensor(), 7)
    assert numbers.tolist() == [1.0] * 7 and numbers.dtype == np.float32
    assert _numbers([1] * 7, 7).dtype == np.float64
    assert _numbers(np.ones(7, np.float16), 7).dtype == np.float16
    assert _numbers(np.ones((3, 7)), 7).shape == (3, 7)


@pytest.mark.parametrize(
    "action, message",
    [
        (None, "NoneType of object"), ([1] * 6, r"shape \(6,\)"), ({"a": 1}, "dict of object"),
        (["a"] * 7, "list of <U1"), (np.ones((2, 6)), r"rows of 7"), (1.0, r"shape \(\)"),
    ],
)
def test_what_is_no_action_is_the_models_failure(action, message):
    with pytest.raises(TypeError, match=message):
        _numbers(action, 7)


def test_closing_hangs_up_quickly():
    server = PolicyServer(Recorder(), port=0)
    begun = time.monotonic()
    server.close()
    assert time.monotonic() - begun < 3
