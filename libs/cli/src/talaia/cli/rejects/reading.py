"""Reads topics through, outside any group."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Mapping
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from talaia.stream.connection import connection, knock
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

Answer = TypeVar("Answer")

_SILENT_S = 60.0
_FETCH_BYTES = 4 * 1_048_576


@contextlib.asynccontextmanager
async def new_consumer(settings: BusSettings) -> AsyncIterator[AIOKafkaConsumer]:
    """A connected consumer without partitions. Raises BusUnavailable."""
    await knock(settings)
    consumer = AIOKafkaConsumer(
        **connection(settings), auto_offset_reset="earliest", enable_auto_commit=False, max_partition_fetch_bytes=_FETCH_BYTES
    )
    try:
        await consumer.start()
        yield consumer
    finally:
        await consumer.stop()


async def through(
    consumer: AIOKafkaConsumer, ranges: Mapping[TopicPartition, tuple[int, int]]
) -> AsyncIterator[tuple[TopicPartition, ConsumerRecord]]:
    """The records of some partitions, each from an offset to before another. Raises TimeoutError when nothing comes."""
    ends = {place: end for place, (start, end) in ranges.items() if start < end}
    consumer.assign(list(ends))
    for place in ends:
        consumer.seek(place, ranges[place][0])
    while ends:
        async with asyncio.timeout(_SILENT_S):
            fetched = await consumer.getmany(timeout_ms=500)
            while not fetched and not await _passed(consumer, ends):
                fetched = await consumer.getmany(timeout_ms=500)
        for place, records in fetched.items():
            for record in records:
                if place in ends and record.offset < ends[place]:
                    yield place, record
        for place in await _passed(consumer, ends):
            del ends[place]
            consumer.pause(place)


async def _passed(consumer: AIOKafkaConsumer, ends: Mapping[TopicPartition, int]) -> list[TopicPartition]:
    # markers of transactions have offsets and are no records
    return [place for place, end in ends.items() if await consumer.position(place) >= end]


async def whole(consumer: AIOKafkaConsumer, places: list[TopicPartition]) -> dict[TopicPartition, tuple[int, int]]:
    """First offset, and the one after the last, of each partition."""
    starts, ends = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    return {place: (starts[place], ends[place]) for place in places}


async def told(settings: BusSettings, work: Awaitable[Answer]) -> Answer:
    """The work's answer. Raises BusUnavailable where Kafka fails."""
    try:
        return await work
    except (KafkaError, TimeoutError, OSError) as error:
        raise BusUnavailable(
            f"Kafka at {settings.kafka_bootstrap} did not let its topics be read ({type(error).__name__}): "
            "correct TALAIA_KAFKA_BOOTSTRAP, or make its topics with `talaia topics apply`"
        ) from None
