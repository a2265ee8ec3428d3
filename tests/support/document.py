"""An API against its own OpenAPI document: Schemathesis with all its checks, on a served application."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from talaia.contracts.vocabulary import Role

KEY = "key of an engineer"
EXAMPLES = pytest.mark.parametrize("examples", [5, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(1_200)])])
"""Requests that are made up for each operation."""


def key_file(folder: Path) -> Path:
    """A key file with one key, `KEY`, which may do everything."""
    file = folder / "keys"
    file.write_text(f"tests {Role.ENGINEER} {hashlib.sha256(KEY.encode()).hexdigest()}\n")
    return file


def broken_promises(address: str, folder: Path, examples: int) -> str:
    """What an API at `http://host:port` does not keep of its document; empty when it keeps it all."""
    command = [Path(sys.executable).with_name("schemathesis"), "run", f"{address}/openapi.json", "--checks", "all"]
    options = ["-n", str(examples), "--header", f"X-API-Key: {KEY}", "--no-color", "--generation-database", "none"]
    done = subprocess.run([*command, *options], cwd=folder, check=False, capture_output=True, text=True, timeout=1_200)
    return "" if done.returncode == 0 else done.stdout + done.stderr
