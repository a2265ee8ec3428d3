"""An API against its own OpenAPI document: Schemathesis with all its checks, on a served application."""

import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from talaia.contracts.vocabulary import Role
from talaia.web.rate import Rate

KEY = "key of an engineer"
EXAMPLES = pytest.mark.parametrize("examples", [5, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.timeout(2_400)])])
"""Requests that are made up for each operation."""
WHOSE = pytest.mark.parametrize("key", [KEY, None], ids=["with a role", "without a role"])
TESTS = Path(__file__).parents[1]
_WITHIN_S = 2_400


def key_file(folder: Path) -> Path:
    """A key file with one key, `KEY`, which may do everything."""
    file = folder / "keys"
    file.write_text(f"tests {Role.ENGINEER} {hashlib.sha256(KEY.encode()).hexdigest()}\n")
    return file


def unlimited(app: FastAPI) -> FastAPI:
    """Whoever asks may ask as often as they can: a rate is not what is tested here."""
    app.state.rate_of_principals = app.state.rate_of_addresses = Rate(1e6)
    return app


def settings(folder: Path, hooks: str = "", rules: str = "") -> None:
    """Settings of Schemathesis for both functions below; it shows the key it is given and no other, which would hide all else."""
    named = f'hooks = "{hooks}"\n' if hooks else ""
    folder.joinpath("schemathesis.toml").write_text(f"{named}[generation]\nwith-security-parameters = false\n{rules}")


def broken_promises(address: str, folder: Path, examples: int, key: str | None = KEY) -> str:
    """What an API at `http://host:port` does not keep of its document; empty when it keeps it all. key: None: nobody asks."""
    done = _run(address, folder, examples, key, "--checks", "all")
    return "" if done.returncode == 0 else done.stdout + done.stderr


def accepted(address: str, folder: Path, examples: int, known: Mapping[str, Any]) -> Counter[tuple[str, int]]:
    """How many valid requests of each operation were answered with which status.

    known: names of things that are there, by the parameter or field that takes one (`support.known_things`).
    """
    report = folder / "requests.har"
    settings(folder, hooks="support.known_things")
    only = ["--mode", "positive", "--phases", "fuzzing", "--report", "har", "--report-har-path", str(report)]
    _run(address, folder, examples, KEY, "--checks", "not_a_server_error", *only, KNOWN_THINGS=json.dumps(dict(known)))
    found: Counter[tuple[str, int]] = Counter()
    for entry in json.loads(report.read_text())["log"]["entries"]:
        path = entry["request"]["url"].partition("?")[0].removeprefix(address)
        found[f"{entry['request']['method']} {path}", entry["response"]["status"]] += 1
    return found


def _run(
    address: str, folder: Path, examples: int, key: str | None, *options: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/openapi.json", *options]
    command += ["-n", str(examples), "--no-color", "--generation-database", "none"]
    command += [] if key is None else ["--header", f"X-API-Key: {key}"]
    return subprocess.run(
        command,
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(TESTS)} | environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=_WITHIN_S,
    )
