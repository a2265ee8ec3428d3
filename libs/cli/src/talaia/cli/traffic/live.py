"""The report of `talaia topics check --live`."""

import asyncio

from rich.progress import Progress

from talaia.cli.plain import plain_console
from talaia.cli.rejects.reading import told
from talaia.cli.traffic.look import coming, newest
from talaia.cli.traffic.tally import Tally
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.contracts.catalogue import TOPICS
from talaia.stream.preflight import topic_ids
from talaia.stream.rights import reading
from talaia.stream.settings import BusSettings

NEWEST = 1_000


def check_live(settings: BusSettings, seconds: int | None, last: int | None) -> bool:
    """Compare the traffic with the contracts and print what was found; whether every record is as they say.

    Without seconds and last: what stands at the last 1,000 offsets of every partition. Raises Trouble, BusUnavailable.
    """
    if seconds is not None and last is not None:
        raise Trouble("give --seconds for what comes or --last for what is there, not both", MISTAKE)
    topic_ids(settings, TOPICS, reading(TOPICS))
    console = plain_console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            progress.update(bar, description=what, completed=done, total=total)

        work = newest(settings, last or NEWEST, advance) if seconds is None else coming(settings, seconds, advance)
        tallies = asyncio.run(told(settings, work))
    _print(tallies)
    return not any(tally.broken for tally in tallies)


def _print(tallies: list[Tally]) -> None:
    console = plain_console(soft_wrap=True)
    records, broken = sum(tally.records for tally in tallies), sum(tally.broken for tally in tallies)
    if not records:
        console.print("nothing travels on the topics: there is no record to compare with the contracts")
        return
    for tally in tallies:
        for line in tally.lines():
            console.print(line)
    if broken:
        console.print(f"{broken:,} of {records:,} records break their contract")
    else:
        console.print(f"{records:,} records, all as their contracts say")
