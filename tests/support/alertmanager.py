"""A real Alertmanager on a port of its own, and amtool, its command line; `make alertmanager` installs both."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from support.asking import answers
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

_CONFIG = "route:\n  receiver: control\n  group_by: [alertname]\nreceivers:\n- name: control\n"


class Amtool(NamedTuple):
    """amtool, told to ask one Alertmanager."""

    command: str
    url: str

    def __call__(self, *words: str) -> str:
        """What it prints. It must end well."""
        done = subprocess.run(
            [self.command, f"--alertmanager.url={self.url}", *words], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def json(self, *words: str) -> list[dict[str, Any]]:
        """What it prints as JSON."""
        found: list[dict[str, Any]] = json.loads(self(*words, "--output=json"))
        return found


@pytest.fixture
def amtool_command() -> str:
    """Path of amtool."""
    return _found("amtool")


@pytest.fixture
def alertmanager(tmp_path: Path, amtool_command: str) -> Iterator[Amtool]:
    """A real Alertmanager, and amtool that asks it."""
    config = tmp_path / "alertmanager.yml"
    config.write_text(_CONFIG)
    url = f"http://127.0.0.1:{free_port()}"
    where = [f"--web.listen-address={url.removeprefix('http://')}", "--cluster.listen-address=", f"--storage.path={tmp_path}/am"]
    with (tmp_path / "alertmanager.log").open("wb") as log:
        command = [_found("prometheus-alertmanager"), f"--config.file={config}", *where]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            wait_for(lambda: answers(f"{url}/-/ready"), "Alertmanager", last=(tmp_path / "alertmanager.log").read_text)
            yield Amtool(amtool_command, url)
        finally:
            process.terminate()
            process.wait(30)


def _found(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        why = f"no {name}: run `make alertmanager`"
        if os.environ.get("REQUIRE_ALERTMANAGER") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return found
