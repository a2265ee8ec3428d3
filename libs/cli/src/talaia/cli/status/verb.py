"""`talaia status`: one look at everything, in a few seconds."""

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from talaia.cli.plain import plain_console
from talaia.cli.status.bus import look
from talaia.cli.status.processes import ask
from talaia.cli.status.report import Report, problems
from talaia.cli.status.table import show
from talaia.cli.status.whereabouts import Apis, Var, Workers, addresses_of, bus_of
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.up.installation import running_in
from talaia.contracts.catalogue import CHANGELOGS
from talaia.stream.clock import wall_now
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings

_WIDTH = 200
"""Of a line that goes to no terminal."""


def status(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Services to look at; all if left out.")
    ] = None,
    worker: Workers = None,
    api: Apis = None,
    var: Var = Path("var/up"),
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell how far workers are, who does the work, what they could not read, and how old the views are.

    Asks the Kafka of TALAIA_KAFKA_BOOTSTRAP; without that, what `talaia up` runs in this folder. Exit code 1 when something
    is wrong.
    """
    settings, found = bus_of(read(BusSettings), running_in(var))
    wanted = services or (found.services if found else [])
    changelogs = [each for each in CHANGELOGS if not wanted or each.topic.owner in wanted]
    if unknown := set(services or ()) - (known := {each.topic.owner for each in CHANGELOGS}):
        raise Trouble(
            f"there is no worker of {', '.join(sorted(unknown))}: there are those of {', '.join(sorted(known))}", MISTAKE
        )
    addresses = addresses_of(found, worker or (), api or ())
    now = wall_now()
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask, addresses)
        bus = look(settings, changelogs, now)
        processes = asked.result()
    report = Report(at=now, bus=bus, processes=processes, problems=list(problems(bus, processes)))
    if json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        wide = sys.stdout.isatty() or "COLUMNS" in os.environ
        show(plain_console(width=None if wide else _WIDTH), report)
    raise typer.Exit(1 if report.problems else 0)
