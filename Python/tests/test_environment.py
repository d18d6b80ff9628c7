"""PlayTableSimEnv: shapes, forms of actions, refusals, and the recorded numbers of calvin_env."""

import copy
import json
import os
import pickle
import threading
import time

import numpy as np
import pytest

import calvin_eval
from conftest import DATASET, OFFICIAL, REFERENCE

STILL = np.array([0, 0, 0, 0, 0, 0, 1.0])


def test_observations_have_upstreams_shape(env):
    obs = env.reset()
    assert list(obs) == ["rgb_obs", "depth_obs", "robot_obs", "scene_obs"]
    for name, size in (("static", 200), ("gripper", 84)):
        rgb, depth = obs["rgb_obs"][f"rgb_{name}"], obs["depth_obs"][f"depth_{name}"]
        assert rgb.shape == (size, size, 3) and rgb.dtype == np.uint8 and rgb.std() > 0
        assert depth.shape == (size, size) and depth.dtype == np.float32 and depth.min() > 0
    assert obs["robot_obs"].shape == (15,) and obs["scene_obs"].shape == (24,)
    again, reward, done, info = env.step(STILL)
    assert (reward, done) == (0, False) and set(info) == {"robot_info", "scene_info"}
    assert again["rgb_obs"]["rgb_static"] is not obs["rgb_obs"]["rgb_static"]
    assert np.array_equal(env.render(mode="rgb_array"), env.get_obs()["rgb_obs"]["rgb_static"])


def test_every_form_of_an_action_means_the_same(env):
    start = env.reset()
    robot, scene = start["robot_obs"], start["scene_obs"]
    position, angles = robot[:3] + [0, 0, 0.01], robot[3:6]
    forms = [
        (position, angles, 1),
        (tuple(position), list(angles), np.array([1.0])),
        {"type": "cartesian_abs", "action": (position, angles, 1)},
        {"type": "cartesian_abs", "action": np.concatenate([position, angles, [1]])},
    ]
    ends = []
    for form in forms:
        env.reset(robot, scene)
        ends.append(env.step(form)[0]["robot_obs"])
    assert all(np.array_equal(end, ends[0]) for end in ends)
    relative = np.array([0.1, 0, 0, 0, 0, 0, 1])
    ends = []
    for form in (relative, list(relative), {"type": "cartesian_rel", "action": relative}):
        env.reset(robot, scene)
        ends.append(env.step(form)[0]["robot_obs"])
    assert all(np.array_equal(end, ends[0]) for end in ends)
    joints = robot[7:14]
    env.reset(robot, scene)
    absolute = env.step({"type": "joint_abs", "action": np.append(joints + 0.01, 1)})[0]
    env.reset(robot, scene)
    stepped = env.step({"type": "joint_rel", "action": np.append(np.full(7, 0.01), 1)})[0]
    assert np.allclose(absolute["robot_obs"], stepped["robot_obs"], atol=1e-3)


@pytest.mark.parametrize(
    "action, message",
    [
        (np.zeros(6), "6 parts"),
        (np.zeros(7), "gripper is 0.0"),
        (np.full(7, np.nan), "position x is nan"),
        (([0, 0, 0.5], [0, 0, 0, 0], 1), "expected a rotation"),
        ({"type": "dance", "action": STILL}, "'dance'"),
        (("a", "b", "c"), "numbers of type <U1"),
    ],
)
def test_a_refused_action_changes_nothing(env, action, message):
    before = env.reset()
    with pytest.raises(ValueError, match=message):
        env.step(action)
    assert np.array_equal(env.get_state_obs()["robot_obs"], before["robot_obs"])


def test_mistakes_are_named():
    with pytest.raises(calvin_eval.SimulatorError, match="no camera 'tactile'"):
        calvin_eval.PlayTableSimEnv(cameras=("tactile",))
    with pytest.raises(calvin_eval.SimulatorError, match="expected one of"):
        calvin_eval.PlayTableSimEnv(renderer="crayon")
    env = calvin_eval.PlayTableSimEnv(cameras=())
    with pytest.raises(calvin_eval.SimulatorError, match="expected 15"):
        env.reset(robot_obs=np.zeros(3))
    env.close()
    env.close()
    with pytest.raises(calvin_eval.SimulatorError, match="closed"):
        env.reset()


