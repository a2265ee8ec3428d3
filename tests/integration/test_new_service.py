"""A service from the template works: its tests pass, and its event travels from its door to its API."""

import re
import subprocess
from pathlib import Path

import pytest
from support import house
from support.checkout import DEADLINE_S, checkout, run, run_tests, seem_installed
from talaia.cli.new_service.verb import new_service


@pytest.mark.slow
@pytest.mark.broker
def test_the_event_of_a_new_service_travels_to_its_api_and_its_tests_pass(broker: str, tmp_path: Path) -> None:
    tree = checkout(tmp_path / "tree")
    new_service("ferries", into=tree)
    path = seem_installed(tree, "ferries", tmp_path / "installed")
    tests = ("tests/unit/ferries", "tests/integration/test_ferries_travels.py", "tests/contract/test_rights.py")
    assert "passed" in run_tests(tree, *tests, PYTHONPATH=path, TALAIA_KAFKA_BOOTSTRAP=broker)


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
