"""`talaia tail`: the events of a topic, a line each."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from talaia.cli.tail.line import line, whole
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.contracts.catalogue import INPUTS, TOPICS, Topic
from talaia.stream.connection import connection, knock
from talaia.stream.environment import read
from talaia.stream.partitioning import partition_of
from talaia.stream.preflight import topic_ids
from talaia.stream.rights import reading
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_POLL_MS = 500
_BEGINNING, _END = "beginning", "end"
_BEGUN, _NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)


def tail(
    topic: Annotated[str, typer.Argument(help="A topic as the catalogue names it, or what was rejected of it: NAME.rejected.")],
    key: Annotated[str | None, typer.Option(help="Only records of this key.")] = None,
    start: Annotated[
        str | None, typer.Option("--from", metavar="beginning|end|TIME", help="TIME is when a record came to the broker.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow/--no-follow", help="Wait for more, or end at the present end.")] = True,
    json: Annotated[bool, typer.Option("--json", help="Whole events, one JSON object a line.")] = False,
) -> None:
    """Show the events of a topic, a line each: as they come, or with --no-follow all that are there.

    Personal data is withheld; of a restricted topic all data is.
    """
    found = {each.name: each for each in (*TOPICS, *(each.rejected for each in INPUTS))}.get(topic)
    if found is None:
        raise Trouble(f"there is no topic {topic}: there are {', '.join(each.name for each in TOPICS)}, and .rejected", MISTAKE)
    since = _time(start or (_END if follow else _BEGINNING))
    settings = read(BusSettings)
    topic_ids(settings, [found], reading([found]))
    asyncio.run(_tail(settings, found, key, since, follow, json))


async def _tail(settings: BusSettings, topic: Topic, key: str | None, since: datetime, follow: bool, json: bool) -> None:
    wanted, say = None if key is None else key.encode(), whole if json else line
    numbers = range(topic.partitions) if wanted is None else [partition_of(wanted, topic.partitions)]
    places = [TopicPartition(settings.topic(topic.name), number) for number in numbers]
    async with _consumer(settings) as consumer:
        async for record in _records(consumer, places, since, follow):
            if wanted is None or record.key == wanted:
                print(say(topic, record), flush=True)


async def _records(
    consumer: AIOKafkaConsumer, places: Sequence[TopicPartition], since: datetime, follow: bool
) -> AsyncIterator[ConsumerRecord]:
    """Records that came since a moment, up to the present end or for ever; together fetched ones by their time."""
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    first = await consumer.offsets_for_times(dict.fromkeys(places, int(since.timestamp() * 1000)))
    for place in places:
        consumer.seek(place, ends[place] if first[place] is None else first[place].offset)
    while follow or any([await consumer.position(place) < ends[place] for place in places]):
        fetched = await consumer.getmany(timeout_ms=_POLL_MS)
        records = [record for batch in fetched.values() for record in batch]
        for record in sorted(records, key=lambda record: record.timestamp):
            if follow or record.offset < ends[TopicPartition(record.topic, record.partition)]:
                yield record


@asynccontextmanager
async def _consumer(settings: BusSettings) -> AsyncIterator[AIOKafkaConsumer]:
    await knock(settings)
    consumer = AIOKafkaConsumer(**connection(settings), group_id=None, enable_auto_commit=False, auto_offset_reset="none")
    try:
        await consumer.start()
        yield consumer
    except BrokenPipeError:
        raise  # who read the lines went away
    except (KafkaError, OSError) as error:
        raise BusUnavailable(
            f"Kafka at {settings.kafka_bootstrap} does not give more of it ({type(error).__name__}): see `talaia status`"
        ) from None
    finally:
        await consumer.stop()


def _time(start: str) -> datetime:
    if start in (_BEGINNING, _END):
        return _BEGUN if start == _BEGINNING else _NEVER
    try:
        given = datetime.fromisoformat(start)
    except ValueError:
        raise Trouble(f"--from {start}: write beginning, end, or a time as 2026-03-01T02:10:00Z", MISTAKE) from None
    given = given if given.tzinfo else given.replace(tzinfo=UTC)
    if given < _BEGUN:
        raise Trouble(f"--from {start}: no record came before 1970: write beginning, end, or a later time", MISTAKE)
    return given
