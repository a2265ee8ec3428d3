"""Writes one changelog partition so that of all writers anywhere only the newest can.

Its batches carry the producer id and epoch of a transactional id but are not transactional: the partition's leader
refuses an older epoch in the same step in which it appends. No markers, no coordinator in a settle.
"""

import asyncio
from collections.abc import Iterable

from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.producer.message_accumulator import BatchBuilder, MessageAccumulator
from aiokafka.producer.sender import Sender
from aiokafka.producer.transaction_manager import TransactionManager

from talaia.stream.lane.limits import REQUEST_TIMEOUT_MS
from talaia.stream.lane.refusal import told_of

_BATCH_LIMIT_BYTES = 15 * 524_288
_TRANSACTION_TIMEOUT_MS = 60_000


class BatchTooLarge(RuntimeError):
    """The records do not fit one batch."""


class FencedWriter:
    """Idempotent writer of one partition. `open` ends the right to write of every other."""

    def __init__(self, client: AIOKafkaClient, topic: str, partition: int) -> None:
        self._client = client
        self._place = TopicPartition(topic, partition)
        self._sender: Sender | None = None
        self.producer_id = -1
        self.epoch = -1

    async def open(self) -> None:
        """Take the next epoch of this partition's producer id."""
        await self.close()
        await self._client._wait_on_metadata(self._place.topic)
        taken = TransactionManager(f"{self._place.topic}-{self._place.partition}", _TRANSACTION_TIMEOUT_MS)
        with told_of(self._place.topic):
            await self._new_sender(taken, None)._maybe_wait_for_pid()
        self.producer_id, self.epoch = taken.producer_id, taken.producer_epoch
        plain = TransactionManager(None, _TRANSACTION_TIMEOUT_MS)
        plain.set_pid_and_epoch(self.producer_id, self.epoch)
        self._batches = MessageAccumulator(
            self._client.cluster, _BATCH_LIMIT_BYTES, 0, REQUEST_TIMEOUT_MS / 1000, txn_manager=plain
        )
        self._sender = self._new_sender(plain, self._batches)
        await self._sender.start()

    async def write(self, records: Iterable[tuple[bytes, bytes | None]]) -> int:
        """Append one record batch, whole or not at all; returns its first offset.

        Raises ProducerFenced, BatchTooLarge, Refused.
        """
        batch = BatchBuilder(_BATCH_LIMIT_BYTES, 0, is_transactional=False, key_serializer=None, value_serializer=None)
        for key, value in records:
            if batch.append(key=key, value=value, timestamp=None) is None:
                raise BatchTooLarge(f"one settle of {self._place.topic} partition {self._place.partition} does not fit a batch")
        batch.close()
        with told_of(self._place.topic):
            written = await self._batches.add_batch(batch, self._place, REQUEST_TIMEOUT_MS / 1000)
            return int((await written).offset)

    async def close(self) -> None:
        """End the request in flight and send no more."""
        if self._sender is not None:
            sender, self._sender = self._sender, None
            await asyncio.shield(sender.close())

    def _new_sender(self, manager: TransactionManager, batches: MessageAccumulator | None) -> Sender:
        return Sender(
            self._client,
            acks=-1,
            txn_manager=manager,
            message_accumulator=batches,
            retry_backoff_ms=100,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
