"""`talaia status`: one look at everything, in a few seconds."""

import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import typer
from rich.console import Console

from talaia.cli.status.bus import look
from talaia.cli.status.processes import Address, ask
from talaia.cli.status.report import Report, problems
from talaia.cli.status.table import show
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.up.installation import Installation, running_in
from talaia.cli.up.running import has_broker
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
    worker: Annotated[list[str] | None, typer.Option(metavar="URL", help="A worker to ask: its TALAIA_METRICS_PORT.")] = None,
    api: Annotated[list[str] | None, typer.Option(metavar="URL", help="An API to ask.")] = None,
    var: Annotated[
        Path, typer.Option(help="Folder of a `talaia up` or `talaia demo`, whose bus and processes are asked.")
    ] = Path("var/up"),
    json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell how far workers are, who does the work, what they could not read, and how old the views are.

    Asks the Kafka of TALAIA_KAFKA_BOOTSTRAP; without that, what `talaia up` runs in this folder. Exit code 1 when something
    is wrong.
    """
    settings, found = _bus(read(BusSettings), running_in(var))
    wanted = services or (found.services if found else [])
    changelogs = [each for each in CHANGELOGS if not wanted or each.topic.owner in wanted]
    if services and {each.topic.owner for each in changelogs} != set(services):
        raise Trouble(f"workers are there of {', '.join(sorted({each.topic.owner for each in CHANGELOGS}))}", MISTAKE)
    addresses = [*_found(found), *_given(worker or (), "/healthz"), *_given(api or (), "/readyz")]
    now = wall_now()
    with ThreadPoolExecutor(1) as beside:
        asked = beside.submit(ask, addresses)
        bus = look(settings, changelogs, now)
        processes = asked.result()
    report = Report(at=now, bus=bus, processes=processes, problems=list(problems(bus, processes)))
    if json:
        sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
    else:
        known = sys.stdout.isatty() or "COLUMNS" in os.environ
        show(Console() if known else Console(width=_WIDTH), report)
    raise typer.Exit(1 if report.problems else 0)


def _bus(given: BusSettings, found: Installation | None) -> tuple[BusSettings, Installation | None]:
    """The bus to ask, and what else is known to be on it."""
    if found is None:
        return given, None
    theirs = given.model_copy(update={"kafka_bootstrap": found.kafka_bootstrap, "topic_prefix": found.topic_prefix})
    if not has_broker(given):
        return theirs, found
    return given, found if theirs == given else None


def _found(found: Installation | None) -> Iterable[Address]:
    for name, place in found.places.items() if found else ():
        yield Address(name, place.health, Path(place.exits_file) if place.exits_file else None)


def _given(urls: Iterable[str], path: str) -> Iterable[Address]:
    for url in urls:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise Trouble(f"{url}: write it as http://host:port", MISTAKE)
        yield Address(parts.netloc, f"{parts.scheme}://{parts.netloc}{path}")
