"""Reads what travels on the topics, outside any group, and compares each record with its contract."""

import asyncio
from collections.abc import Callable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from talaia.cli.rejects.reading import new_consumer, through, whole
from talaia.cli.traffic.contract import Contract
from talaia.cli.traffic.tally import Tally
from talaia.contracts.catalogue import TOPICS
from talaia.stream.settings import BusSettings

Advance = Callable[[str, int, int], None]
"""Shows what is being done, how far it is, and of how much."""

_SAY_EVERY = 500


async def newest(settings: BusSettings, count: int, advance: Advance) -> list[Tally]:
    """Compare what stands at the last `count` offsets of every partition."""
    async with new_consumer(settings) as consumer:
        bounds = await whole(consumer, _places(settings))
        ranges = {place: (max(start, end - count), end) for place, (start, end) in bounds.items()}
        return await _compared(settings, consumer, ranges, advance)


async def coming(settings: BusSettings, seconds: int, advance: Advance) -> list[Tally]:
    """Compare what comes within some seconds. It is read afterwards, from Kafka: nothing of it is held here."""
    async with new_consumer(settings) as consumer:
        before = await whole(consumer, _places(settings))
        for second in range(seconds):
            advance("waiting for traffic", second, seconds)
            await asyncio.sleep(1)
        after = await whole(consumer, list(before))
        ranges = {place: (max(start, before[place][1]), end) for place, (start, end) in after.items()}
        return await _compared(settings, consumer, ranges, advance)


def _places(settings: BusSettings) -> list[TopicPartition]:
    return [TopicPartition(settings.topic(topic.name), number) for topic in TOPICS for number in range(topic.partitions)]


async def _compared(
    settings: BusSettings, consumer: AIOKafkaConsumer, ranges: Mapping[TopicPartition, tuple[int, int]], advance: Advance
) -> list[Tally]:
    tallies = {settings.topic(topic.name): Tally(topic) for topic in TOPICS}
    contracts = {place: Contract(tallies[place.topic].topic, place.partition, settings.clock) for place in ranges}
    read, total = 0, sum(max(0, end - start) for start, end in ranges.values())
    async for place, record in through(consumer, ranges):
        tallies[place.topic].take(place.partition, record.offset, contracts[place].look(record))
        read += 1
        if read % _SAY_EVERY == 0:
            advance("comparing", read, total)
            await asyncio.sleep(0)  # the client's heart beats in this loop too
    return list(tallies.values())
