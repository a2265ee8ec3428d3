"""A copy of the repository, in which a test may change what it likes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from support import house

DEADLINE_S = 1_500
_OF_THIS_RUN = (
    "TALAIA_",
    "PYTEST_",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "MAKE",
    "MFLAGS",
    "COV_",
    "REQUIRE_PROMTOOL",
    "REQUIRE_ALERTMANAGER",
)


def checkout(into: Path) -> Path:
    """The files of the repository as they stand, committed or not, in a repository of their own."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=house.ROOT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (house.ROOT / name).is_file():  # what is deleted and not yet committed is listed too
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(house.ROOT / name, into / name)
    for command in (["init", "--quiet"], ["add", "--all"]):
        subprocess.run(["git", *command], cwd=into, check=True)
    return into


def seem_installed(tree: Path, service: str, metadata: Path) -> str:
    """A PYTHONPATH under which a service of the tree is as if it were installed there."""
    info = metadata / f"talaia_{service}-0.1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: talaia-{service}\nVersion: 0.1.0\n")
    settings = f"talaia.{service}.settings:{service.capitalize()}Settings"
    points = f"[talaia.services]\n{service} = talaia.{service}.service:SERVICE\n[talaia.settings]\n{service} = {settings}\n"
    (info / "entry_points.txt").write_text(points)
    return os.pathsep.join(map(str, (*house.source_folders(tree), metadata)))


def clean_environment() -> dict[str, str]:
    """What a person's terminal has, without what this run of tests put there."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OF_THIS_RUN)}


def run(tree: Path, command: Sequence[str], **environment: str) -> str:
    """What a command said that ran in a tree and was right. Fails with it otherwise."""
    surroundings = clean_environment() | environment
    done = subprocess.run(command, cwd=tree, env=surroundings, capture_output=True, text=True, timeout=DEADLINE_S, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, f"{' '.join(command)} in {tree}:\n{said[-6_000:]}"
    return said


def run_tests(tree: Path, *arguments: str, **environment: str) -> str:
    """Tests of a tree, run with this installation."""
    return run(tree, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments], **environment)
