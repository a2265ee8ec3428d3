"""One redrive at a time: whoever runs one is the only member of a consumer group, and stops when another joins."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from talaia.cli.trouble import Trouble
from talaia.contracts.catalogue import INPUTS
from talaia.stream.connection import connection, knock
from talaia.stream.rights import REDRIVE
from talaia.stream.settings import BusSettings

_TOPIC = INPUTS[0].rejected
_JOIN_S = 60.0
_LONGEST_MS = 3_600_000
_LOOK_EVERY_S = 0.05


class Alone(ConsumerRebalanceListener):  # type: ignore[misc]
    """Whether this is still the only one. `turn`: held while records are on their way, so that nobody joins meanwhile."""

    def __init__(self) -> None:
        self._lost: bool | None = None
        self._turn = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """While this lasts nobody else begins. Raises Trouble when somebody has."""
        async with self._turn:
            if self._lost:
                raise Trouble(
                    "another `talaia rejects redrive` began, or this one was silent for too long: run it again, one at a time; "
                    "nothing is sent that was sent before"
                )
            yield

    def begin(self) -> None:
        """From here on whoever joins is another."""
        self._lost = False

    async def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Somebody joins the group: what is on its way arrives first."""
        async with self._turn:
            self._lost = None if self._lost is None else True

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Looked at by `alone`."""


@contextlib.asynccontextmanager
async def alone(settings: BusSettings) -> AsyncIterator[Alone]:
    """Be the only one. After a run that was killed this waits until Kafka knows. Raises Trouble, BusUnavailable."""
    await knock(settings)
    session_ms = int(min(settings.session_timeout_s, 10.0) * 1000)
    consumer = AIOKafkaConsumer(
        **connection(settings),
        group_id=settings.topic(REDRIVE),
        enable_auto_commit=False,
        session_timeout_ms=session_ms,
        heartbeat_interval_ms=session_ms // 4,
        rebalance_timeout_ms=session_ms * 3,
        max_poll_interval_ms=_LONGEST_MS,
    )
    listener, topic = Alone(), settings.topic(_TOPIC.name)
    consumer.subscribe([topic], listener=listener)
    try:
        await consumer.start()
        async with asyncio.timeout(_JOIN_S):
            while not consumer.assignment():  # noqa: ASYNC110 - the client has no event for it
                await asyncio.sleep(_LOOK_EVERY_S)
        if len(consumer.assignment()) < _TOPIC.partitions:
            raise Trouble("another `talaia rejects redrive` runs: wait until it ends")
        listener.begin()
        yield listener
    finally:
        await consumer.stop()
