"""Forms of actions, as kind and numbers."""

import numpy as np
import pytest

from calvin_eval.actions import parsed_action
from calvin_eval.native import ActionError

ROW = [0.1, -0.2, 0.3, 0, 0, 0, 1]


@pytest.mark.parametrize(
    "action, kind",
    [
        (ROW, "cartesian_rel"),
        (np.array(ROW), "cartesian_rel"),
        (np.array(ROW, np.float32), "cartesian_rel_float32"),
        ({"type": "cartesian_rel", "action": np.array(ROW, np.float32)}, "cartesian_rel_float32"),
        ({"type": "cartesian_abs", "action": np.array(ROW, np.float32)}, "cartesian_abs"),
    ],
)
def test_relative_actions_keep_the_precision_they_came_in(action, kind):
    found, numbers = parsed_action(action)
    assert found == kind
    assert numbers.dtype == np.float64 and numbers.tolist() == pytest.approx(ROW)


def test_unknown_kinds_are_refused():
    with pytest.raises(ActionError, match="cartesian_rel, cartesian_abs, joint_rel, joint_abs"):
        parsed_action({"type": "cartesian_rel_float32", "action": ROW})
