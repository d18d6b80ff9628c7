"""Runs whose policy server dies: nothing lost is ever scored."""

import json
from pathlib import Path
import socket
import subprocess
import sys
import time

import pytest

CHAINS, STEPS = 3, 30


class Server:
    """scripted_server.py as a process."""

    def __init__(self, folder, port):
        self.log = folder / f"steps-{time.monotonic_ns()}"
        script = Path(__file__).with_name("scripted_server.py")
        self._process = subprocess.Popen(
            [sys.executable, script, str(port), self.log], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout.readline().startswith("serving Scripted")

    def steps(self):
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def start(program, port, folder, *options):
    return subprocess.Popen(
        [
            program, "--policy", f"ws://127.0.0.1:{port}", "--chains", str(CHAINS), "--workers", "1",
            "--steps-per-subtask", str(STEPS), "--no-film-strips", "--renderer", "cpu",
            "--run", str(folder), *options,
        ],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )


def kill_in_second_chain(server, run):
    """Kills the server when it is a third into chain 1."""
    deadline = time.monotonic() + 120
    while server.steps() < STEPS + STEPS // 3:
        assert run.poll() is None and time.monotonic() < deadline
        time.sleep(0.005)
    server.kill()


def verdicts(folder):
    return (folder / "chains.jsonl").read_text()


@pytest.fixture(scope="module")
def undisturbed(program, tmp_path_factory):
    """The verdicts of a run whose server lives."""
    folder = tmp_path_factory.mktemp("undisturbed")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    server = Server(folder, port)
    run = start(program, port, folder / "run")
    assert run.communicate(timeout=300) and run.returncode == 0
    server.kill()
    return verdicts(folder / "run")


def test_a_chain_whose_server_died_is_tried_again(program, tmp_path, port, undisturbed):
    server = Server(tmp_path, port)
    run = start(program, port, tmp_path / "run")
    kill_in_second_chain(server, run)
    server = Server(tmp_path, port)
    _, errors = run.communicate(timeout=300)
    server.kill()
    assert run.returncode == 0, errors
    assert "chain 1, attempt 1" in errors and "trying again" in errors
    assert verdicts(tmp_path / "run") == undisturbed
    timings = (tmp_path / "run" / "timings.jsonl").read_text().splitlines()
    attempts = {timing["chain"]: timing["attempts"] for timing in map(json.loads, timings)}
    assert attempts[0] == 1 and attempts[1] >= 2


def test_a_run_whose_server_never_returns_is_incomplete_and_resumes(
    program, tmp_path, port, undisturbed
):
    server = Server(tmp_path, port)
    folder = tmp_path / "run"
    run = start(
        program, port, folder, "--policy-connect-timeout", "0.5", "--retries", "1"
    )
    kill_in_second_chain(server, run)
    output, errors = run.communicate(timeout=300)
    assert run.returncode == 3, errors
    assert "INCOMPLETE" in output and "cannot be reached" in errors
    assert verdicts(folder) == undisturbed.splitlines(keepends=True)[0]
    assert not (folder / "results.json").exists()

    early = subprocess.run(
        [program, "resume", str(folder)], capture_output=True, text=True, timeout=300
    )
    assert early.returncode not in (0, 1), early.stderr
    assert verdicts(folder) == undisturbed.splitlines(keepends=True)[0]

    server = Server(tmp_path, port)
    resumed = subprocess.run(
        [program, "resume", str(folder)], capture_output=True, text=True, timeout=300
    )
    server.kill()
    assert resumed.returncode == 0, resumed.stderr
    assert verdicts(folder) == undisturbed
    assert (folder / "results.json").exists()