def test_more_mistakes_are_named(env):
    obs = env.reset()
    for robot_obs, message in (
        ("abc", "robot_obs: expected numbers, found str"),
        (obs, "robot_obs: expected numbers, found dict"),
        (np.full(15, np.nan), r"robot_obs\[0\] is nan"),
        (obs["scene_obs"], "24 numbers, expected 15"),
    ):
        with pytest.raises(calvin_eval.SimulatorError, match=message):
            env.reset(robot_obs=robot_obs)
    assert np.array_equal(env.get_state_obs()["robot_obs"], obs["robot_obs"])
    for options, message in (
        ({"cameras": "static"}, r"\['static'\]"),
        ({"seed": 1.5}, "seed is 1.5, expected a whole number"),
        ({"seed": -1}, r"0\.\.\.2\^32-1"),
        ({"calvin_env": "/nowhere"}, "/nowhere: expected a folder"),
        ({"scene": "Z"}, "expected one of: A, B, C, D"),
        ({"scene": {1}}, "not JSON serializable"),
    ):
        with pytest.raises(calvin_eval.SimulatorError, match=message):
            calvin_eval.PlayTableSimEnv(**options)
    tasks, info = calvin_eval.Tasks(env), env.get_info()
    with pytest.raises(calvin_eval.SimulatorError, match="no info of this scene"):
        tasks.get_task_info(obs, info)
    with pytest.raises(calvin_eval.SimulatorError, match="no tasks are called juggle"):
        tasks.get_task_info_for_set(info, info, {"juggle", "open_drawer"})
    with pytest.raises(calvin_eval.SimulatorError, match="2.5, expected a whole number"):
        tasks.chains(2.5)


def test_arrays_that_cannot_be_filled_are_refused(env):
    """The library cannot see how large an array is; nothing may be written past its end."""
    env.reset()
    good = [np.empty((200, 200, 3), np.uint8), np.empty((84, 84, 3), np.uint8)]
    for first, message in (
        (good[1], "shape"),
        (np.empty((200, 200, 3), np.float32), "found float32"),
        (np.empty((200, 400, 3), np.uint8)[:, ::2], "without gaps"),
        (np.frombuffer(bytes(120000), np.uint8).reshape(200, 200, 3), "writeable"),
        (None, "found NoneType"),
    ):
        with pytest.raises(TypeError, match=message):
            env.render_into([first, good[1]])
    with pytest.raises(TypeError, match="1 colour and 0 depth images for 2 cameras"):
        env.render_into(good[:1])
    with pytest.raises(TypeError, match=r"depth\[1\]: expected float32 of shape \(84, 84\)"):
        env.render_into(good, [None, np.empty((84, 84))])
    with pytest.raises(calvin_eval.SimulatorError, match="no camera -1"):
        env.simulator.render([-1], good[:1])
    for robot in (np.empty(2), np.empty(15, np.float32)):
        with pytest.raises(TypeError, match="robot_obs: expected float64"):
            env.simulator.observe(robot, np.empty(24))
    with pytest.raises(calvin_eval.SimulatorError, match="info of 2 numbers"):
        env.simulator.achieved(env.simulator.info(), (np.empty(2), np.empty((0, 23))))
    env.render_into(good, [None, np.empty((84, 84), np.float32)])
    assert np.array_equal(good[0], env.get_obs()["rgb_obs"]["rgb_static"])


def test_worlds_are_not_copied_and_not_shared_between_processes(env):
    for act in (copy.copy, copy.deepcopy, pickle.dumps):
        with pytest.raises(TypeError, match="cannot be copied or pickled"):
            act(env)
    before = env.reset()["robot_obs"]
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            env.step(STILL)
            answer = "stepped"
        except calvin_eval.SimulatorError as error:
            answer = str(error)
        os.write(writing, answer.encode())
        env.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert "a forked process opens its own" in os.read(reading, 1000).decode()
    assert np.array_equal(env.get_state_obs()["robot_obs"], before)


def test_closing_under_a_step_ends_in_an_error(env):
    other, errors = env.another(), []

    def run():
        try:
            while True:
                other.step(STILL)
        except calvin_eval.SimulatorError as error:
            errors.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    time.sleep(0.05)
    other.close()
    thread.join(30)
    assert len(errors) == 1 and ("closed" in errors[0] or "no simulator" in errors[0])


def test_each_part_can_be_reset_alone(env):
    first = env.reset()
    robot = first["robot_obs"].copy()
    robot[7] += 0.2
    moved = env.reset(robot_obs=robot)
    assert abs(moved["robot_obs"][7] - robot[7]) < 1e-3
    assert np.array_equal(moved["scene_obs"][6:9], first["scene_obs"][6:9])
    scene = first["scene_obs"].copy()
    scene[0] = 0.2
    opened = env.reset(scene_obs=scene)
    assert abs(opened["scene_obs"][0] - 0.2) < 1e-3
    assert np.allclose(opened["robot_obs"][7:14], first["robot_obs"][7:14], atol=1e-3)


