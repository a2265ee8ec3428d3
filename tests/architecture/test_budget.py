"""A tier of tests fails past its time budget."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.house import ROOT


def _run(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_one.py").write_text("def test_one():\n    pass\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "support.budget",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(folder),
        *options,
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("options", [(), ("--budget-s", "60")])
def test_within_its_budget_a_tier_passes(tmp_path: Path, options: tuple[str, ...]) -> None:
    assert _run(tmp_path, *options).returncode == 0


def test_past_its_budget_a_tier_fails_and_says_so_before_the_closing_line(tmp_path: Path) -> None:
    done = _run(tmp_path, "--budget-s", "60", "--started", "0")
    assert done.returncode == 1
    assert "Over budget" in done.stdout
    assert "1 passed" in done.stdout.splitlines()[-1]
