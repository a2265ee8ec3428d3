"""`talaia rejects`: what workers could not read, why, and where it came from."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Annotated, NamedTuple, TypeVar

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from rich.console import Console
from rich.table import Table

from talaia.cli.plain import plain
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.contracts.catalogue import INPUTS, Topic
from talaia.stream.connection import connection, knock
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

app = typer.Typer(help="Look at what workers could not read.", no_args_is_help=True)

Answer = TypeVar("Answer")

_DEADLINE_S = 300.0
_SHOWN_BYTES = 4_000


class Group(NamedTuple):
    """Rejects that are counted together."""

    topic: str
    reason: str
    source: str


@app.command("list")
def list_(
    topic: Annotated[str | None, typer.Argument(help="One input topic, as the catalogue names it; all if left out.")] = None,
) -> None:
    """Count rejects by topic, reason and source."""
    settings = BusSettings()
    inputs = [found for found in INPUTS if topic in (None, found.name)]
    if not inputs:
        raise Trouble(f"no worker reads a topic {topic}: they read {', '.join(found.name for found in INPUTS)}", MISTAKE)
    counts, newest = asyncio.run(_bounded(settings, tally(settings, inputs)))
    console = Console()
    if not counts:
        console.print("no rejects")
        return
    table = Table("topic", "reason", "source", "count", "newest", box=None)
    for group, count in counts.most_common():
        table.add_row(*(plain(word) for word in group), str(count), newest[group])
    console.print(table)
    console.print(f"{counts.total()} rejects; one of them: `talaia rejects show TOPIC/PARTITION/OFFSET`", highlight=False)


@app.command()
def show(position: Annotated[str, typer.Argument(help="topic/partition/offset, as `rejects list` writes it.")]) -> None:
    """Show one reject: why, whose, from where, and its bytes."""
    settings = BusSettings()
    topic, partition, offset = _parsed(position)
    place = TopicPartition(settings.topic(topic), partition)
    record = asyncio.run(_bounded(settings, read_one(settings, place, offset)))
    if record is None:
        raise Trouble(f"there is no reject at {position} (any more): `talaia rejects list` names those there are", MISTAKE)
    console = Console(highlight=False, markup=False, soft_wrap=True)
    for name, word in facts(record).items():
        console.print(f"{name + ':':18}{plain(word)}")
    console.print(f"{'key:':18}{plain(record.key)}")
    value = record.value or b""
    more = f" ... ({len(value)} bytes)" if len(value) > _SHOWN_BYTES else ""
    console.print(f"{'value:':18}{plain(value[:_SHOWN_BYTES])}{more}")


def facts(record: ConsumerRecord) -> dict[str, str]:
    """What the reader wrote of a reject. A sender may use the same header names: the last of each is the reader's."""
    headers = dict(record.headers)
    names = ("reason", "detail", "source", "origin-topic", "origin-partition", "origin-offset", "reader", "reader-version")
    return {name: headers.get(name, b"").decode(errors="backslashreplace") for name in names}


async def tally(settings: BusSettings, inputs: Sequence[Topic]) -> tuple[Counter[Group], dict[Group, str]]:
    """How many rejects of some inputs the broker still has, by group, and the newest position of each."""
    counts: Counter[Group] = Counter()
    newest: dict[Group, str] = {}
    async with _consumer(settings) as consumer:
        places = [TopicPartition(settings.topic(topic.rejected.name), n) for topic in inputs for n in range(topic.partitions)]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        while any([await consumer.position(place) < end for place, end in ends.items()]):
            for place, records in (await consumer.getmany(timeout_ms=500)).items():
                for record in records:
                    why = facts(record)
                    group = Group(why["origin-topic"], why["reason"], why["source"])
                    counts[group] += 1
                    newest[group] = f"{place.topic.removeprefix(settings.topic_prefix)}/{place.partition}/{record.offset}"
    return counts, newest


async def read_one(settings: BusSettings, place: TopicPartition, offset: int) -> ConsumerRecord | None:
    """The record at an offset, if it is there."""
    async with _consumer(settings) as consumer:
        consumer.assign([place])
        starts, ends = await consumer.beginning_offsets([place]), await consumer.end_offsets([place])
        if not starts[place] <= offset < ends[place]:
            return None
        consumer.seek(place, offset)
        return await consumer.getone(place)


@contextlib.asynccontextmanager
async def _consumer(settings: BusSettings) -> AsyncIterator[AIOKafkaConsumer]:
    await knock(settings)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        # from the start by setting, not by a seek: that one races with the client's own jump to the end
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        max_partition_fetch_bytes=4 * 1_048_576,
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def _bounded(settings: BusSettings, reading: Awaitable[Answer]) -> Answer:
    try:
        async with asyncio.timeout(_DEADLINE_S):
            return await reading
    except (KafkaError, TimeoutError, OSError) as error:
        raise BusUnavailable(
            f"Kafka at {settings.kafka_bootstrap} did not give its rejects ({type(error).__name__}): "
            "correct TALAIA_KAFKA_BOOTSTRAP, or make its topics with `talaia topics apply`"
        ) from None


def _parsed(position: str) -> tuple[str, int, int]:
    topic, _, rest = position.partition("/")
    partition, _, offset = rest.partition("/")
    if not (partition.isdecimal() and offset.isdecimal()):
        raise Trouble(f"{position}: write topic/partition/offset, as `talaia rejects list` does", MISTAKE)
    partitions = {found.rejected.name: found.partitions for found in INPUTS}
    if int(partition) >= partitions.get(topic, 0):
        raise Trouble(
            f"{position}: rejects stand in {', '.join(partitions)}, partitions from 0 on; see `talaia rejects list`", MISTAKE
        )
    return topic, int(partition), int(offset)
