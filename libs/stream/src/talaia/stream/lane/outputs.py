"""What a settle says: outputs and rejects, by partition, acknowledged before the state that says so is written."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError
from aiokafka.producer.message_accumulator import BatchBuilder

from talaia.stream.connection import connection
from talaia.stream.folding.records import Outgoing, Reject
from talaia.stream.lane.aside import kept
from talaia.stream.lane.limits import BATCH_BYTES, REQUEST_TIMEOUT_MS
from talaia.stream.lane.refusal import told_of
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Processor
from talaia.stream.settings import BusSettings

Headers = Sequence[tuple[str, bytes]]
Place = tuple[str, int]


class _Said(NamedTuple):
    key: bytes | None
    value: bytes | None
    headers: Headers


class Outputs:
    """Writes the outputs of all partitions of a worker."""

    def __init__(self, processor: Processor, settings: BusSettings) -> None:
        self._settings = settings
        written = (*processor.outputs, processor.inputs[0])
        self._partitions = {topic.name: topic.partitions for topic in written}
        # a topic's max.message.bytes limits a whole record batch
        self._batch_bytes = min(topic.max_message_bytes for topic in written) * 9 // 10
        self._reader: Headers = (
            ("reader", processor.name.encode()),
            ("reader-version", processor.version.encode()),
        )
        self.producer: AIOKafkaProducer | None = None

    async def start(self) -> None:
        """Connect."""
        self.producer = AIOKafkaProducer(
            **connection(self._settings),
            client_id=self._settings.instance or "talaia",
            enable_idempotence=True,
            acks="all",
            max_batch_size=self._batch_bytes,
            max_request_size=2 * BATCH_BYTES,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )
        await self.producer.start()

    async def stop(self) -> None:
        """Disconnect."""
        if self.producer is not None:
            await self.producer.stop()

    async def send(self, messages: Iterable[Outgoing], rejects: Iterable[Reject], partition: int) -> None:
        """Send all and wait until they are acknowledged; rejects keep the partition they came from."""
        places: dict[Place, list[_Said]] = {}
        for message in messages:
            place = message.topic, partition_of(message.key, self._partitions[message.topic])
            places.setdefault(place, []).append(_Said(message.key, message.value, message.headers))
        for reject in rejects:
            key, value, headers = kept(reject.record)
            said = _Said(key, value, (*headers, *self._why(reject, partition)))
            places.setdefault((f"{reject.topic}.rejected", partition), []).append(said)
        if places:
            await asyncio.gather(*(self._send_to(self._settings.topic(topic), n, said) for (topic, n), said in places.items()))

    async def _send_to(self, topic: str, partition: int, said: Sequence[_Said]) -> None:
        assert self.producer is not None, "Outputs were not started"
        batch, acknowledged = self.producer.create_batch(), []
        with told_of(topic):
            for one in said:
                if not _append(batch, one):
                    acknowledged.append(await self._queue(batch, topic, partition))
                    batch = self.producer.create_batch()
                    _append(batch, one)
            acknowledged.append(await self._queue(batch, topic, partition))
            await asyncio.gather(*acknowledged)

    async def _queue(self, batch: BatchBuilder, topic: str, partition: int) -> "asyncio.Future[object]":
        assert self.producer is not None
        batch.close()
        while True:
            # an older batch waits there for its broker; how long that is borne, the settle's deadline says
            with contextlib.suppress(KafkaTimeoutError):
                future: asyncio.Future[object] = await self.producer.send_batch(batch, topic, partition=partition)
                return future

    def _why(self, reject: Reject, partition: int) -> Headers:
        facts: Mapping[str, str] = {
            "reason": reject.reason,
            "detail": reject.detail,
            "source": reject.source,
            "origin-topic": reject.topic,
            "origin-partition": str(partition),
            "origin-offset": str(reject.record.offset),
        }
        return (*((name, value.encode()) for name, value in facts.items()), *self._reader)


def _append(batch: BatchBuilder, said: _Said) -> bool:
    # an empty batch takes a message of any size
    added = batch.append(timestamp=None, key=said.key, value=said.value, headers=list(said.headers))
    return added is not None
