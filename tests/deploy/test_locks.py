"""What is installed is what was locked: the project's own commands, word for word, refuse anything else."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.house import ROOT

DOCKERFILE = ROOT / "infra/docker/Dockerfile"
PEERS = re.findall(r"^PEERS := (.+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[0].split()
SMALL = "six"
"""A distribution of a few kilobytes that needs no other."""


def _commands() -> list[str]:
    """Every command of the Makefile and the Dockerfile that installs from a lock file."""
    stamps = [".venv/.installed", *(f"var/bench/{peer}/.installed" for peer in PEERS)]
    planned = ["make", "--dry-run", "--always-make", "--no-print-directory", *stamps]
    lines = subprocess.run(planned, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    for step in re.findall(r"^RUN (.+)$", DOCKERFILE.read_text().replace("\\\n", ""), re.MULTILINE):
        lines += [part.strip() for part in step.split("&&")]
    return sorted({line for line in lines if re.search(r" -r \S+\.lock$", line)})


COMMANDS = _commands()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with environments where the project has its own, and nothing else."""
    folder = tmp_path_factory.mktemp("project")
    subprocess.run([sys.executable, "-m", "venv", folder / ".venv"], check=True)
    (folder / ".venv/bin/uv").symlink_to(Path(sys.executable).with_name("uv"))
    (folder / "var/bench").mkdir(parents=True)
    for place in ("sbom", *(f"var/bench/{peer}" for peer in PEERS)):
        (folder / place).symlink_to(folder / ".venv")
    return folder


def _locked() -> str:
    """The lines of requirements.lock on one distribution."""
    found = re.search(rf"^{SMALL}==\S+ \\\n(?: +--hash=\S+(?: \\)?\n)+", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert found is not None
    return found[0]


def _tampered(lock: str) -> str:
    """Another last digit in each hash: no file has these."""
    return re.sub(r"(--hash=sha256:[0-9a-f]{63})([0-9a-f])", lambda found: found[1] + ("0" if found[2] != "0" else "1"), lock)


def _run(project: Path, command: str, lock: str) -> subprocess.CompletedProcess[str]:
    place = project / command.rpartition(" -r ")[2]
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(lock)
    environment = project / ".venv"
    there = {"PATH": f"{environment / 'bin'}:{os.environ['PATH']}", "VIRTUAL_ENV": str(environment)}
    return subprocess.run(["sh", "-c", command], cwd=project, env=os.environ | there, capture_output=True, text=True, check=False)


def _is_installed(project: Path) -> bool:
    return bool(list(project.glob(f".venv/lib/python3*/site-packages/{SMALL}.py")))


def test_every_lock_file_is_installed_by_a_command_that_asks_for_hashes() -> None:
    named = {command.rpartition(" -r ")[2] for command in COMMANDS}
    assert named >= {
        "requirements.lock",
        "infra/uv.lock",
        "infra/docker/libraries.lock",
        "infra/docker/service.lock",
        "infra/docker/sbom.lock",
    }
    assert named >= {f"tests/load/locks/{peer}.lock" for peer in PEERS}
    assert [command for command in COMMANDS if "--require-hashes" not in command] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_a_changed_hash_is_refused_and_the_right_one_installed(command: str, project: Path) -> None:
    refused = _run(project, command, _tampered(_locked()))
    assert refused.returncode != 0
    assert re.search("hash mismatch|do not match the hashes", refused.stderr, re.IGNORECASE), refused.stderr
    assert not _is_installed(project)
    taken = _run(project, command, _locked())
    assert taken.returncode == 0, taken.stderr
    assert _is_installed(project)
    subprocess.run(
        [sys.executable, "-m", "uv", "pip", "uninstall", "--quiet", "--python", project / ".venv/bin/python", SMALL], check=True
    )
    assert not _is_installed(project)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_lock_without_hashes_is_refused(command: str, project: Path) -> None:
    refused = _run(project, command, _locked().partition(" ")[0] + "\n")
    assert refused.returncode != 0
    assert "hash" in refused.stderr.lower()
    assert not _is_installed(project)
