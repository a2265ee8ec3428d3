"""Sends rejects back to where they came from, each once, while nobody else does."""

import asyncio
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.errors import MessageSizeTooLargeError

from talaia.cli.rejects.alone import Alone
from talaia.cli.rejects.plan import Plan, Position
from talaia.cli.rejects.reading import through
from talaia.cli.rejects.record import again
from talaia.stream.connection import connection
from talaia.stream.settings import BusSettings

_AT_ONCE = 500
_REQUEST_BYTES = 4 * 1_048_576
_ARRIVES_S = 60.0


class Redrive:
    """One run. sent, too_large: how many arrived, and how many Kafka refused because the history made them too large."""

    def __init__(self, settings: BusSettings, plan: Plan, only: Alone, advance: Callable[[int], None]) -> None:
        self._settings, self._plan, self._only, self._advance = settings, plan, only, advance
        self.sent = self.too_large = 0

    async def run(self, consumer: AIOKafkaConsumer) -> None:
        """Send all that is planned. Raises Trouble when another run begins."""
        producer = AIOKafkaProducer(
            **connection(self._settings),
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            max_request_size=_REQUEST_BYTES,
        )
        await producer.start()
        try:
            waiting: list[tuple[Position, ConsumerRecord]] = []
            async for place, record in through(consumer, self._ranges()):
                topic = place.topic.removeprefix(self._settings.topic_prefix).removesuffix(".rejected")
                position = Position(topic, place.partition, record.offset)
                if position in self._plan.chosen:
                    waiting.append((position, record))
                if len(waiting) >= _AT_ONCE:
                    await self._send(producer, waiting)
                    waiting = []
            await self._send(producer, waiting)
        finally:
            await producer.stop()

    def _ranges(self) -> dict[TopicPartition, tuple[int, int]]:
        """From the first to after the last that is planned of each partition."""
        ranges: dict[TopicPartition, tuple[int, int]] = {}
        for each in self._plan.chosen:
            place = TopicPartition(self._settings.topic(f"{each.topic}.rejected"), each.partition)
            start, end = ranges.get(place, (each.offset, each.offset + 1))
            ranges[place] = min(start, each.offset), max(end, each.offset + 1)
        return ranges

    async def _send(self, producer: AIOKafkaProducer, records: list[tuple[Position, ConsumerRecord]]) -> None:
        async with self._only.turn(), asyncio.timeout(_ARRIVES_S):
            arriving = []
            for position, record in records:
                topic, headers = self._settings.topic(position.topic), list(again(record, position.name))
                try:
                    arriving.append(
                        await producer.send(topic, record.value, record.key, partition=position.partition, headers=headers)
                    )
                except MessageSizeTooLargeError:
                    self.too_large += 1
            for arrived in await asyncio.gather(*arriving, return_exceptions=True):
                if isinstance(arrived, MessageSizeTooLargeError):
                    self.too_large += 1
                elif isinstance(arrived, BaseException):
                    raise arrived
                else:
                    self.sent += 1
        self._advance(self.sent)
