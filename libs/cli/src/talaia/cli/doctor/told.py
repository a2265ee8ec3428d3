"""What this environment tells the processes: settings, the files that they name, the ports that they want."""

import os
from collections.abc import Iterator
from pathlib import Path

from talaia.cli.doctor.check import State, Verdict, sentences
from talaia.cli.doctor.machine import Port
from talaia.cli.up.plan import EXITS_FILE, KAFKA_FILE
from talaia.stream.environment import Given, Origin
from talaia.stream.host_port import host_port
from talaia.stream.origins import complaints, every_setting
from talaia.stream.private_file import SecurityRefused, refuse_open

_FILE, _PORT, _LISTEN = "_FILE", "_PORT", "_LISTEN"
_HERE = "127.0.0.1"
_OTHERS = {EXITS_FILE, KAFKA_FILE}
"""No files of secrets: a worker writes the one; the other may hold a secret or none, and is read with the settings."""


def settings() -> Verdict:
    """Whether every variable is a setting and fits it."""
    wrong = complaints()
    if wrong:
        verdict = sentences(State.WRONG, wrong)
        return verdict._replace(cure=verdict.cure or "correct them; `talaia settings` shows all there are")
    given = [each for each in every_setting() if each.origin is not Origin.DEFAULT]
    return Verdict(State.OK, f"{len(given)} set, all known and fit; `talaia settings` shows them")


def secret_files() -> Verdict:
    """Whether the files of keys and secrets can be read by this user, and not by everybody."""
    files = [*_files(every_setting())]
    wrong = [why for file in files if (why := _unfit(file))]
    if wrong:
        return sentences(State.WRONG, wrong)
    return Verdict(State.OK, ", ".join(map(str, files)) or "none is named")


def wanted_ports() -> Iterator[Port]:
    """Every port that the settings give to a process here."""
    for each in every_setting():
        name, named = each.variable, each.origin is not Origin.DEFAULT
        if name.endswith(_LISTEN) and not each.wrong:
            yield Port(name, *host_port(each.value), named)
        elif name.endswith(_PORT) and not each.wrong and int(each.value):
            yield Port(name, _HERE, int(each.value), named)


def _files(given: list[Given]) -> Iterator[Path]:
    for each in given:
        if each.origin is Origin.ENVIRONMENT and each.variable.endswith(_FILE) and each.variable not in _OTHERS:
            yield Path(str(each.value))
        elif each.origin is Origin.FILE:
            yield Path(os.environ[each.variable + _FILE])


def _unfit(file: Path) -> str:
    try:
        refuse_open(file, "it holds keys or secrets")
        file.read_bytes()
    except SecurityRefused as why:
        return str(why)
    except OSError as error:
        return f"{file} cannot be read ({error.strerror}): let this user read it"
    return ""
