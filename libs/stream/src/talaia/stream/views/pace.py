"""Whether a worker keeps pace with its inputs, as a view sees it that takes the same topics: a dead worker says nothing,
and nothing must not look like calm."""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import NoReturn

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from talaia.contracts.catalogue import Topic
from talaia.stream.connection import connection
from talaia.stream.settings import BusSettings

_LOOK_EVERY_S = 3.0
_ANSWER_S = 10.0
_KNOWN_S = 15.0
"""For so long a look tells something: one may fail and the next may take its time."""
Offsets = Mapping[tuple[str, int], int]
"""Offset of the next record, by topic and partition."""
_log = logging.getLogger(__name__)


class Pace:
    """For how long something has been waiting that a worker has not settled."""

    def __init__(self) -> None:
        self._waiting: dict[tuple[str, int], tuple[int, float]] = {}

    def look(self, seen: Offsets, settled: Offsets, now_s: float) -> None:
        """Compare what stands on the inputs with what was settled."""
        for place, end in seen.items():
            done = settled.get(place, 0)
            target, _ = self._waiting.get(place, (0, now_s))
            if done >= end:
                self._waiting.pop(place, None)
            elif done >= target:
                self._waiting[place] = end, now_s

    def behind_s(self, now_s: float) -> float:
        """Seconds that the longest waiting record has waited; 0 when nothing waits."""
        return max((now_s - since for _, since in self._waiting.values()), default=0.0)


class GroupPace:
    """The pace of a consumer group. seen: how far the view took the group's topics; it blocks, and is called in a thread."""

    def __init__(self, settings: BusSettings, group: str, topics: Sequence[Topic], seen: Callable[[], Offsets]) -> None:
        self._settings = settings
        self._group = settings.topic(group)
        self._places = {
            TopicPartition(settings.topic(topic.name), number): (topic.name, number)
            for topic in topics
            for number in range(topic.partitions)
        }
        self._seen = seen
        self._pace = Pace()
        self._looked_at: float | None = None
        self._said = ""

    def behind_s(self) -> float | None:
        """Seconds that the longest waiting record has waited, as of the last look that the broker answered.

        None as long as no look succeeded, and when the last one that did is too old to tell anything.
        """
        now_s = time.monotonic()
        if self._looked_at is None or now_s - self._looked_at > _KNOWN_S:
            return None
        return self._pace.behind_s(now_s)

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look every few seconds as long as the context lasts."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self) -> NoReturn:
        while True:
            try:
                await self._watch()
            except Exception as error:  # the view says what is wrong with the bus or the database
                self._say(error)
            await asyncio.sleep(_LOOK_EVERY_S)

    async def _watch(self) -> NoReturn:
        admin = AIOKafkaAdminClient(**connection(self._settings), request_timeout_ms=int(_ANSWER_S * 1000))
        try:
            await admin.start()
            while True:
                await self._look(admin)
                await asyncio.sleep(_LOOK_EVERY_S)
        finally:
            await admin.close()

    async def _look(self, admin: AIOKafkaAdminClient) -> None:
        seen = await asyncio.to_thread(self._seen)
        async with asyncio.timeout(_ANSWER_S):
            committed = await admin.list_consumer_group_offsets(self._group, partitions=list(self._places))
        settled = {self._places[place]: max(found.offset, 0) for place, found in committed.items() if place in self._places}
        self._looked_at = time.monotonic()
        self._pace.look(seen, settled, self._looked_at)
        self._said = ""

    def _say(self, error: Exception) -> None:
        """The first of several alike is logged."""
        why = type(error).__name__
        if why != self._said:
            self._said = why
            expected = isinstance(error, (KafkaError, OSError, TimeoutError))
            _log.warning("the pace of %s is not known (%s)", self._group, why, exc_info=None if expected else error)
