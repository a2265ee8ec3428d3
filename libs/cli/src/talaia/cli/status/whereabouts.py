"""Whom to ask: the bus, and the processes on it that are known here or that a person names."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from talaia.cli.status.processes import Address
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.up.installation import Installation
from talaia.cli.up.running import has_broker
from talaia.stream.settings import BusSettings

Workers = Annotated[list[str] | None, typer.Option(metavar="URL", help="A worker to ask: its TALAIA_METRICS_PORT.")]
Apis = Annotated[list[str] | None, typer.Option(metavar="URL", help="An API to ask.")]
Var = Annotated[Path, typer.Option(help="Folder of a `talaia up` or `talaia demo`, whose bus and processes are asked.")]


def bus_of(given: BusSettings, found: Installation | None) -> tuple[BusSettings, Installation | None]:
    """The bus to ask, and what else is known to be on it."""
    if found is None:
        return given, None
    theirs = given.model_copy(update={"kafka_bootstrap": found.kafka_bootstrap, "topic_prefix": found.topic_prefix})
    if not has_broker(given):
        return theirs, found
    return given, found if theirs == given else None


def addresses_of(found: Installation | None, workers: Iterable[str], apis: Iterable[str]) -> list[Address]:
    """Where its processes, and those that are named, are asked. Raises Trouble for what is no address."""
    return [*_found(found), *_given(workers, "/healthz"), *_given(apis, "/readyz")]


def _found(found: Installation | None) -> Iterable[Address]:
    for name, place in found.places.items() if found else ():
        yield Address(name, place.health, Path(place.exits_file) if place.exits_file else None)


def _given(urls: Iterable[str], path: str) -> Iterable[Address]:
    for url in urls:
        try:
            parts = urlsplit(url)
            right = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:  # its port is no number, or its host no address
            right = False
        if not right:
            raise Trouble(f"{url}: write it as http://host:port", MISTAKE)
        yield Address(parts.netloc, f"{parts.scheme}://{parts.netloc}{path}")
