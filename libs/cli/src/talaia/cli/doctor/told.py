"""What this environment tells the processes: settings, the files that they name, the ports that they want."""

import os
from collections.abc import Iterator
from pathlib import Path

from talaia.cli.doctor.check import State, Verdict, sentences
from talaia.cli.doctor.machine import Port
from talaia.cli.up.plan import EXITS_FILE
from talaia.stream.environment import Given, Origin
from talaia.stream.origins import complaints, every_setting
from talaia.stream.private_file import SecurityRefused, refuse_open

_FILE, _PORT, _HOST = "_FILE", "_PORT", "_HOST"
_HERE = "127.0.0.1"


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
    found = {each.variable: each for each in every_setting()}
    for name, each in found.items():
        if name.endswith(_PORT) and not each.wrong and int(each.value):
            host = found.get(name.removesuffix(_PORT) + _HOST)
            place = _HERE if host is None or host.wrong else str(host.value)
            yield Port(name, place, int(each.value), each.origin is not Origin.DEFAULT)


def _files(given: list[Given]) -> Iterator[Path]:
    for each in given:
        if each.origin is Origin.ENVIRONMENT and each.variable.endswith(_FILE) and each.variable != EXITS_FILE:
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
