"""The waste API keeps what its OpenAPI document says, under requests that are made to break it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.asking import answers
from support.document import EXAMPLES, TESTS, WHOSE, accepted, broken_promises, key_file, settings
from support.processes import wait_for
from talaia.cli.kafka.node import free_port
from talaia.stream.clock import wall_now


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Where the API is served."""
    port = free_port()
    served = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "support.waste_api", str(tmp_path), str(port), str(key_file(tmp_path))]

    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, cwd=TESTS, stdout=log, stderr=log) as server:
        wait_for(lambda: answers(f"{served}/healthz"), "the API to answer")
        yield served
        server.terminate()


@EXAMPLES
@WHOSE
def test_every_answer_of_the_waste_api_is_as_its_document_says(
    address: str, tmp_path: Path, examples: int, key: str | None
) -> None:
    settings(tmp_path)
    broken = broken_promises(address, tmp_path, examples, key)
    assert broken == "", broken


@EXAMPLES
def test_four_of_five_valid_requests_are_served(address: str, tmp_path: Path, examples: int) -> None:
    known = {"site": "T1", "gauge": "G1", "time": wall_now().isoformat(), "issued_at": wall_now().isoformat()}
    counted = accepted(address, tmp_path, examples, known)
    good = sum(count for (_, status), count in counted.items() if status // 100 == 2)
    print(f"{good} of {counted.total()} valid requests were answered 2xx: {sorted(counted.items())}")
    assert counted.total() > 4 * examples
    assert good >= 0.8 * counted.total()
