"""Events to the bus from the outside: doors, acts, replays. Workers write through their lane instead."""

import asyncio
from collections.abc import Sequence
from types import TracebackType
from typing import Self

import msgspec
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError
from aiokafka.producer.message_accumulator import BatchBuilder

from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.stream.connection import connection, knock, no_answer
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_BATCH_BYTES = 512 * 1024
_HEADERS = [CONTENT_TYPE_HEADER]


class Producer:
    """Sends events, acknowledged by all replicas in sync. Use as an async context manager. Raises BusUnavailable.

    deadline_s: longest time that starting and one `send` may take.
    """

    def __init__(self, settings: BusSettings, deadline_s: float = 30.0) -> None:
        self._settings = settings
        self._deadline_s = deadline_s
        self._encode = msgspec.json.Encoder().encode
        self._producer: AIOKafkaProducer | None = None

    async def __aenter__(self) -> Self:
        await knock(self._settings)
        self._producer = AIOKafkaProducer(
            **connection(self._settings),
            client_id=self._settings.instance or "talaia",
            enable_idempotence=True,
            acks="all",
            compression_type="lz4",
            max_batch_size=_BATCH_BYTES,
            max_request_size=2 * 1_048_576,
            # a third: a missing topic is then told as such before the deadline
            request_timeout_ms=int(self._deadline_s * 1000 / 3),
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                await self._producer.start()
        except (TimeoutError, KafkaError, OSError) as error:
            await self._close()
            raise no_answer(self._settings, error) from None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._close()

    async def send(self, messages: Sequence[Message]) -> None:
        """All messages, in their order within a partition; acknowledged when this returns.

        Raises BusUnavailable after at most the deadline: then some may have arrived and others may still arrive.
        """
        if not messages:
            return
        assert self._producer is not None, "use `async with Producer(...)`"
        by_partition: dict[tuple[str, int], list[Message]] = {}
        for message in messages:
            place = self._settings.topic(message.topic.name), partition_of(message.key.encode(), message.topic.partitions)
            by_partition.setdefault(place, []).append(message)
        try:
            async with asyncio.timeout(self._deadline_s), asyncio.TaskGroup() as group:
                for (topic, partition), theirs in by_partition.items():
                    group.create_task(self._send_to(self._producer, topic, partition, theirs))
        except (TimeoutError, ExceptionGroup) as error:
            raise BusUnavailable(self._refused(error)) from None

    async def _send_to(self, producer: AIOKafkaProducer, topic: str, partition: int, messages: Sequence[Message]) -> None:
        acknowledged, batch = [], producer.create_batch()
        for message in messages:
            value, key = self._encode(message.event), message.key.encode()
            if not self._append(batch, key, value):
                acknowledged.append(await self._queue(producer, batch, topic, partition))
                batch = producer.create_batch()
                self._append(batch, key, value)
        acknowledged.append(await self._queue(producer, batch, topic, partition))
        await asyncio.gather(*acknowledged)

    @staticmethod
    def _append(batch: BatchBuilder, key: bytes, value: bytes) -> bool:
        # an empty batch takes a message of any size; whether it is too large is the broker's word
        return batch.append(timestamp=None, key=key, value=value, headers=_HEADERS) is not None

    @staticmethod
    async def _queue(producer: AIOKafkaProducer, batch: BatchBuilder, topic: str, partition: int) -> "asyncio.Future[object]":
        batch.close()
        try:
            future: asyncio.Future[object] = await producer.send_batch(batch, topic, partition=partition)
        except (UnknownTopicOrPartitionError, AssertionError):
            raise BusUnavailable(f"Kafka has no topic {topic} with partition {partition}: run `talaia topics apply`") from None
        except TopicAuthorizationFailedError:
            raise BusUnavailable(f"Kafka does not let this process write {topic}: check its access rights") from None
        return future

    def _refused(self, error: BaseException) -> str:
        first = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        if isinstance(first, BusUnavailable):
            return str(first)
        if isinstance(first, TimeoutError):
            return str(no_answer(self._settings, first))
        return f"Kafka at {self._settings.kafka_bootstrap} refused events ({type(first).__name__})"

    async def _close(self) -> None:
        if self._producer is not None:
            producer, self._producer = self._producer, None
            try:
                async with asyncio.timeout(self._deadline_s):
                    await producer.stop()
            except TimeoutError:
                pass
