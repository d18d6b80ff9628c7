"""The scripts in Python/examples, run as a user runs them."""

from pathlib import Path
import subprocess
import sys

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def test_the_official_loop_comes_to_the_native_runners_verdicts(program, tmp_path):
    recording = subprocess.run(
        [program, "--chains", "3", "--policy", "expert", "--record", "recordings", "--run", "run",
         "--no-film-strips"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )
    assert recording.returncode == 0, recording.stderr
    loop = subprocess.run(
        [sys.executable, EXAMPLES / "official_loop.py", "recordings", "--chains", "3"],
        cwd=tmp_path, capture_output=True, text=True, timeout=300,
    )
    assert loop.returncode == 0, loop.stdout + loop.stderr
    assert "0 of 3 chains differ" in loop.stdout
