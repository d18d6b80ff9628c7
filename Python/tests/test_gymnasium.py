import warnings

import gymnasium
from gymnasium.utils.env_checker import check_env
import numpy as np
import pytest

import calvin_eval

ENV_ID = "calvin_eval/PlayTable-v0"


def test_the_checker_is_content():
    env = gymnasium.make(ENV_ID, renderer="cpu", render_mode="rgb_array")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_env(env.unwrapped)
    env.close()


def test_seeds_decide_the_start_and_steps_are_limited():
    env = gymnasium.make(ENV_ID, cameras=(), max_episode_steps=3)
    first, info = env.reset(seed=5)
    assert info["instruction"] is None
    again, _ = env.reset(seed=5)
    other, _ = env.reset(seed=6)
    assert np.array_equal(first["scene_obs"], again["scene_obs"])
    assert not np.array_equal(first["scene_obs"], other["scene_obs"])
    for step in range(3):
        truncated = env.step(env.action_space.sample())[3]
    assert truncated
    env.close()


def test_a_task_is_rewarded_once_it_is_achieved():
    env = gymnasium.make(ENV_ID, task="turn_on_led", cameras=())
    obs, info = env.reset(seed=0)
    assert info["instruction"] and obs["scene_obs"][5] == 0
    inner = env.unwrapped
    scene = obs["scene_obs"].copy()
    scene[5] = 1
    inner.env.simulator.reset(obs["robot_obs"], scene)
    _, reward, terminated, _, info = env.step(np.zeros(7, np.float32))
    assert reward == 1 and terminated and info["success"]
    env.close()
    with pytest.raises(calvin_eval.SimulatorError, match="no task is called 'juggle'"):
        gymnasium.make(ENV_ID, task="juggle", cameras=())


def test_mistakes_with_a_vector_are_named():
    with pytest.raises(calvin_eval.SimulatorError, match="num_envs is 0"):
        gymnasium.make_vec(ENV_ID, num_envs=0, vectorization_mode="vector_entry_point")
    vector = gymnasium.make_vec(
        ENV_ID, num_envs=2, vectorization_mode="vector_entry_point", cameras=()
    )
    still = np.zeros((2, 7), np.float32)
    with pytest.raises(gymnasium.error.ResetNeeded):
        vector.step(still)
    with pytest.raises(calvin_eval.SimulatorError, match="3 seeds for 2 worlds"):
        vector.reset(seed=[1, 2, 3])
    before, _ = vector.reset(seed=np.int64(4))
    for actions, message in (
        (still[:1], r"\(1, 7\)"), (still[0], r"\(7,\)"), (still * np.nan, "finite"),
    ):
        with pytest.raises(calvin_eval.ActionError, match=message):
            vector.step(actions)
    after = [env.get_state_obs()["robot_obs"] for env in vector.unwrapped.envs]
    assert np.array_equal(after, before["robot_obs"])
    vector.close()
    with pytest.raises(gymnasium.error.ClosedEnvironmentError):
        vector.reset()


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_gymnasiums_own_process_vector_works(context):
    vector = gymnasium.make_vec(
        ENV_ID, num_envs=2, vectorization_mode="async", vector_kwargs={"context": context},
        cameras=(),
    )
    first, _ = vector.reset(seed=1)
    vector.close()
    single = gymnasium.make(ENV_ID, cameras=())
    for place, seed in enumerate((1, 2)):
        assert np.array_equal(first["scene_obs"][place], single.reset(seed=seed)[0]["scene_obs"])
    single.close()


@pytest.mark.parametrize("mode", list(gymnasium.vector.AutoresetMode))
def test_every_autoreset_mode_is_gymnasiums(mode):
    settings = dict(num_envs=2, cameras=("gripper",), renderer="cpu", max_episode_steps=3)
    ours = gymnasium.make_vec(
        ENV_ID, vectorization_mode="vector_entry_point", autoreset_mode=mode, **settings
    )
    theirs = gymnasium.make_vec(
        ENV_ID, vectorization_mode="sync", vector_kwargs={"autoreset_mode": mode}, **settings
    )
    assert ours.metadata["autoreset_mode"] is mode
    pairs = [(ours.reset(seed=3)[0], theirs.reset(seed=3)[0])]
    actions = np.random.default_rng(2).uniform(-1, 1, (5, 2, 7)).astype(np.float32)
    for step, action in enumerate(actions):
        if mode is gymnasium.vector.AutoresetMode.DISABLED and step == 3:
            with pytest.raises(gymnasium.error.ResetNeeded, match=r"worlds \[0, 1\]"):
                ours.step(action)
            for mask in ([True, False], [False, True]):
                again = [
                    env.reset(options={"reset_mask": np.array(mask)})[0] for env in (ours, theirs)
                ]
                pairs.append(tuple(again))
        mine, other = ours.step(action), theirs.step(action)
        for place in (1, 2, 3):
            assert np.array_equal(mine[place], other[place]), (step, place)
        pairs.append((mine[0], other[0]))
        assert ("final_obs" in mine[4]) == ("final_obs" in other[4])
        if "final_obs" in mine[4]:
            assert np.array_equal(mine[4]["_final_obs"], other[4]["_final_obs"])
            assert list(mine[4]["final_info"]["success"]) == [False, False]
            pairs.extend(zip(mine[4]["final_obs"], other[4]["final_obs"]))
    for mine, other in pairs:
        assert list(mine) == list(other)
        assert all(np.array_equal(mine[name], other[name]) for name in mine)
    for mask in ([1, 0], [False, False], [True]):
        with pytest.raises(calvin_eval.SimulatorError, match="reset_mask"):
            ours.reset(options={"reset_mask": mask})
    ours.close()
    theirs.close()


def test_worlds_of_a_vector_are_those_of_single_environments():
    count, steps = 3, 6
    vector = gymnasium.make_vec(
        ENV_ID, num_envs=count, vectorization_mode="vector_entry_point", renderer="cpu",
        max_episode_steps=4,
    )
    singles = [
        gymnasium.make(ENV_ID, renderer="cpu", max_episode_steps=4) for _ in range(count)
    ]
    obs, _ = vector.reset(seed=7)
    assert vector.observation_space.contains(obs)
    expected = [env.reset(seed=7 + i)[0] for i, env in enumerate(singles)]
    actions = np.random.default_rng(1).uniform(-1, 1, (steps, count, 7)).astype(np.float32)
    ended = [False] * count
    for step in range(steps):
        for i, single in enumerate(expected):
            for name, array in single.items():
                assert np.array_equal(obs[name][i], array), (step, i, name)
        obs, reward, terminated, truncated, _ = vector.step(actions[step])
        for i, env in enumerate(singles):
            if ended[i]:
                expected[i], ended[i] = env.reset()[0], False
            else:
                expected[i], _, _, ended[i], _ = env.step(actions[step, i])
        assert list(truncated) == ended and not terminated.any()
    vector.close()
    for env in singles:
        env.close()
