"""The waste API keeps what its OpenAPI document says, under requests that are made to break it."""

import subprocess
import sys
from pathlib import Path

import httpx
from support.document import EXAMPLES, broken_promises, key_file
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

TESTS = Path(__file__).parents[1]


@EXAMPLES
def test_every_answer_of_the_waste_api_is_as_its_document_says(tmp_path: Path, examples: int) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "support.waste_api", str(tmp_path), str(port), str(key_file(tmp_path))]

    def answers() -> bool:
        try:
            return httpx.get(f"{address}/healthz").status_code == 200
        except httpx.HTTPError:
            return False

    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, cwd=TESTS, stdout=log, stderr=log) as server:
        try:
            wait_for(answers, "the API to answer")
            assert broken_promises(address, tmp_path, examples) == ""
        finally:
            server.terminate()
