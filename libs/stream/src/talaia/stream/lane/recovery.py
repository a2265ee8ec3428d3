"""Reads changelog partitions up to this worker's own claims: state is what stands before them."""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from talaia.stream.collector import no_collection
from talaia.stream.folding.coverage import Held
from talaia.stream.lane.fetching import fetched
from talaia.stream.lane.limits import BATCH_BYTES, REQUEST_TIMEOUT_MS
from talaia.stream.lane.partition import Partition

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.5


class Recovery:
    """A reader of one changelog topic, outside the group. Use as an async context manager."""

    def __init__(self, connection: Mapping[str, Any], changelog: str, oust_s: float) -> None:
        self._changelog = changelog
        self._oust_s = oust_s
        self._consumer = AIOKafkaConsumer(
            **connection,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=BATCH_BYTES,
            fetch_max_wait_ms=100,
            request_timeout_ms=REQUEST_TIMEOUT_MS,
        )

    async def __aenter__(self) -> "Recovery":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def restore(self, partitions: Mapping[int, Partition]) -> None:
        """Restore partitions that were just claimed. Raises StateRefused."""
        unread = dict(partitions)
        if not unread:
            return
        self._consumer.assign([TopicPartition(self._changelog, number) for number in unread])
        await self._consumer.seek_to_beginning()
        while unread:
            with no_collection():
                await self._read(unread)
            unread = {number: partition for number, partition in unread.items() if partition.stranger}
            if unread:
                # another producer id than ours was here: Kafka does not refuse its older epoch, so it must have given up
                log.warning("partitions %s had another producer id: waiting %.0f s", sorted(unread), self._oust_s)
                await asyncio.sleep(self._oust_s)
                await asyncio.gather(*(partition.claim_again() for partition in unread.values()))

    async def held(self, inputs: Mapping[str, tuple[str, str]], numbers: Iterable[int]) -> dict[int, dict[str, Held]]:
        """What Kafka holds of partitions, by number and topic. inputs: the name at the broker and the id of each topic."""
        named = {(topic, number): TopicPartition(name, number) for topic, (name, _) in inputs.items() for number in numbers}
        starts = await self._consumer.beginning_offsets(named.values())
        ends = await self._consumer.end_offsets(named.values())
        found: dict[int, dict[str, Held]] = {}
        for (topic, number), place in named.items():
            found.setdefault(number, {})[topic] = Held(inputs[topic][1], starts[place], ends[place])
        return found

    async def _read(self, unread: Mapping[int, Partition]) -> None:
        waiting = dict(unread)
        self._consumer.resume(*(TopicPartition(self._changelog, number) for number in waiting))
        while waiting:
            wanted = [TopicPartition(self._changelog, number) for number in waiting]
            for place, records in (await fetched(self._consumer, wanted, _LOOK_AGAIN_S)).items():
                if place.partition in waiting and waiting[place.partition].restore(records):
                    del waiting[place.partition]
                    self._consumer.pause(place)
                await asyncio.sleep(0)
