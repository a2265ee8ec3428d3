"""Whoever follows a tutorial word for word gets there: its blocks are run in a fresh checkout.

`sh background` runs on until the end, and says where the APIs are; `sh docker` needs a container engine.
"""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import house
from support.checkout import DEADLINE_S, checkout, clean_environment, run
from support.processes import wait_for

TUTORIALS = sorted((house.ROOT / "docs/tutorials").glob("*.md"))
BLOCK = re.compile(r"^```sh *([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
ADDRESS = re.compile(r"^export (\w+)=\S+ +# (\S+)$", re.MULTILINE)
ENDS_WITH = {
    "new-service": '"count":',
    "first-sensor": "waste.overflow_started",
    "more-sensors": 'outcome="line"',
    "own-alarm": "RETURNED_UNACKNOWLEDGED",
}
HOWS = {"", "background", "docker"}


@pytest.fixture
def begun() -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes in the background; all are ended when the test ends."""
    started: list[subprocess.Popen[bytes]] = []
    yield started
    for process in started:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(90)


@pytest.mark.slow
@pytest.mark.broker
@pytest.mark.timeout(2 * DEADLINE_S)
@pytest.mark.parametrize("tutorial", TUTORIALS, ids=lambda path: path.stem)
def test_whoever_follows_a_tutorial_word_for_word_gets_there(
    begun: list[subprocess.Popen[bytes]], tmp_path: Path, tutorial: Path
) -> None:
    tree = checkout(tmp_path / "talaia")
    text = tutorial.read_text()
    blocks = BLOCK.findall(text)
    assert {how for how, _ in blocks} <= HOWS
    environment = {"MAKEFLAGS": f"FAST_S={DEADLINE_S}"}
    said = ""
    for how, commands in blocks:
        if how == "background":
            begun.append(_begin(tree, commands))
            wait_for(lambda: "running; Ctrl-C" in _said(tree), "the service", patience_s=300, last=lambda: _said(tree))
            for name, process in ADDRESS.findall(text):  # whoever reads it puts in the addresses that are shown
                environment[name] = re.search(rf"{process}[ =]+(\S+)", _said(tree))[1]  # type: ignore[index]
        elif how == "":
            said += run(tree, ["bash", "-euo", "pipefail", "-c", ADDRESS.sub("", commands)], **environment)
    assert ENDS_WITH[tutorial.stem] in said


def _begin(tree: Path, command: str) -> subprocess.Popen[bytes]:
    with (tree / "said").open("wb") as out:
        words = ["bash", "-c", f"exec {command.strip()}"]
        return subprocess.Popen(words, cwd=tree, env=clean_environment() | {"COLUMNS": "200"}, stdout=out, stderr=out)


def _said(tree: Path) -> str:
    return (tree / "said").read_text(errors="replace")
