"""`talaia doctor`: one table of all that was looked at."""

import functools
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from talaia.cli.doctor import bus, machine, told
from talaia.cli.doctor.check import Check, Finding, State, Verdict, examine
from talaia.cli.kafka.lock import kafka_version
from talaia.cli.plain import plain_console
from talaia.cli.status.whereabouts import Apis, Var, Workers, addresses_of, bus_of
from talaia.cli.up.installation import Installation, running_in
from talaia.cli.up.running import has_broker
from talaia.stream.clock import wall_now
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings

_PATIENCE_S, _ALL_S = 25.0, 45.0
"""Of one check, and of all: with the start of the command, and with clients that end late, a minute at most."""
_WIDTH = 200
_COLOURS = {State.OK: "green", State.WARN: "yellow", State.WRONG: "red", State.UNSEEN: "dim"}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was looked at."""

    at: datetime
    findings: list[Finding]


def doctor(
    worker: Workers = None,
    api: Apis = None,
    var: Var = Path("var/up"),
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what is wrong with this machine, this broker and these settings, and the cure.

    Asks the Kafka of TALAIA_KAFKA_BOOTSTRAP; without that, what `talaia up` runs in this folder. Changes nothing. Exit code 1
    when something is wrong.
    """
    found = running_in(var)
    addresses = addresses_of(found, worker or (), api or ())
    now = wall_now()
    checks = [*_here(var), *_on_the_bus(found, now), Check("processes", lambda: bus.processes(addresses))]
    findings = examine(checks, _PATIENCE_S, _ALL_S)
    if json:
        sys.stdout.write(msgspec.json.encode(Diagnosis(at=now, findings=findings)).decode() + "\n")
    else:
        known = sys.stdout.isatty() or "COLUMNS" in os.environ
        _show(plain_console(width=None if known else _WIDTH), findings)
    raise typer.Exit(any(finding.state is State.WRONG for finding in findings))


def _here(var: Path) -> list[Check]:
    return [
        Check("python", machine.python_version),
        Check("open files", machine.open_files),
        Check("disk", lambda: machine.disk(var)),
        Check("settings", told.settings),
        Check("secret files", told.secret_files),
        Check("ports", lambda: machine.ports(told.wanted_ports())),
    ]


def _on_the_bus(found: Installation | None, now: datetime) -> list[Check]:
    @functools.cache
    def settings() -> BusSettings:
        return bus_of(read(BusSettings), found)[0]

    def needed() -> Verdict:
        if has_broker(settings()):
            return Verdict(State.UNSEEN, f"not needed: {settings().kafka_bootstrap} is used")
        return machine.local_kafka()

    return [
        Check("local kafka", needed),
        Check("broker", lambda: bus.broker(settings())),
        Check("version", lambda: bus.version(settings(), kafka_version()), needs="broker"),
        Check("clock", lambda: bus.clock(settings(), wall_now), needs="broker"),
        Check("topics, rights", lambda: bus.rights(settings()), needs="broker"),
        Check("topic settings", lambda: bus.topic_settings(settings()), needs="topics, rights"),
        Check("workers", lambda: bus.workers(settings(), now), needs="topics, rights"),
    ]


def _show(console: Console, findings: list[Finding]) -> None:
    table = Table("looked at", "is", "found", "cure", box=None)
    for finding in findings:
        table.add_row(finding.check, Text(finding.state, _COLOURS[finding.state]), finding.says, finding.cure)
    console.print(table)
    wrong, warned = (sum(finding.state is state for finding in findings) for state in (State.WRONG, State.WARN))
    sum_of_it = f"{wrong} wrong" if wrong else "nothing is wrong"
    console.print(f"{sum_of_it}, {warned} to watch" if warned else sum_of_it, highlight=False)
