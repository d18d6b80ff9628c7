"""The forms of an action calvin_env's `step` takes, as kind and numbers."""

import numpy as np

from .native import ActionError

_LENGTHS = {"cartesian_rel": (7,), "cartesian_abs": (7, 8), "joint_rel": (8,), "joint_abs": (8,)}
# By numpy's character of a type.
_RELATIVE_KINDS = {
    "d": "cartesian_rel", "f": "cartesian_rel_float32", "e": "cartesian_rel_float16"
}


def parsed_action(action):
    """The simulator's name of an action's kind, and the numbers as float64.

    Taken are 7 numbers (relative), a tuple of position, orientation (Euler angles or quaternion
    xyzw) and gripper (absolute), and {"type": kind, "action": either}. Arrays may be torch's.
    A relative action is scaled in its own type (float64, float32 or float16), as calvin_env does;
    whole numbers, which calvin_env cannot scale, count as float64.
    """
    if isinstance(action, dict):
        kind, numbers = action.get("type"), action.get("action")
        if not isinstance(kind, str) or kind not in _LENGTHS:
            raise ActionError(f"action type is {kind!r}, expected one of {', '.join(_LENGTHS)}")
        if kind == "cartesian_rel":
            return _relative(numbers)
        if kind == "cartesian_abs" and _length(numbers) == 3:
            return kind, _joined(numbers)
        return kind, _vector(numbers, kind).astype(np.float64)
    length = _length(action)
    if length == 7:
        return _relative(action)
    if length == 3:
        return "cartesian_abs", _joined(action)
    raise ActionError(
        f"an action of {length} parts; expected 7 numbers, (position, orientation, gripper) "
        'or {"type": ..., "action": ...}'
    )


def _length(values):
    try:
        return len(values)
    except TypeError:
        raise ActionError(
            f"an action cannot be {values!r}; expected 7 numbers, (position, orientation, gripper) "
            'or {"type": ..., "action": ...}'
        ) from None


def _relative(values):
    numbers = _vector(values, "cartesian_rel")
    kind = _RELATIVE_KINDS.get(numbers.dtype.char, "cartesian_rel")
    return kind, numbers.astype(np.float64)


def _vector(values, kind):
    numbers = _array(values, kind)
    if numbers.ndim != 1 or numbers.size not in _LENGTHS[kind]:
        expected = " or ".join(map(str, _LENGTHS[kind]))
        raise ActionError(
            f"{kind} action: expected {expected} numbers, found shape {numbers.shape}"
        )
    return numbers


def _array(values, kind):
    """An array of the type numpy gives the values: calvin_env copies them the same way."""
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu().numpy()
        numbers = np.asarray(values)
    except (TypeError, ValueError) as error:
        raise ActionError(f"{kind} action: {error}") from None
    if numbers.dtype.kind not in "fiu" or numbers.dtype.itemsize > 8:
        raise ActionError(
            f"{kind} action: numbers of type {numbers.dtype}; expected float64, float32, float16 "
            "or whole numbers"
        )
    return numbers


def _joined(parts):
    position, orientation, gripper = (
        _array(part, "cartesian_abs").astype(np.float64).ravel() for part in parts
    )
    if position.size != 3 or orientation.size not in (3, 4) or gripper.size != 1:
        raise ActionError(
            "an absolute action is a position (3), an orientation (3 or 4) and a gripper (1), "
            f"found {position.size}, {orientation.size}, {gripper.size}"
        )
    return np.concatenate([position, orientation, gripper])
