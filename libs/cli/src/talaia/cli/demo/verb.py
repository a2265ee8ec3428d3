"""`talaia demo`: a recorded storm night from the sensors to the operator."""

import contextlib
import shutil
import signal
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress as Bars

from talaia.cli.city import folder_of
from talaia.cli.demo.story import Progress, Story
from talaia.cli.demo.summary import judged, recounted, tell
from talaia.cli.demo.warned import read_truth
from talaia.cli.plain import plain_console
from talaia.cli.replay.send import Sent
from talaia.cli.services import installed
from talaia.cli.trouble import FAILURE, MISTAKE, Trouble
from talaia.cli.up.alone import alone
from talaia.cli.up.running import Running, has_broker, running
from talaia.cli.up.verb import interrupted, watch
from talaia.contracts.vocabulary import Clock
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings

SERVICES = ("waste", "alerts")
_DOORS = {"alerts-api": "the operator page", "waste-api": "readings and forecasts, as JSON: /v1/sites"}


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="At full speed, with a worker killed on the way, then end; so too without a terminal.")
    ] = False,
    city: Annotated[str, typer.Option(help="City whose recorded storm is played.")] = "demo",
    var: Annotated[Path, typer.Option(help="Folder for data and logs; emptied first.")] = Path("var/demo"),
) -> None:
    """Play a recorded storm night through broker, workers and APIs on this machine, and count what came of it.

    Exit code 1 when a count differs or a process does not come back.
    """
    console = plain_console()
    folder = folder_of(city)
    truth = folder / "storm" / "truth.csv"
    if not truth.is_file():
        raise Trouble(f"city {city} has no recorded storm: {truth} is missing", MISTAKE)
    signal.signal(signal.SIGTERM, interrupted)
    once = once or not sys.stdout.isatty()
    services = installed(SERVICES)
    try:
        with _emptied(var), running(var, services, _settings(), console.print) as started:
            _tell_doors(console, started)
            with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
                story = Story(started, services, folder, read_truth(truth), once, console.print, _on(bars))
                story.tell()
            _sum_up(console, story)
            if not once:
                console.print("all of it still runs; Ctrl-C ends it")
                _tell_doors(console, started)
                watch(console, started)
    except KeyboardInterrupt:
        console.print("all stopped")
        if once:
            raise typer.Exit(FAILURE) from None  # it was not told to its end


def _tell_doors(console: Console, started: Running) -> None:
    for name, what in _DOORS.items():
        console.print(f"{name}: {started.programs[name].address}  {what}", soft_wrap=True)


def _on(bars: Bars) -> Progress:
    bar = bars.add_task("", total=None)

    def progress(what: str, sent: Sent, total: int) -> None:
        bars.update(bar, completed=sent.events, total=total, description=f"{what} {sent.last:%Y-%m-%d %H:%M} UTC")

    return progress


def _settings() -> BusSettings:
    """On a Kafka that others use too, the demo's topics have a prefix of their own."""
    settings = read(BusSettings).model_copy(update={"clock": Clock.REPLAY})
    if not has_broker(settings) or settings.topic_prefix:
        return settings
    return settings.model_copy(update={"topic_prefix": f"demo-{uuid.uuid4().hex[:8]}."})


def _sum_up(console: Console, story: Story) -> None:
    story.running.wait_until_healthy(lambda _: None)
    sent = story.sent.events + story.sent.ticks
    found = recounted(story.running, sent)
    verdicts, unfounded = judged(story.overflows, story.room.journal())
    tell(console, story.running, found, sent, verdicts, unfounded)
    different = [count.what for count in found.counts(sent) if not count.equal]
    if different:
        raise Trouble(f"these counts differ: {'; '.join(different)}")
    if story.once and not story.killed:
        raise Trouble("no worker was killed on the way: the recording's storm is too short for it")


@contextlib.contextmanager
def _emptied(var: Path) -> Iterator[None]:
    """A folder with nothing in it, to oneself. Raises Trouble when it holds other things than a demo's data."""
    with alone(var):
        held = list(var.iterdir())
        if held and var / "supervisord.conf" not in held:
            raise Trouble(f"{var} holds other things than a demo's data: name another folder with --var", MISTAKE)
        for place in held:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink()
        yield