@pytest.mark.skipif(not REFERENCE.is_dir(), reason="the recordings of calvin_env are not here")
@pytest.mark.parametrize("name", ["D_003_lift", "D_008_drawer", "D_011_stack", "D_002_abs"])
def test_states_and_infos_are_calvin_envs(official_env, name):
    """Every recorded row to the last bit, contacts and achieved tasks included."""
    env = official_env
    rows = np.load(REFERENCE / "physics" / f"{name}.npz")
    names = json.loads((REFERENCE / "physics" / f"{name}.json").read_text())
    tasks = calvin_eval.Tasks(env)
    env.reset(names["reset_robot_obs"], names["reset_scene_obs"])
    segments = names.get("segments", [0])
    for row in range(len(rows["robot_obs"])):
        if row:
            action = rows["actions"][row - 1]
            action = action[~np.isnan(action)]
            env.step({"type": names["action_kind"][row - 1], "action": action})
        state, info = env.get_state_obs(), env.get_info()
        # Upstream's robot reports its last episode's gripper action until the first step.
        known = 15 if row else 14
        assert np.array_equal(state["robot_obs"][:known], rows["robot_obs"][row][:known]), row
        assert np.array_equal(state["scene_obs"], rows["scene_obs"][row]), row
        blocks = info["scene_info"]["movable_objects"].values()
        for block, pose, velocity in zip(
            blocks, rows["movable_pose"][row].reshape(3, 7), rows["movable_vel"][row].reshape(3, 6)
        ):
            assert np.array_equal([*block["current_pos"], *block["current_orn"]], pose)
            assert np.array_equal([*block["current_lin_vel"], *block["current_ang_vel"]], velocity)
        points = list(info["robot_info"]["contacts"])
        for block in blocks:
            points += block["contacts"]
        found = sorted({(p[1], p[2], p[3], p[4]) for p in points})
        assert found == [tuple(contact) for contact in names["contacts"][row]], row
        if row in segments:
            start = info
        assert tasks.get_task_info(start, info) == set(names["achieved"][row]), row


def test_contact_points_are_complete(env):
    env.reset()
    info = env.step(STILL)[3]
    block = info["scene_info"]["movable_objects"]["block_red"]
    assert block["contacts"], "the block lies on something"
    for point in block["contacts"]:
        assert len(point) == 14 and point[1] == block["uid"]
        assert np.isclose(np.linalg.norm(point[7]), 1) and abs(point[8]) < 0.02
    table = info["scene_info"]["fixed_objects"]["table"]
    assert list(table["links"].values()) == [0, 1, 2, 3, 4, 5, 6, -1]
    assert list(table["links"])[-1] == "base_link"
    assert any(point[2] == block["uid"] for point in table["contacts"])


def test_the_same_in_any_environment_and_order(env):
    actions = np.random.default_rng(0).uniform(-1, 1, (12, 7))
    actions[:, 6] = 1

    def run(env):
        env.reset()
        for action in actions:
            env.simulator.step("cartesian_rel", action)
        state = env.get_state_obs()
        return np.concatenate([state["robot_obs"], state["scene_obs"]])

    expected = run(env)
    other = env.another()
    assert np.array_equal(run(other), expected)
    results = {}
    threads = [
        threading.Thread(target=lambda i=i, e=e: results.update({i: run(e)}))
        for i, e in enumerate((other, env.another()))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(np.array_equal(result, expected) for result in results.values())


def test_the_interpreter_runs_on_while_a_world_steps(env):
    """With the lock held, the counter would stand still during the steps."""
    env.reset()
    counted, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            counted[0] += 1
            time.sleep(0)

    thread = threading.Thread(target=count)
    thread.start()
    action, inside = STILL.copy(), 0
    for _ in range(20):
        before = counted[0]
        env.simulator.step("cartesian_rel", action)
        inside += counted[0] - before
    stop.set()
    thread.join()
    assert inside > 20


def test_cameras_project_what_they_deproject(env):
    obs = env.reset()
    camera = env.cameras[0]
    depth = obs["depth_obs"]["depth_static"]
    for pixel in ((100, 120), (30, 150)):
        world = camera.deproject(pixel, depth)
        # Upstream takes a pixel's corner for its centre: rounding may go to the neighbour.
        assert np.abs(np.subtract(camera.project([*world, 1]), pixel)).max() <= 1
    assert len(camera.viewMatrix) == 16 and len(camera.projectionMatrix) == 16


def test_get_env_picks_the_cameras_asked_for(tmp_path):
    space = {"rgb_obs": ["rgb_static"], "depth_obs": []}
    with pytest.warns(UserWarning, match="taking scene D"):
        env = calvin_eval.get_env(tmp_path, obs_space=space, renderer="cpu")
    obs = env.reset()
    assert list(obs["rgb_obs"]) == ["rgb_static"] and obs["depth_obs"] == {}
    env.close()


@pytest.mark.skipif(not DATASET.is_dir(), reason="the recorded dataset is not here")
def test_get_env_takes_scene_and_cameras_from_the_dataset():
    env = calvin_eval.get_env(DATASET, calvin_env=OFFICIAL, renderer="cpu")
    assert {c.name: (c.width, c.height) for c in env.cameras} == {
        "static": (200, 200), "gripper": (84, 84)
    }
    env.close()
    env = calvin_eval.get_env(DATASET, calvin_env=OFFICIAL, scene="calvin_scene_B", cameras=())
    assert env.description["scene"] == "B"
    env.close()
