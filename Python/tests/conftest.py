import os
from pathlib import Path
import sys

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import calvin_eval

PACKAGE = Path(__file__).resolve().parents[2]
OFFICIAL = PACKAGE.parent / "shared" / "calvin_env"
DATASET = PACKAGE.parent / "shared" / "calvin_dataset" / "validation"
REFERENCE = PACKAGE.parent / "shared" / "reference"


@pytest.fixture(scope="session")
def env():
    with calvin_eval.PlayTableSimEnv(renderer="cpu") as env:
        yield env


@pytest.fixture(scope="session")
def official_env():
    if not OFFICIAL.is_dir():
        pytest.skip("the official scenes are not here")
    with calvin_eval.PlayTableSimEnv(renderer="cpu", calvin_env=OFFICIAL, cameras=()) as env:
        yield env


@pytest.fixture(scope="session")
def program():
    """The built calvin-eval, named by the test that runs these."""
    path = os.environ.get("CALVIN_EVAL")
    if not path:
        pytest.skip("CALVIN_EVAL does not name the program")
    return path
