"""`talaia replay`: recordings onto the bus."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from talaia.cli.city import configuration, folder_of
from talaia.cli.plain import plain_console
from talaia.cli.replay.merge import Read, Span, merged, span, weeks_to
from talaia.cli.replay.send import Sent, close, send_all
from talaia.cli.services import installed
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.environment import read
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.service import Service
from talaia.stream.settings import BusSettings

_SAY_EVERY = 10_000
"""Events between two lines where no bar can move."""


def replay(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Recordings, merged in recorded order.")],
    speed: Annotated[str, typer.Option(help="How many times faster than it was recorded, or `max`.")] = "60",
    shift_to: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Shift each recording by whole weeks so that it starts nearest to this day."),
    ] = None,
    name: Annotated[str, typer.Option("--service", help="The service that the recordings are for.")] = "waste",
    city: Annotated[
        str | None, typer.Option(help="City whose configuration of the other services takes effect as the recording starts.")
    ] = None,
) -> None:
    """Send recordings to a service, in recorded order, at the chosen speed. Run workers and APIs with TALAIA_CLOCK=replay."""
    factor, replayed = speed_factor(speed), installed([name])[name]
    reads = [partial(replayed.recording, path) for path in paths]
    spans = [_span_of(path, read) for path, read in zip(paths, reads, strict=True)]
    shifts = [weeks_to(there.first, (shift_to or there.first).date()) for there in spans]
    start = min(there.first + by for there, by in zip(spans, shifts, strict=True))
    settings = read(BusSettings)
    if city is not None:
        asyncio.run(_configure(settings, city, replayed, start))
    messages = merged(list(zip(reads, shifts, strict=True)))
    sent = asyncio.run(_show(settings, replayed, messages, factor, sum(there.events for there in spans)))
    plain_console().print(f"{sent.events} events sent, the last recorded at {sent.last:%Y-%m-%d %H:%M} UTC")


def speed_factor(speed: str) -> float:
    """`max` is 0: no pace. Raises Trouble."""
    if speed == "max":
        return 0.0
    try:
        factor = float(speed)
    except ValueError:
        factor = -1.0
    if not 0 < factor < 1e6:
        raise Trouble(f"--speed {speed}: give a number greater than 0 (60: an hour in a minute), or `max`", MISTAKE)
    return factor


def _span_of(path: Path, read: Read) -> Span:
    try:
        return span(read())
    except OSError as error:
        raise Trouble(f"{path}: {error.strerror or error}", MISTAKE) from None
    except ValueError as error:
        said = str(error)
        raise Trouble(said if said.startswith(str(path)) else f"{path}: {said}", MISTAKE) from None


async def _configure(settings: BusSettings, city: str, replayed: Service, start: datetime) -> None:
    others = [other for other in installed().values() if other.name != replayed.name]
    messages = configuration(folder_of(city), others, "replay", start)
    async with Producer(settings) as producer:
        await producer.send(messages)


async def _show(settings: BusSettings, replayed: Service, messages: Iterator[Message], factor: float, total: int) -> Sent:
    console, said, sent = plain_console(stderr=True), 0, Sent()
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("replay", total=total)

        def told(sent: Sent) -> None:
            nonlocal said
            progress.update(bar, completed=sent.events, description=f"replay {sent.last:%Y-%m-%d %H:%M}")
            if not console.is_terminal and sent.events >= said + _SAY_EVERY:
                said = sent.events
                console.print(f"{said} of {total} events, {sent.last:%Y-%m-%d %H:%M}")

        processor = replayed.processor()
        await send_all(settings, processor, messages, factor, sent, told)
        await close(settings, processor, sent)
        return sent
