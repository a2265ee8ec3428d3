"""`talaia up`: everything on this machine until Ctrl-C."""

import asyncio
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from talaia.cli.city import configuration, folder_of
from talaia.cli.plain import plain_console
from talaia.cli.services import installed
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.up.alone import alone
from talaia.cli.up.running import Running, running
from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.environment import read
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.service import Service
from talaia.stream.settings import BusSettings

_LOOK_EVERY_S = 1.0

_PORT = 9092
"""Where `talaia replay` and the like look when they are told nothing. A demo keeps away from there."""


def up(
    services: Annotated[
        list[str] | None, typer.Argument(metavar="[SERVICE]...", help="Services to run; all if left out.")
    ] = None,
    city: Annotated[str | None, typer.Option(help="City whose configuration is sent first.")] = None,
    var: Annotated[Path, typer.Option(help="Folder for data and logs.")] = Path("var/up"),
) -> None:
    """Run a broker, workers and APIs on this machine until Ctrl-C; what dies is started again.

    With TALAIA_KAFKA_BOOTSTRAP set, that Kafka is used and none is started.
    """
    console = plain_console()
    settings = read(BusSettings)
    chosen = installed(services or ())
    messages = _configured(city, chosen, settings.clock)
    signal.signal(signal.SIGTERM, interrupted)
    try:
        with alone(var), running(var, chosen, settings, console.print, _PORT) as started:
            asyncio.run(_send(started.settings, messages))
            _tell(console, started)
            watch(console, started)
    except KeyboardInterrupt:
        console.print("all stopped")


def _configured(city: str | None, services: Mapping[str, Service], clock: Clock) -> list[Message]:
    """A city's mistakes are told before anything starts."""
    if city is None:
        return []
    if clock is Clock.REPLAY:
        raise Trouble(
            "in a replay the configuration comes with the recording: `talaia replay --city`, not `talaia up --city`", MISTAKE
        )
    return configuration(folder_of(city), services.values(), "up", wall_now())


async def _send(settings: BusSettings, messages: list[Message]) -> None:
    async with Producer(settings) as producer:
        await producer.send(messages)


def _tell(console: Console, started: Running) -> None:
    width = max(map(len, started.programs))
    for name, program in started.programs.items():
        # not a table: it would cut what is longer than a line
        console.print(
            f"{name:{width}}  {program.address or program.health:32}  log: {started.supervised.log(name)}", soft_wrap=True
        )
    console.print(f"TALAIA_KAFKA_BOOTSTRAP={started.settings.kafka_bootstrap}", soft_wrap=True)
    console.print("running; Ctrl-C stops all")


def watch(console: Console, started: Running) -> None:
    """Tell what is started again, for ever. Raises Trouble when something does not come back."""
    while True:
        for name in started.look():
            why, times = started.why(name, wall_now()), started.restarts[name]
            console.print(
                f"{name} ended{why} and was started again{f', {times} times by now' if times > 1 else ''}; "
                f"its words are in {started.supervised.log(name)}",
                soft_wrap=True,
            )
        time.sleep(_LOOK_EVERY_S)


def interrupted(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends as Ctrl-C does."""
    raise KeyboardInterrupt
