"""calvin_env's nested info dictionary from the library's plain numbers, and back."""

from itertools import islice

import numpy as np

from .native import CONTACT_NUMBERS


def nested_info(description, robot_obs, numbers, contacts, use_scene_info=True):
    """`get_info()` as calvin_env returns it, contact points included."""
    touched = _touched(contacts)
    robot = robot_obs.tolist()
    uid = description["robot"]
    info = {
        "robot_info": {
            "tcp_pos": tuple(robot[0:3]),
            "tcp_orn": tuple(robot[3:6]),
            "gripper_opening_width": robot[6],
            "arm_joint_states": robot[7:14],
            "gripper_action": int(robot[14]),
            "uid": uid,
            "contacts": tuple(touched.get(uid, ())),
        }
    }
    if use_scene_info:
        info["scene_info"] = _scene_info(description, iter(numbers.tolist()), touched)
    return info


def _scene_info(description, numbers, touched):
    def take(count):
        return tuple(islice(numbers, count))

    doors = {name: {"current_state": next(numbers)} for name in description["doors"]}
    buttons, switches = (
        {
            name: {"joint_state": next(numbers), "logical_state": int(next(numbers))}
            for name in description[kind]
        }
        for kind in ("buttons", "switches")
    )
    lights = {name: {"logical_state": int(next(numbers))} for name in description["lights"]}
    movable = {
        block["name"]: {
            "current_pos": take(3),
            "current_orn": take(4),
            "current_lin_vel": take(3),
            "current_ang_vel": take(3),
            "contacts": tuple(touched.get(block["uid"], ())),
            "uid": block["uid"],
        }
        for block in description["movable_objects"]
    }
    fixed = {
        body["name"]: {
            "uid": body["uid"],
            "links": dict(body["links"]),
            "contacts": tuple(touched.get(body["uid"], ())),
        }
        for body in description["fixed_objects"]
    }
    return {
        "fixed_objects": fixed,
        "movable_objects": movable,
        "doors": doors,
        "buttons": buttons,
        "switches": switches,
        "lights": lights,
    }


def _touched(contacts):
    """Contact points by body as PyBullet's getContactPoints(bodyA=...) returns them."""
    touched = {}
    ids = contacts[:, :4].astype(int).tolist()
    for (a, b, link_a, link_b), row in zip(ids, contacts.tolist()):
        on_a, on_b, normal = tuple(row[4:7]), tuple(row[7:10]), tuple(row[10:13])
        reverse = (-row[10], -row[11], -row[12])
        forces = (row[13], row[14], row[15], tuple(row[16:19]), row[19], tuple(row[20:23]))
        touched.setdefault(a, []).append((0, a, b, link_a, link_b, on_a, on_b, normal) + forces)
        touched.setdefault(b, []).append((0, b, a, link_b, link_a, on_b, on_a, reverse) + forces)
    return touched


def plain_info(description, info):
    """The numbers and contacts a nested info stands for, as far as the oracle reads them."""
    scene = info["scene_info"]
    numbers = [scene["doors"][name]["current_state"] for name in description["doors"]]
    for kind in ("buttons", "switches"):
        for name in description[kind]:
            numbers += [scene[kind][name]["joint_state"], scene[kind][name]["logical_state"]]
    numbers += [scene["lights"][name]["logical_state"] for name in description["lights"]]
    points = list(info["robot_info"]["contacts"])
    for block in description["movable_objects"]:
        state = scene["movable_objects"][block["name"]]
        for key in ("current_pos", "current_orn", "current_lin_vel", "current_ang_vel"):
            numbers.extend(state[key])
        points.extend(state["contacts"])
    contacts = np.zeros((len(points), CONTACT_NUMBERS))
    if points:
        contacts[:, :4] = [point[1:5] for point in points]
    return np.array(numbers, dtype=np.float64), contacts
