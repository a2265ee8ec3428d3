"""A service from the template works: its tests pass, and its event travels from its door to its API."""

import re
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import house
from support.checkout import DEADLINE_S, checkout, clean_environment, run, run_tests, seem_installed
from support.processes import wait_for
from talaia.cli.new_service.verb import new_service

TUTORIAL = house.ROOT / "docs/tutorials/new-service.md"
BLOCK = re.compile(r"^```sh *([^\n]*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.broker
def test_the_event_of_a_new_service_travels_to_its_api_and_its_tests_pass(broker: str, tmp_path: Path) -> None:
    tree = checkout(tmp_path / "tree")
    new_service("ferries", into=tree)
    path = seem_installed(tree, "ferries", tmp_path / "installed")
    tests = ("tests/unit/ferries", "tests/integration/test_ferries_travels.py", "tests/contract/test_rights.py")
    assert "passed" in run_tests(tree, *tests, PYTHONPATH=path, TALAIA_KAFKA_BOOTSTRAP=broker)


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
def test_whoever_follows_the_tutorial_word_for_word_gets_there(begun: list[subprocess.Popen[bytes]], tmp_path: Path) -> None:
    """`sh background`: runs on until the end, and says where the API is; `sh docker`: needs a container engine."""
    tree = checkout(tmp_path / "talaia")
    blocks = BLOCK.findall(TUTORIAL.read_text())
    assert {how for how, _ in blocks} == {"", "background", "docker"}
    environment = {"MAKEFLAGS": f"FAST_S={DEADLINE_S}"}
    for how, commands in blocks:
        if how == "background":
            begun.append(_begin(tree, commands))
            wait_for(lambda: "running; Ctrl-C" in _said(tree), "the service", patience_s=300, last=lambda: _said(tree))
            environment["API"] = re.search(r"parking-api +(http://\S+)", _said(tree))[1]  # type: ignore[index]
        elif how == "docker":
            continue
        else:
            # whoever reads it puts in the address that is shown
            script = re.sub(r"^export API=.*$", "", commands, flags=re.MULTILINE)
            said = run(tree, ["bash", "-euo", "pipefail", "-c", script], **environment)
            if "/v1/counts" in script:
                assert '"count":' in said
    changed = run(tree, ["git", "status", "--short"])
    assert "services/parking" in changed


def _begin(tree: Path, command: str) -> subprocess.Popen[bytes]:
    with (tree / "said").open("wb") as out:
        words = ["bash", "-c", f"exec {command.strip()}"]
        return subprocess.Popen(words, cwd=tree, env=clean_environment() | {"COLUMNS": "200"}, stdout=out, stderr=out)


def _said(tree: Path) -> str:
    return (tree / "said").read_text(errors="replace")


@pytest.mark.slow
@pytest.mark.timeout(DEADLINE_S)
def test_the_lock_of_a_new_image_is_what_make_lock_makes_of_it(tmp_path: Path) -> None:
    tree = checkout(tmp_path / "talaia")
    new_service("ferries", into=tree)
    lock = tree / "infra/docker/ferries.lock"
    rendered = lock.read_text()
    (tree / ".venv").symlink_to(house.ROOT / ".venv")
    made = subprocess.run(["make", "-n", "lock"], cwd=tree, capture_output=True, text=True, check=True).stdout
    (command,) = [part for part in re.split(r"&&|\n", made) if part.endswith(f"{lock.relative_to(tree)} ")]
    run(tree, ["bash", "-c", command])
    assert lock.read_text() == rendered
