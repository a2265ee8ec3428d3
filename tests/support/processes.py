"""Services as real processes: started, watched, killed by their id, never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

PATIENCE_S = 60.0


def wait_for(condition: Callable[[], bool], what: str, patience_s: float = PATIENCE_S, last: Callable[[], str] = str) -> None:
    """Look until it is so. Fails with what was waited for, and what was seen last."""
    end = time.monotonic() + patience_s
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"waited {patience_s:.0f} s for {what}. {last()}")
        time.sleep(0.05)


class ServiceProcess:
    """`python -m talaia.<service> <role>` with its own environment; its output goes to a file."""

    def __init__(self, service: str, role: str, environment: dict[str, str], log: Path) -> None:
        self.command = [sys.executable, "-m", f"talaia.{service}", role]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
        self.environment = clean | environment
        self.log = log
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.kill()

    def start(self) -> None:
        """Start, or start again."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(self.command, env=self.environment, stdout=out, stderr=out)

    def kill(self) -> None:
        """SIGKILL: no time to tidy up."""
        self._end(signal.SIGKILL)

    def terminate(self) -> int:
        """SIGTERM; its exit code."""
        return self._end(signal.SIGTERM)

    def said(self) -> str:
        """What it wrote so far."""
        return self.log.read_text(errors="replace")

    def alive(self) -> bool:
        """Whether it still runs."""
        return self.process is not None and self.process.poll() is None

    def _end(self, number: int) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(30)


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[Callable[[str, str, dict[str, str]], ServiceProcess]]:
    """Start services; all are gone when the test ends."""
    started: list[ServiceProcess] = []

    def start(service: str, role: str, environment: dict[str, str]) -> ServiceProcess:
        process = ServiceProcess(service, role, environment, tmp_path / f"{service}-{role}-{len(started)}.log")
        started.append(process)
        process.start()
        return process

    yield start
    for process in started:
        process.kill()
