"""`talaia city`: the configuration of a city's places and alarms, from its folder to the bus."""

import asyncio
import getpass
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from talaia.cli.plain import plain_console
from talaia.cli.services import installed
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.clock import wall_now
from talaia.stream.environment import read
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.service import Service
from talaia.stream.settings import BusSettings

app = typer.Typer(help="Check a city's configuration, or send it to the services.", no_args_is_help=True)

CITIES = Path("infra/cities")
City = Annotated[str, typer.Argument(help="Name of a folder in infra/cities, or a path to one.")]
Services = Annotated[
    list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Services whose configuration is meant; all if left out.")
]


@app.command()
def check(city: City, services: Services = None) -> None:
    """Tell all mistakes in a city's configuration; sends nothing."""
    messages = configuration(folder_of(city), installed(services or ()).values(), _who(), wall_now())
    plain_console().print(f"{city}: {len(messages)} configured things, no mistakes")


@app.command()
def apply(city: City, services: Services = None) -> None:
    """Send a city's configuration to the services. With a mistake anywhere nothing is sent."""
    messages = configuration(folder_of(city), installed(services or ()).values(), _who(), wall_now())
    asyncio.run(_send(messages))
    plain_console().print(f"{city}: {len(messages)} configured things sent")


def folder_of(city: str) -> Path:
    """A city's folder. Raises Trouble naming the cities there are."""
    for folder in (Path(city), CITIES / city):
        if folder.is_dir():
            return folder
    known = sorted(place.name for place in CITIES.iterdir() if place.is_dir()) if CITIES.is_dir() else []
    raise Trouble(f"there is no city {city}: in {CITIES} are {', '.join(known) or 'none'}; or give the path of a folder", MISTAKE)


def configuration(folder: Path, services: Iterable[Service], decided_by: str, now: datetime) -> list[Message]:
    """What a city's folder says to the services, as events. Raises Trouble with all mistakes of all of them."""
    messages: list[Message] = []
    mistakes: list[str] = []
    for service in services:
        try:
            messages += service.configure(folder, decided_by, now)
        except (ValueError, OSError) as error:
            mistakes.append(str(error))
    if mistakes:
        raise Trouble("\n".join(mistakes), MISTAKE)
    return messages


async def _send(messages: list[Message]) -> None:
    async with Producer(read(BusSettings)) as producer:
        await producer.send(messages)


def _who() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container's user may have no name
        return "cli"
