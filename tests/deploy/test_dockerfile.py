"""The Dockerfile has no known bad habit; hadolint is the judge."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import want
from support.house import ROOT

DOCKERFILE = ROOT / "infra/docker/Dockerfile"


@pytest.fixture(scope="module")
def hadolint() -> str:
    beside = Path(sys.executable).with_name("hadolint")
    found = str(beside) if beside.exists() else shutil.which("hadolint")
    if found is None:
        want("hadolint", "install it; `make setup` does on Linux with x86-64")
    return str(found)


def _judged(hadolint: str, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([hadolint, "-"], input=text, capture_output=True, text=True, check=False)


def test_it_is_clean(hadolint: str) -> None:
    done = _judged(hadolint, DOCKERFILE.read_text())
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        ("ARG BASE=python:3.11-slim", "ARG BASE=python:latest\nFROM python:latest", "DL3007"),
        ("COPY libs libs", "ADD libs libs", "DL3020"),
        ('ENTRYPOINT ["service"]', "ENTRYPOINT service", "DL3025"),
        ("WORKDIR /build", "WORKDIR build", "DL3000"),
    ],
)
def test_a_planted_habit_is_found(right: str, wrong: str, rule: str, hadolint: str) -> None:
    text = DOCKERFILE.read_text()
    assert right in text
    assert rule in _judged(hadolint, text.replace(right, wrong)).stdout
