"""What a large body of nothing costs: a real process, its time and its memory."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from support.asking import answers, ask
from support.processes import wait_for
from support.web import keys_of_roles
from talaia.cli.kafka.node import free_port
from talaia.waste.api.doors import BATCH_BYTES

TESTS = Path(__file__).parents[1]


class Server:
    def __init__(self, folder: Path) -> None:
        self.address = f"http://127.0.0.1:{free_port()}"
        port = self.address.rpartition(":")[2]
        self._command = [sys.executable, "-m", "support.waste_api", str(folder), port, str(keys_of_roles(folder))]
        self._process = subprocess.Popen(self._command, cwd=TESTS)
        self.process = psutil.Process(self._process.pid)

    def end(self) -> None:
        self._process.kill()
        self._process.wait()

    def spent_s(self) -> float:
        """Time that it has had a core."""
        times = self.process.cpu_times()
        return times.user + times.system

    def most_bytes(self) -> int:
        """The most memory that it ever held."""
        (line,) = (line for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines() if "VmHWM" in line)
        return int(line.split()[1]) * 1_024


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    wait_for(lambda: answers(f"{running.address}/healthz"), "the API to answer")
    yield running
    running.end()


def test_a_batch_of_millions_of_lines_costs_no_more_than_one_of_as_many_as_it_may_have(server: Server) -> None:
    def sent(content: bytes) -> tuple[int, str]:
        headers = {"x-api-key": "operator", "content-type": "application/x-ndjson"}
        answer = ask("POST", f"{server.address}/v1/measurements", content=content, headers=headers)
        return answer.status_code, answer.json().get("code", "")

    assert sent(b"x\n" * 5_000) == (207, "")
    spent_s, most_bytes = server.spent_s(), server.most_bytes()
    assert sent(b"x\n" * (BATCH_BYTES // 2)) == (422, "too_many")
    assert server.spent_s() - spent_s < 1
    assert server.most_bytes() - most_bytes < 50_000_000
