"""The forms of an action calvin_env's `step` takes, as kind and numbers."""

import numpy as np

from .native import ActionError

_LENGTHS = {"cartesian_rel": (7,), "cartesian_abs": (7, 8), "joint_rel": (8,), "joint_abs": (8,)}


def parsed_action(action):
    """The simulator's name of an action's kind, and the numbers as float64.

    Taken are 7 numbers (relative), a tuple of position, orientation (Euler angles or quaternion
    xyzw) and gripper (absolute), and {"type": kind, "action": either}. Arrays may be torch's.
    A relative action of float32 numbers is scaled in float32, as calvin_env does.
    """
    if isinstance(action, dict):
        kind, numbers = action.get("type"), action.get("action")
        if kind not in _LENGTHS:
            raise ActionError(f"action type is {kind!r}, expected one of {', '.join(_LENGTHS)}")
        if kind == "cartesian_abs" and len(numbers) == 3:
            return kind, _joined(numbers)
        return _named(kind, numbers), _numbers(numbers, kind)
    if len(action) == 7:
        return _named("cartesian_rel", action), _numbers(action, "cartesian_rel")
    if len(action) == 3:
        return "cartesian_abs", _joined(action)
    raise ActionError(
        f"an action of {len(action)} parts; expected 7 numbers, (position, orientation, gripper) "
        'or {"type": ..., "action": ...}'
    )


def _named(kind, values):
    dtype = str(getattr(values, "dtype", ""))
    is_single = dtype in ("float32", "torch.float32")
    return f"{kind}_float32" if kind == "cartesian_rel" and is_single else kind


def _numbers(values, kind):
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    try:
        numbers = np.array(values, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise ActionError(f"{kind} action: {error}") from None
    if numbers.size not in _LENGTHS[kind]:
        raise ActionError(f"{kind} action: expected {_LENGTHS[kind]} numbers, found {numbers.size}")
    return numbers


def _joined(parts):
    parts = [part.detach().cpu().numpy() if hasattr(part, "detach") else part for part in parts]
    position, orientation, gripper = (np.asarray(part, np.float64).ravel() for part in parts)
    if position.size != 3 or orientation.size not in (3, 4) or gripper.size != 1:
        raise ActionError(
            "an absolute action is a position (3), an orientation (3 or 4) and a gripper (1), "
            f"found {position.size}, {orientation.size}, {gripper.size}"
        )
    return np.concatenate([position, orientation, gripper])
