"""Sends rejects back to where they came from, each once, while nobody else does."""

import asyncio
from collections.abc import Callable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError
from aiokafka.producer.message_accumulator import BatchBuilder

from talaia.cli.rejects.alone import Alone
from talaia.cli.rejects.plan import Plan, Position
from talaia.cli.rejects.reading import through
from talaia.cli.rejects.record import again
from talaia.stream.settings import BusSettings

_AT_ONCE = 500
_ARRIVES_S = 60.0


class Redrive:
    """One run. sent, too_large: how many arrived, and how many Kafka refused because the history made them too large."""

    def __init__(self, settings: BusSettings, plan: Plan, only: Alone, advance: Callable[[int], None]) -> None:
        self._settings, self._plan, self._only, self._advance = settings, plan, only, advance
        self.sent = self.too_large = 0

    async def run(self, consumer: AIOKafkaConsumer) -> None:
        """Send all that is planned. Raises Trouble when another run began."""
        waiting: list[tuple[Position, ConsumerRecord]] = []
        async for place, record in through(consumer, self._ranges()):
            topic = place.topic.removeprefix(self._settings.topic_prefix).removesuffix(".rejected")
            position = Position(topic, place.partition, record.offset)
            if position in self._plan.chosen:
                waiting.append((position, record))
            if len(waiting) >= _AT_ONCE:
                await self._send(waiting)
                waiting = []
        await self._send(waiting)

    def _ranges(self) -> dict[TopicPartition, tuple[int, int]]:
        """From the first to after the last that is planned of each partition."""
        ranges: dict[TopicPartition, tuple[int, int]] = {}
        for each in self._plan.chosen:
            place = TopicPartition(self._settings.topic(f"{each.topic}.rejected"), each.partition)
            start, end = ranges.get(place, (each.offset, each.offset + 1))
            ranges[place] = min(start, each.offset), max(end, each.offset + 1)
        return ranges

    async def _send(self, records: Sequence[tuple[Position, ConsumerRecord]]) -> None:
        places: dict[tuple[str, int], list[tuple[Position, ConsumerRecord]]] = {}
        for position, record in records:
            places.setdefault((self._settings.topic(position.topic), position.partition), []).append((position, record))
        async with self._only.turn(), asyncio.timeout(_ARRIVES_S):
            await asyncio.gather(*(self._send_to(topic, partition, theirs) for (topic, partition), theirs in places.items()))
        self._advance(self.sent)

    async def _send_to(self, topic: str, partition: int, records: Sequence[tuple[Position, ConsumerRecord]]) -> None:
        # by the batch: a single record that has neither key nor value is not taken by the client
        batch = self._only.producer.create_batch()
        for position, record in records:
            if not _append(batch, position, record):
                await self._arrived(batch, topic, partition)
                batch = self._only.producer.create_batch()
                _append(batch, position, record)
        await self._arrived(batch, topic, partition)

    async def _arrived(self, batch: BatchBuilder, topic: str, partition: int) -> None:
        count = batch.record_count()
        batch.close()
        try:
            await (await self._only.producer.send_batch(batch, topic, partition=partition))
        except MessageSizeTooLargeError:
            if count > 1:
                raise
            self.too_large += 1
        else:
            self.sent += count


def _append(batch: BatchBuilder, position: Position, record: ConsumerRecord) -> bool:
    # an empty batch takes a record of any size
    headers = list(again(record, position.name))
    return batch.append(timestamp=None, key=record.key, value=record.value, headers=headers) is not None
