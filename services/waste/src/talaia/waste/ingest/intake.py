"""How what comes to the doors of `ingest` gets onto the bus: judged, counted, sent, and only then acknowledged to its source."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter

from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable
from talaia.waste.ingest.channels import Channels
from talaia.waste.ingest.measurements import accept
from talaia.waste.ingest.uplinks import NotTaken, items_of

MOST_TOGETHER = 500
"""Deliveries that go to the bus at once."""
LONGEST_BYTES = 256 * 1_024
_ACCEPTED = "accepted"
_AGAIN_S = 2.0

log = logging.getLogger(__name__)


class Delivery(NamedTuple):
    """One payload from a source. acknowledge: tells the source that it need not keep it any longer."""

    topic: str
    payload: bytes
    acknowledge: Callable[[], None]


class Intake:
    """Makes events of deliveries, and counts what became of each. source: of the events; catchment_of: by site or gauge."""

    def __init__(self, source: str, channels: Channels, catchment_of: Mapping[str, str], registry: CollectorRegistry) -> None:
        self._source = source
        self._channels = channels
        self._catchment_of = catchment_of
        self._counted = Counter(
            "talaia_waste_door_items", "What came to the doors, by what became of it", ["outcome"], registry=registry
        )
        self._counted.labels(_ACCEPTED)
        self._refused: dict[str, int] = {}

    def take(self, delivery: Delivery, now: datetime) -> list[Message]:
        """The events of a delivery that arrived at `now`; whatever is wrong with it is counted and no more."""
        try:
            if len(delivery.payload) > LONGEST_BYTES:
                raise NotTaken("too_long", f"it has more than {LONGEST_BYTES} bytes")
            items = items_of(delivery.topic, delivery.payload, self._channels)
        except NotTaken as why:
            self._refuse(why.reason, delivery.topic, str(why))
            return []
        except Exception as error:  # whoever may publish must not be able to stop the door
            self._refuse("failed", delivery.topic, repr(error))
            return []
        batch = accept(items, source=self._source, now=now, catchment_of=self._catchment_of)
        for answer in batch.answers:
            if answer.reason is not None:
                self._refuse(answer.reason, delivery.topic, str(answer.detail))
        self._counted.labels(_ACCEPTED).inc(len(batch.messages))
        return batch.messages

    def _refuse(self, reason: str, topic: str, why: str) -> None:
        """Count it, and tell of the first, second, fourth, eighth ... of a reason: whoever sends cannot fill the log."""
        self._counted.labels(reason).inc()
        times = self._refused[reason] = self._refused.get(reason, 0) + 1
        if times & (times - 1) == 0:
            log.warning(f"refused ({reason}): {why[:300]!a}; topic {topic[:200]!a}; {times} so far")


Take = Callable[[Delivery, datetime], list[Message]]
Send = Callable[[Sequence[Message]], Awaitable[None]]


async def pass_on(deliveries: asyncio.Queue[Delivery], take: Take, send: Send, clock: Callable[[], datetime]) -> None:
    """Take deliveries in for ever. send: returns when the bus has the events, however long that takes."""
    while True:
        batch = [await deliveries.get()]
        while len(batch) < MOST_TOGETHER and not deliveries.empty():
            batch.append(deliveries.get_nowait())
        now = clock()
        await send([message for delivery in batch for message in take(delivery, now)])
        for delivery in batch:
            delivery.acknowledge()


class PatientSender:
    """Sends events until the bus has them. Told again after a failure, some stand there twice: their ids are the same."""

    def __init__(self, settings: BusSettings, again_s: float = _AGAIN_S) -> None:
        self._settings = settings
        self._again_s = again_s
        self._producer: Producer | None = None

    @property
    def well(self) -> bool:
        """Whether the bus took what it was sent last."""
        return self._producer is not None

    async def send(self, messages: Sequence[Message]) -> None:
        """All messages, acknowledged when this returns."""
        while messages:
            try:
                if self._producer is None:
                    self._producer = await Producer(self._settings).__aenter__()
                await self._producer.send(messages)
                return
            except BusUnavailable as why:
                log.warning(f"{why}; what came waits")
                await self.close()
            await asyncio.sleep(self._again_s)

    async def close(self) -> None:
        """End the producer."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.__aexit__(None, None, None)
