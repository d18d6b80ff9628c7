"""Forms of actions, as kind and numbers."""

import numpy as np
import pytest

from calvin_eval.actions import parsed_action
from calvin_eval.native import ActionError

ROW = [0.1, -0.2, 0.3, 0, 0, 0, 1]
HALF = np.array(ROW, np.float16)
SINGLE = np.array(ROW, np.float32)


class Tensor:
    """What is used of torch's: detach, cpu, numpy; numpy alone refuses one with gradients."""

    def __init__(self, array, error=None):
        self._array, self._error = array, error

    def __len__(self):
        return len(self._array)

    def detach(self):
        return self

    cpu = detach

    def numpy(self):
        if self._error:
            raise TypeError(self._error)
        return self._array

    def __array__(self, *_):
        raise RuntimeError("can't convert a tensor that requires grad")


@pytest.mark.parametrize(
    "action, kind",
    [
        (ROW, "cartesian_rel"),
        (tuple(ROW), "cartesian_rel"),
        (np.array(ROW), "cartesian_rel"),
        (SINGLE, "cartesian_rel_float32"),
        (SINGLE.astype(">f4"), "cartesian_rel_float32"),
        (list(SINGLE), "cartesian_rel_float32"),
        ([*SINGLE[:6], 1.0], "cartesian_rel"),
        (Tensor(SINGLE), "cartesian_rel_float32"),
        (HALF, "cartesian_rel_float16"),
        (Tensor(HALF), "cartesian_rel_float16"),
        ({"type": "cartesian_rel", "action": HALF}, "cartesian_rel_float16"),
        ({"type": "cartesian_rel", "action": SINGLE}, "cartesian_rel_float32"),
        ({"type": "cartesian_abs", "action": SINGLE}, "cartesian_abs"),
        ({"type": "cartesian_abs", "action": (SINGLE[:3], Tensor(HALF[3:6]), 1)}, "cartesian_abs"),
    ],
)
def test_relative_actions_keep_the_precision_they_came_in(action, kind):
    """calvin_env copies an action with numpy and scales it in the type that gives."""
    found, numbers = parsed_action(action)
    assert found == kind
    assert numbers.dtype == np.float64 and numbers.tolist() == pytest.approx(ROW, abs=1e-3)


def test_whole_numbers_count_as_float64():
    assert parsed_action([0, 0, -1, 0, 0, 0, 1])[0] == "cartesian_rel"


def test_the_callers_array_is_left_alone():
    array = np.array(ROW)
    parsed_action(array)[1][:] = 0
    assert array.tolist() == ROW


@pytest.mark.parametrize(
    "action, message",
    [
        ({"type": "cartesian_rel_float32", "action": ROW},
         "cartesian_rel, cartesian_abs, joint_rel, joint_abs"),
        ({"action": ROW}, "action type is None"),
        ({"type": ["joint_abs"], "action": ROW}, r"action type is \['joint_abs'\]"),
        ({"type": "joint_abs"}, "type object"),
        (None, "cannot be None"),
        (1.0, "cannot be 1.0"),
        (np.array(ROW)[None], "1 parts"),
        (np.array(ROW)[:, None], r"expected 7 numbers, found shape \(7, 1\)"),
        ([str(number) for number in ROW], "numbers of type <U"),
        (np.array(ROW, object), "numbers of type object"),
        (np.array(ROW) > 0, "numbers of type bool"),
        (np.array(ROW, np.complex128), "numbers of type complex128"),
        ([None] * 7, "numbers of type object"),
        (Tensor(SINGLE, "Got unsupported ScalarType BFloat16"), "BFloat16"),
        ({"type": "joint_rel", "action": ROW}, r"expected 8 numbers, found shape \(7,\)"),
        ((np.zeros(3), np.zeros(5), 1), "found 3, 5, 1"),
    ],
)
def test_what_is_no_action_is_named(action, message):
    with pytest.raises(ActionError, match=message):
        parsed_action(action)
