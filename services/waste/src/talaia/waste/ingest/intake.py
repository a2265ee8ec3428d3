"""How what comes to the doors of the role `ingest` gets onto the bus: judged, counted, and sent until the bus has it."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from prometheus_client import CollectorRegistry, Counter

from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable
from talaia.waste.ingest.measurements import Item, accept

_ACCEPTED = "accepted"
_AGAIN_S = 2.0

log = logging.getLogger(__name__)


class Tally:
    """Counts what came to the doors, by what became of it."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._counted = Counter(
            "talaia_waste_door_items", "What came to the doors, by what became of it", ["outcome"], registry=registry
        )
        self._counted.labels(_ACCEPTED)
        self._refused: dict[str, int] = {}

    def accepted(self, count: int) -> None:
        """So many became events."""
        self._counted.labels(_ACCEPTED).inc(count)

    def refused(self, reason: str, where: str, why: str) -> None:
        """Count it, and tell of the first, second, fourth, eighth ... of a reason: whoever sends cannot fill the log."""
        self._counted.labels(reason).inc()
        times = self._refused[reason] = self._refused.get(reason, 0) + 1
        if times & (times - 1) == 0:
            log.warning(f"refused ({reason}): {why[:300]!a}; {where[:200]!a}; {times} so far")

    def behind(self, where: str, how_far: str) -> None:
        """Count and tell that more is there than was asked for at once."""
        self._counted.labels("behind").inc()
        log.warning(f"{where[:200]!a}: {how_far}")


class Intake:
    """Makes events of items. source: of the events; catchment_of: by site or gauge."""

    def __init__(self, source: str, catchment_of: Mapping[str, str], tally: Tally) -> None:
        self.tally = tally
        self._source = source
        self._catchment_of = catchment_of

    def take(self, items: Sequence[Item], where: str, now: datetime) -> list[Message]:
        """The events of items that arrived at `now`; whatever is wrong with one is counted and no more. where: for the log."""
        batch = accept(items, source=self._source, now=now, catchment_of=self._catchment_of)
        for answer in batch.answers:
            if answer.reason is not None:
                self.tally.refused(answer.reason, where, str(answer.detail))
        self.tally.accepted(len(batch.messages))
        return batch.messages


class PatientSender:
    """Sends events until the bus has them. Told again after a failure, some stand there twice: their ids are the same."""

    def __init__(self, settings: BusSettings, again_s: float = _AGAIN_S) -> None:
        self._settings = settings
        self._again_s = again_s
        self.well: bool | None = None
        """Whether the bus took what it was sent last; None before anything was."""
        self._producer: Producer | None = None
        self._one = asyncio.Lock()

    async def send(self, messages: Sequence[Message]) -> None:
        """All messages, acknowledged when this returns, however long that takes."""
        async with self._one:
            while messages:
                try:
                    if self._producer is None:
                        self._producer = await Producer(self._settings).__aenter__()
                    await self._producer.send(messages)
                    self.well = True
                    return
                except BusUnavailable as why:
                    self.well = False
                    log.warning(f"{why}; what came waits")
                    await self.close()
                await asyncio.sleep(self._again_s)

    async def close(self) -> None:
        """End the producer."""
        if self._producer is not None:
            producer, self._producer = self._producer, None
            await producer.__aexit__(None, None, None)
