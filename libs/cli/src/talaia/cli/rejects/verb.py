"""`talaia rejects list`, `show` and `redrive`."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Annotated

import typer
from aiokafka import ConsumerRecord, TopicPartition
from rich.progress import Progress
from rich.table import Table

from talaia.cli.plain import plain, plain_console
from talaia.cli.rejects.alone import alone
from talaia.cli.rejects.plan import Choice, Group, Plan, Position, planned
from talaia.cli.rejects.reading import new_consumer, through, told, whole
from talaia.cli.rejects.record import facts, history, offset_of
from talaia.cli.rejects.redrive import Redrive
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.withheld import WITHHELD, hides_bytes
from talaia.contracts.catalogue import INPUTS, Topic
from talaia.stream.environment import read
from talaia.stream.preflight import topic_ids
from talaia.stream.rights import reading, redriving
from talaia.stream.settings import BusSettings

app = typer.Typer(help="Look at what workers could not read, and send it again.", no_args_is_help=True)

_SHOWN_BYTES = 4_000


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Argument(help="One input topic, as the catalogue names it; all if left out.")] = None,
) -> None:
    """Count rejects by topic, reason and source."""
    settings, inputs = read(BusSettings), INPUTS if topic is None else [_input(topic)]
    rejected = [each.rejected for each in inputs]
    topic_ids(settings, rejected, reading(rejected))
    counts, newest = asyncio.run(told(settings, tally(settings, inputs)))
    console = plain_console()
    if not counts:
        console.print("no rejects")
        return
    table = Table("topic", "reason", "source", "count", "newest", box=None)
    for group, count in counts.most_common():
        table.add_row(*(plain(word) for word in group), str(count), newest[group])
    console.print(table)
    console.print(f"{counts.total()} rejects; one of them: `talaia rejects show TOPIC/PARTITION/OFFSET`")


@app.command()
def show(
    position: Annotated[str, typer.Argument(help="topic/partition/offset, as `rejects list` writes it.")],
    value: Annotated[
        bool, typer.Option("--value", help="Show key and bytes also where they may hold personal data or are restricted.")
    ] = False,
) -> None:
    """Show one reject: why, whose, from where, and its bytes.

    Of a topic that is restricted or holds personal data key and bytes are withheld, unless --value asks for them.
    """
    settings, place = read(BusSettings), _parsed(position)
    topic = _input(place.topic)
    rejected = [topic.rejected]
    topic_ids(settings, rejected, reading(rejected))
    record = asyncio.run(told(settings, read_one(settings, place)))
    if record is None:
        raise Trouble(f"there is no reject at {position} (any more): `talaia rejects list` names those there are", MISTAKE)
    console = plain_console(soft_wrap=True)
    for name, word in facts(record).items():
        console.print(f"{name + ':':18}{plain(word)}")
    for before in history(record):
        console.print(f"{'redriven:':18}from {plain(before.position)}, rejected there as {plain(before.reason)}")
    if hides_bytes(topic) and not value:
        console.print(f"{'key, value:':18}{WITHHELD}: they may hold personal data; `--value` shows them")
        return
    console.print(f"{'key:':18}{plain(record.key)}")
    data = record.value or b""
    more = f" ... ({len(data)} bytes)" if len(data) > _SHOWN_BYTES else ""
    console.print(f"{'value:':18}{plain(data[:_SHOWN_BYTES])}{more}")


@app.command()
def redrive(
    what: Annotated[
        list[str] | None, typer.Argument(help="An input topic, or positions of rejects as `list` writes them; all if left out.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Only rejects with this reason.")] = None,
    source: Annotated[str | None, typer.Option(help="Only rejects of this source.")] = None,
    again: Annotated[bool, typer.Option(help="Also what was redriven before and rejected again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Send without asking.")] = False,
) -> None:
    """Send rejects back to where they came from, after a repair; each once, however often this is called."""
    named = what or []
    positions = frozenset(_parsed(each) for each in named if "/" in each)
    topics = [_input(each) for each in named if "/" not in each] or [_input(each) for each in {one.topic for one in positions}]
    settings, choice = read(BusSettings), Choice(topics or INPUTS, reason, source, positions, again)
    topic_ids(settings, [topic for each in choice.topics for topic in (each, each.rejected)], redriving(choice.topics))
    asyncio.run(told(settings, _redrive(settings, choice, yes)))


async def _redrive(settings: BusSettings, choice: Choice, yes: bool) -> None:
    bars = plain_console(stderr=True)
    async with new_consumer(settings) as consumer, alone(settings) as only:
        with Progress(console=bars, transient=True, disable=not bars.is_terminal) as progress:
            reading = progress.add_task("reading", total=None)
            plan = await planned(settings, consumer, choice, lambda read, of: progress.update(reading, completed=read, total=of))
        _show(plan)
        if not plan.chosen:
            return
        if not yes:
            await asyncio.to_thread(_ask, len(plan.chosen))
        with Progress(console=bars, transient=True, disable=not bars.is_terminal) as progress:
            sending = progress.add_task("sending", total=len(plan.chosen))
            run = Redrive(settings, plan, only, lambda sent: progress.update(sending, completed=sent))
            await run.run(consumer)
    console = plain_console()
    console.print(f"{run.sent} rejects sent again; what is rejected again shows its history in `talaia rejects show`")
    if run.too_large:
        raise Trouble(f"{run.too_large} were not sent: with their history they are larger than their topic allows")


def _show(plan: Plan) -> None:
    console = plain_console()
    if plan.groups:
        table = Table("topic", "reason", "source", "count", box=None)
        for group, count in plan.groups.most_common():
            table.add_row(*(plain(word) for word in group), str(count))
        console.print(table)
    for count, why in (
        (plan.sent_before, "sent before: not sent again"),
        (plan.repeated, "rejects of what was rejected more than once: of each original one is sent"),
        (plan.rejected_again, "redriven before and rejected again: `--again` sends them once more"),
        (plan.gone, "no longer on their topic: whether they were sent cannot be known, so they are not"),
        (plan.foreign, "written by no reader: not sent"),
    ):
        if count:
            console.print(f"{count} {why}")
    if not plan.chosen:
        console.print("nothing to send")


def _ask(count: int) -> None:
    if not plain_console().is_terminal:
        raise Trouble("nothing was sent: there is no terminal to ask on; `--yes` sends them", MISTAKE)
    typer.confirm(f"Send {count} rejects again?", abort=True)


async def tally(settings: BusSettings, inputs: Sequence[Topic]) -> tuple[Counter[Group], dict[Group, str]]:
    """How many rejects of some inputs the broker still has, by group, and the newest position of each."""
    counts: Counter[Group] = Counter()
    newest: dict[Group, str] = {}
    async with new_consumer(settings) as consumer:
        places = [TopicPartition(settings.topic(topic.rejected.name), n) for topic in inputs for n in range(topic.partitions)]
        async for place, record in through(consumer, await whole(consumer, places)):
            why = facts(record)
            group = Group(why["origin-topic"], why["reason"], why["source"])
            counts[group] += 1
            newest[group] = f"{place.topic.removeprefix(settings.topic_prefix)}/{place.partition}/{record.offset}"
    return counts, newest


async def read_one(settings: BusSettings, position: Position) -> ConsumerRecord | None:
    """The record at a position, if it is there."""
    place = TopicPartition(settings.topic(f"{position.topic}.rejected"), position.partition)
    async with new_consumer(settings) as consumer:
        start, end = (await whole(consumer, [place]))[place]
        if start <= position.offset < end:
            async for _, record in through(consumer, {place: (position.offset, position.offset + 1)}):
                return record
    return None


def _input(name: str) -> Topic:
    for topic in INPUTS:
        if topic.name == name:
            return topic
    raise Trouble(f"no worker reads a topic {name}: they read {', '.join(topic.name for topic in INPUTS)}", MISTAKE)


def _parsed(position: str) -> Position:
    topic, _, rest = position.partition("/")
    partition, _, offset = rest.partition("/")
    number, place = offset_of(partition), offset_of(offset)
    if number is None or place is None:
        raise Trouble(f"{position}: write topic/partition/offset, as `talaia rejects list` does", MISTAKE)
    partitions = {found.rejected.name: found.partitions for found in INPUTS}
    if number >= partitions.get(topic, 0):
        raise Trouble(
            f"{position}: rejects stand in {', '.join(partitions)}, partitions from 0 on; see `talaia rejects list`", MISTAKE
        )
    return Position(topic.removesuffix(".rejected"), number, place)
