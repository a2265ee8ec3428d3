"""One redrive at a time: the first goes on, and whoever begins beside it is told to wait.

Whoever runs one is in a consumer group that gives everything to one member: the newest run, if there is one. A run that
was silent for so long that another began finds that out when it wakes; what it had on its way carries an older epoch.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.cluster import ClusterMetadata
from aiokafka.coordinator.assignors.abstract import AbstractPartitionAssignor
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment, ConsumerProtocolMemberMetadata
from aiokafka.errors import ProducerClosed, ProducerFenced

from talaia.cli.trouble import Trouble
from talaia.contracts.catalogue import INPUTS
from talaia.stream.connection import connection, kafka_file_of, knock
from talaia.stream.rights import REDRIVE
from talaia.stream.settings import BusSettings

_TOPIC = INPUTS[0].rejected
_JOIN_S = 60.0
_LONGEST_MS = 3_600_000
_REQUEST_BYTES = 4 * 1_048_576
# a topic's max.message.bytes limits a whole record batch
_BATCH_BYTES = min(topic.max_message_bytes for topic in INPUTS) * 9 // 10


class _ToOne(AbstractPartitionAssignor):  # type: ignore[misc]
    """Gives everything to the newest run, or to any member that would begin one. run: its age in bytes, empty before."""

    name = "to-one"

    def __init__(self) -> None:
        self.run = b""

    def assign(
        self, cluster: ClusterMetadata, members: Mapping[str, ConsumerProtocolMemberMetadata]
    ) -> dict[str, ConsumerProtocolMemberAssignment]:
        """What each member gets."""
        one = max(members, key=lambda member: (members[member].user_data or b"", member))
        everything = [(topic, [0]) for topic in members[one].subscription]
        return {member: ConsumerProtocolMemberAssignment(0, everything if member == one else [], b"") for member in members}

    def metadata(self, topics: Iterable[str]) -> ConsumerProtocolMemberMetadata:
        """What this member tells the others."""
        return ConsumerProtocolMemberMetadata(0, list(topics), self.run)

    def on_assignment(self, assignment: ConsumerProtocolMemberAssignment) -> None:
        """`Alone` hears of it."""


class Alone(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether this is the one that runs. producer: writes with an epoch that is newer than that of every run before."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self.producer = producer
        self._mine: bool | None = None
        self._told = asyncio.Condition()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """While this lasts nobody else begins. Raises Trouble when somebody has."""
        async with self._told:
            await self._settled()
            if not self._mine:
                raise _overtaken()
            try:
                yield
            except (ProducerClosed, ProducerFenced):
                raise _overtaken() from None

    async def only(self) -> bool:
        """Whether this is the one, once the group has said so. Raises TimeoutError."""
        async with self._told:
            await self._settled()
            return bool(self._mine)

    async def _settled(self) -> None:
        """Until the group has said who is the one; `_told` is held. Raises TimeoutError."""
        async with asyncio.timeout(_JOIN_S):
            await self._told.wait_for(lambda: self._mine is not None)

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Somebody joins or leaves: what is on its way arrives first."""
        async with self._told:
            self._mine = None

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """The group has said who is the one."""
        async with self._told:
            self._mine = bool(assigned)
            self._told.notify_all()


@contextlib.asynccontextmanager
async def alone(settings: BusSettings) -> AsyncIterator[Alone]:
    """Be the only one. After a run that was killed this waits until Kafka knows. Raises Trouble, BusUnavailable."""
    await knock(settings)
    session_ms = int(min(kafka_file_of(settings).session_timeout_s, 10.0) * 1000)
    producer = AIOKafkaProducer(
        **connection(settings),
        transactional_id=settings.topic(REDRIVE),
        compression_type="lz4",
        max_batch_size=_BATCH_BYTES,
        max_request_size=_REQUEST_BYTES,
    )
    assignor, listener = _ToOne(), Alone(producer)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        group_id=settings.topic(REDRIVE),
        partition_assignment_strategy=(assignor,),
        enable_auto_commit=False,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 4,
        rebalance_timeout_ms=session_ms * 3,
        max_poll_interval_ms=_LONGEST_MS,
    )
    consumer.subscribe([settings.topic(_TOPIC.name)], listener=listener)
    try:
        await consumer.start()
        if not await listener.only():
            raise Trouble("another `talaia rejects redrive` runs: wait until it ends")
        await producer.start()
        epoch = producer._txn_manager
        assignor.run = epoch.producer_id.to_bytes(8) + epoch.producer_epoch.to_bytes(2)
        # as the lane's fenced writer: the epoch of a transactional id, and no transactions, whose markers readers would meet
        epoch.transactional_id = None
        yield listener
    finally:
        await producer.stop()
        await consumer.stop()


def _overtaken() -> Trouble:
    return Trouble(
        "this `talaia rejects redrive` was silent for so long that another began: run it again when that has ended; "
        "nothing is sent that was sent before"
    )
