import json
import os
import re
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.processes import wait_for
from talaia.cli.up.installation import running_in

pytestmark = pytest.mark.broker


class Up:
    """`talaia up` as a person starts it."""

    def __init__(self, broker: str, prefix: str, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.out = folder / "out"
        environment = os.environ | {"TALAIA_KAFKA_BOOTSTRAP": broker, "TALAIA_TOPIC_PREFIX": prefix, "COLUMNS": "250"}
        command = [sys.executable, "-m", "talaia.cli", "up", "--var", str(folder / "var"), *arguments]
        with self.out.open("wb") as out:
            self.process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)

    def said(self) -> str:
        return self.out.read_text()

    def running(self) -> bool:
        assert self.process.poll() is None, self.said()
        return "running; Ctrl-C stops all" in self.said()


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout


@pytest.fixture
def up(broker: str, prefix: str, tmp_path: Path) -> Iterator[Up]:
    # as in a terminal: whoever runs the tests in the background is deaf to Ctrl-C, and so would its children be
    deaf = signal.signal(signal.SIGINT, signal.default_int_handler)
    started = Up(broker, prefix, tmp_path, "waste")
    signal.signal(signal.SIGINT, deaf)
    yield started
    if started.process.poll() is None:
        started.process.send_signal(signal.SIGTERM)
        started.process.wait(60)


def _pid_of(up: Up, name: str) -> int:
    pids = re.findall(rf"spawned: '{name}' with pid (\d+)", (up.folder / "var/supervisord.log").read_text())
    return int(pids[-1])


def _status(up: Up) -> dict[str, Any]:
    """What another terminal is told."""
    command = [sys.executable, "-m", "talaia.cli", "status", "--var", str(up.folder / "var"), "--json"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
    done = subprocess.run(command, env=clean, capture_output=True, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == bool(told["problems"])
    return told


def _rebuilt(up: Up) -> str:
    """What another terminal is told that makes the view anew."""
    command = [sys.executable, "-m", "talaia.cli", "rebuild", "waste", "--var", str(up.folder / "var")]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")} | {"COLUMNS": "250"}
    done = subprocess.run(command, env=clean, cwd=up.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert str(up.folder / "var" / "waste.db") in done.stderr
    return done.stderr


def test_up_starts_all_brings_back_what_dies_and_ends_all_within_seconds(up: Up) -> None:
    wait_for(up.running, "all of it", 120)
    address = re.search(r"waste-api +(http://\S+)", up.said())
    assert address is not None
    with urllib.request.urlopen(f"{address[1]}/v1/sites") as answer:
        assert answer.status == 200
    all_well = _status(up)
    assert [process["name"] for process in all_well["processes"]] == ["waste-worker-1", "waste-api"]
    assert [group["worker"] for group in all_well["bus"]["groups"]] == ["waste-worker"]
    assert all_well["problems"] == []
    assert "shown from now on in sqlite" in _rebuilt(up)
    first = _pid_of(up, "waste-worker")
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: "waste-worker ended and was started again" in up.said(), "the worker's return")
    assert _pid_of(up, "waste-worker") != first
    pids = [_pid_of(up, "waste-worker"), _pid_of(up, "waste-api")]
    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(20) == 0
    assert up.said().index("stopping all") < up.said().index("all stopped")
    assert running_in(up.folder / "var") is None
    assert all(_gone(pid) for pid in pids)


def test_nothing_is_left_when_up_is_killed(up: Up) -> None:
    wait_for(up.running, "all of it", 120)
    pids = [_pid_of(up, "waste-worker"), _pid_of(up, "waste-api"), int((up.folder / "var/supervisord.pid").read_text())]
    up.process.kill()
    up.process.wait()
    wait_for(lambda: all(_gone(pid) for pid in pids), "their end")


def _gone(pid: int) -> bool:
    state = _ps("-o", "stat=", "-p", str(pid)).strip()
    return state.startswith("Z") or not state
