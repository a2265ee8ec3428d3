"""Takes topics into the view of an API: rows and offsets in one transaction, so a crash neither loses nor doubles one.

It goes on for ever. With the database or the broker away it tries again, while the API answers what it has and says
how old that is. One process takes all partitions, without a consumer group: the offsets stand in the database.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import NoReturn

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from talaia.stream.connection import connection, knock
from talaia.stream.preflight import topic_ids
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusUnavailable
from talaia.stream.views.arrivals import Arrivals, Records
from talaia.stream.views.changes import Changes
from talaia.stream.views.store import Overtaken, Store, ViewHead, ViewPlace
from talaia.stream.views.view import Age, View

_BATCH_RECORDS = 5_000
_POLL_MS = 500
_MEASURE_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_REQUEST_TIMEOUT_MS = 10_000
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0
_UNFORESEEN = "the view cannot be kept up"
_log = logging.getLogger(__name__)


class MadeAnew(RuntimeError):
    """A topic is not the one that the view was made from."""


class Projection:
    """One view, kept up with its topics by `run`; everything else can be asked at any time."""

    def __init__(self, view: View, database_url: str, settings: BusSettings) -> None:
        self.changes = Changes()
        self.view_id = ""
        self._view = view
        self._settings = settings
        self._store = Store(view, database_url)
        self._arrivals = Arrivals(view.topics, settings)
        self._places: dict[tuple[str, int], ViewPlace] = {}
        self._reached: dict[TopicPartition, int] = {}
        self._current_at = time.monotonic()
        self._lag_events: int | None = None
        self._error = "starting"

    # -- what can be asked

    def age(self) -> Age:
        """How old the view is."""
        dated_by = {topic.name for topic in self._view.dated_by}
        clocks = [place.clock for place in self._places.values() if place.clock is not None and place.topic in dated_by]
        lag_s = time.monotonic() - self._current_at
        return Age(as_of=max(clocks, default=None), lag_s=lag_s, lag_events=self._lag_events, error=self._error)

    async def unready(self) -> str:
        """Why the view cannot be shown; empty when it can, however old it is."""
        if not self.view_id:
            return self._error
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await asyncio.to_thread(self._store.ask)
        except (SQLAlchemyError, TimeoutError) as error:
            return f"the view's database does not answer ({type(error).__name__})"
        return ""

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session for reading. Raises SQLAlchemyError when the database is away."""
        with self._store.session() as session:
            yield session

    # -- keeping up

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the view up as long as the context lasts."""
        task = asyncio.create_task(self.run())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def run(self) -> NoReturn:
        """Keep the view up with its topics until cancelled."""
        pause_s = _SHORTEST_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                await self._follow()
            except Exception as error:
                self._say(error)
            self._lag_events = None
            pause_s = _SHORTEST_PAUSE_S if time.monotonic() - started > _LONGEST_PAUSE_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _follow(self) -> None:
        """Take records until something fails."""
        head, self._places = await asyncio.to_thread(self._store.open)
        self.view_id = head.view_id
        self.changes.rise(head.change)
        await knock(self._settings)
        consumer = AIOKafkaConsumer(
            **connection(self._settings),
            client_id=self._settings.instance or "talaia",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            request_timeout_ms=_REQUEST_TIMEOUT_MS,
        )
        try:
            await consumer.start()
            await asyncio.to_thread(self._know_topics)
            await self._seek(consumer)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._take(consumer, head))
                tasks.create_task(self._measure(consumer))
        finally:
            await consumer.stop()

    def _know_topics(self) -> None:
        """Compare the topics' ids with those the view was made from. Raises MadeAnew, BusUnavailable, Stop."""
        found = topic_ids(self._settings, self._view.topics)
        for place in self._places.values():
            if place.topic in found and place.topic_id != found[place.topic]:
                raise MadeAnew(place.topic)
        new = [
            ViewPlace(topic=topic.name, partition=partition, topic_id=found[topic.name])
            for topic in self._view.topics
            for partition in range(topic.partitions)
            if (topic.name, partition) not in self._places
        ]
        self._store.begin(new)
        self._places |= {(place.topic, place.partition): place for place in new}

    async def _seek(self, consumer: AIOKafkaConsumer) -> None:
        partitions = list(self._arrivals.partitions)
        consumer.assign(partitions)
        first, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        for partition in partitions:
            place = self._place(partition)
            if ends[partition] < place.next_offset:
                raise MadeAnew(place.topic)
            if 0 < place.next_offset < first[partition]:
                _log.warning("records of %s were deleted before the view took them: rebuild it", partition.topic)
            consumer.seek(partition, max(place.next_offset, first[partition]))

    async def _take(self, consumer: AIOKafkaConsumer, head: ViewHead) -> None:
        while True:
            records = await consumer.getmany(timeout_ms=_POLL_MS, max_records=_BATCH_RECORDS)
            if records:
                await self._write(head, records)
            for partition in consumer.assignment():
                self._reached[partition] = await consumer.position(partition)

    async def _write(self, head: ViewHead, records: Records) -> None:
        """Write a batch, however long the database is away. Raises Overtaken."""
        pause_s = _SHORTEST_PAUSE_S
        while True:
            try:
                await asyncio.to_thread(self._write_once, head, records)
                break
            except SQLAlchemyError as error:
                self._say(error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        self._error = ""
        self.changes.rise(head.change)

    def _write_once(self, head: ViewHead, records: Records) -> None:
        taken, arrivals = self._arrivals.read(records, head.change)
        self._store.take(head, self._places, taken, arrivals)

    async def _measure(self, consumer: AIOKafkaConsumer) -> None:
        """Ask the broker once a second where the topics end. Raises MadeAnew."""
        while True:
            try:
                async with asyncio.timeout(_ANSWER_SECONDS):
                    self._compare(await consumer.end_offsets(list(consumer.assignment())))
            except (KafkaError, TimeoutError) as error:
                self._lag_events = None
                self._say(error)
            await asyncio.sleep(_MEASURE_SECONDS)

    def _compare(self, ends: Mapping[TopicPartition, int]) -> None:
        """What is still to be taken; a compacted topic may end in records that no longer exist, so a reader's place counts."""
        lag_events = 0
        for partition, end in ends.items():
            next_offset = self._place(partition).next_offset
            if end < next_offset:
                raise MadeAnew(self._place(partition).topic)
            lag_events += end - min(end, max(next_offset, self._reached.get(partition, 0)))
        self._lag_events = lag_events
        if not lag_events:
            self._current_at = time.monotonic()
            self._error = ""

    def _place(self, partition: TopicPartition) -> ViewPlace:
        topic, number = self._arrivals.partitions[partition]
        return self._places[topic.name, number]

    def _say(self, error: Exception) -> None:
        """Keep for people why the view does not go on; the first of several alike is logged."""
        sentence = _sentence(error)
        if sentence != self._error:
            self._error = sentence
            _log.error(sentence, exc_info=error if sentence.startswith(_UNFORESEEN) else None)


def _sentence(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return _sentence(error.exceptions[0])
    if isinstance(error, MadeAnew):
        return f"topic {error} was deleted and made anew: delete the view's database and start again, it is rebuilt"
    if isinstance(error, Overtaken):
        return "another process takes the same topics into this database"
    if isinstance(error, SQLAlchemyError):
        return f"the view's database does not take what arrives ({type(error).__name__})"
    if isinstance(error, (BusUnavailable, Stop)):
        return str(error)
    if isinstance(error, (KafkaError, TimeoutError, OSError)):
        return f"Kafka does not answer ({type(error).__name__})"
    return f"{_UNFORESEEN} ({type(error).__name__})"
