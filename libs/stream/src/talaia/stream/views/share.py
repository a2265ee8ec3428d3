"""What a process takes of a view's topics: everything, or its share in a consumer group.

The group only shares the work out; nothing is committed to it. Where to go on stands in the view's database, and a
process that believes in a share that another has by now cannot write it (`store.Overtaken`).
"""

import asyncio
from collections.abc import Collection

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from talaia.stream.connection import connection, kafka_file_of
from talaia.stream.settings import BusSettings
from talaia.stream.views.arrivals import Ends, Records

_POLL_MS = 500
_REQUEST_TIMEOUT_MS = 10_000


class Share(ConsumerRebalanceListener):
    """The partitions that this process takes: those of `sought`. group: its name, None to take all partitions."""

    def __init__(self, settings: BusSettings, partitions: Collection[TopicPartition], group: str | None) -> None:
        self.sought: frozenset[TopicPartition] = frozenset()
        self.stale = True
        self._partitions = partitions
        self._group = group
        self._turn = 0
        session_ms = int(kafka_file_of(settings).session_timeout_s * 1000)
        self._consumer = AIOKafkaConsumer(
            **connection(settings),
            client_id=settings.instance or "talaia",
            group_id=None if group is None else settings.topic(group),
            enable_auto_commit=False,
            auto_offset_reset="earliest",  # what is fetched before the seek is never handed over
            session_timeout_ms=session_ms,
            heartbeat_interval_ms=session_ms // 3,
            request_timeout_ms=max(_REQUEST_TIMEOUT_MS, session_ms + 1_000),
        )

    async def start(self) -> None:
        """Reach the broker and ask for partitions. Raises KafkaError."""
        await self._consumer.start()
        if self._group is None:
            self._consumer.assign(list(self._partitions))
        else:
            self._consumer.subscribe({partition.topic for partition in self._partitions}, listener=self)

    async def stop(self) -> None:
        """Leave the group and the broker."""
        # a client that fails as it stops, or cancels itself, is gone all the same
        await asyncio.gather(asyncio.create_task(self._consumer.stop()), return_exceptions=True)

    async def ends(self) -> Ends:
        """Where the topics end, all partitions."""
        found: Ends = await self._consumer.end_offsets(list(self._partitions))
        return found

    async def firsts(self) -> Ends:
        """Where the topics begin, all partitions."""
        found: Ends = await self._consumer.beginning_offsets(list(self._partitions))
        return found

    def seek(self, offsets: Ends) -> None:
        """Go on there in every partition that this process takes now."""
        self.sought = frozenset(self._consumer.assignment())
        for partition in self.sought:
            self._consumer.seek(partition, offsets[partition])
        self.stale = False

    def forget(self) -> None:
        """Nothing is handed over until the next seek."""
        self._turn += 1
        self.stale = True
        self.sought = frozenset()

    async def fetch(self, most: int) -> tuple[Records, Ends]:
        """Records, and how far the partitions were read, which may be beyond the last record of a compacted topic."""
        turn = self._turn
        records = await self._consumer.getmany(*self.sought, timeout_ms=_POLL_MS, max_records=most)
        if turn != self._turn:
            return {}, {}
        return records, {partition: await self._consumer.position(partition) for partition in self.sought}

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """The group shares out anew."""
        self.forget()

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """The group has shared out."""
        self.forget()
