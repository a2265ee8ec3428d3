"""Takes topics into the view of an API: rows and offsets in one transaction, so a crash neither loses nor doubles one.

It goes on for ever. With the database or the broker away it tries again, while the API answers what it has and says
how old that is.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Iterator
from typing import NoReturn

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from talaia.contracts.catalogue import every_topic
from talaia.stream.connection import knock
from talaia.stream.rights import rights_of, view_group
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusUnavailable
from talaia.stream.views.arrivals import Arrivals, Ends, Records
from talaia.stream.views.changes import Changes
from talaia.stream.views.lag import Lag
from talaia.stream.views.origin import MadeAnew, begun
from talaia.stream.views.share import Share
from talaia.stream.views.store import Overtaken, Places, Store
from talaia.stream.views.tables import ViewHead, ViewPlace
from talaia.stream.views.taking import AWAY, take
from talaia.stream.views.view import Age, View

_BATCH_RECORDS = 5_000
_LOOK_SECONDS = 0.25
_MEASURE_SECONDS = 1.0
_ANSWER_SECONDS = 5.0
_SHORTEST_PAUSE_S, _LONGEST_PAUSE_S = 0.5, 10.0
_UNFORESEEN = "the view cannot be kept up"
_log = logging.getLogger(__name__)


class Rebuilt(Exception):
    """Other rows stand in the place of those that were being kept up."""


class Projection:
    """One view, kept up with its topics while it is `running`; everything else can be asked at any time."""

    def __init__(self, view: View, database_url: str, settings: BusSettings) -> None:
        self.changes = Changes()
        self.view_id = ""
        self._view = view
        self._settings = settings
        self._store = Store(view, database_url)
        self._arrivals = Arrivals(view.topics, settings)
        self._places: Places = {}
        self._lag = Lag()
        self._error = "starting"

    # -- what can be asked

    def age(self) -> Age:
        """How old the view is."""
        dated_by = {topic.name for topic in self._view.dated_by}
        clocks = [place.clock for place in self._places.values() if place.clock is not None and place.topic in dated_by]
        lag_s = self._lag.seconds(time.monotonic())
        return Age(as_of=max(clocks, default=None), lag_s=lag_s, lag_events=self._lag.events, error=self._error)

    async def unready(self) -> str:
        """Why the view cannot be shown; empty when it can, however old it is."""
        if not self.view_id:
            return self._error
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                head = await asyncio.to_thread(self._store.head)
        except (SQLAlchemyError, TimeoutError) as error:
            return f"the view's database does not answer ({type(error).__name__})"
        if head.complete:
            return ""
        left = "it is not known how many" if self._lag.events is None else f"{self._lag.events}"
        return f"the view is being made from its topics, {left} events are to go" + (f": {self._error}" if self._error else "")

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session for reading. Raises SQLAlchemyError when the database is away."""
        with self._store.session() as session:
            yield session

    # -- keeping up

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the view up as long as the context lasts."""
        tasks = [asyncio.create_task(self._keep_up()), asyncio.create_task(self._watch())]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _watch(self) -> NoReturn:
        """Hear of what other processes wrote: whoever watches this view is told of every change of it."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            if self.view_id:
                try:
                    self._see(await asyncio.to_thread(self._store.head))
                except SQLAlchemyError:  # said by the one who takes records
                    self._store.engine.dispose()  # another file may stand there by now

    def _see(self, head: ViewHead) -> None:
        if head.view_id == self.view_id:
            self.changes.rise(head.change)
        else:
            self.view_id = head.view_id
            self.changes.begin(head.change)

    async def _keep_up(self) -> NoReturn:
        pause_s = _SHORTEST_PAUSE_S
        while True:
            started = time.monotonic()
            try:
                await self._follow()
            except Exception as error:
                self._say(error)
            self._lag.unknown()
            pause_s = _SHORTEST_PAUSE_S if time.monotonic() - started > _LONGEST_PAUSE_S else min(2 * pause_s, _LONGEST_PAUSE_S)
            await asyncio.sleep(pause_s)

    async def _follow(self) -> None:
        """Take records until something fails or the view is rebuilt."""
        head = await asyncio.to_thread(self._store.open)
        self._see(head)
        await knock(self._settings)
        group = view_group(self._view.name, self._store.shape).name if self._store.shared else None
        share = Share(self._settings, self._arrivals.partitions.keys(), group)
        try:
            await share.start()
            rights = rights_of(f"{self._view.name} api", every_topic())  # also for what comes in at its doors
            self._places = await asyncio.to_thread(begun, self._view, self._store, self._settings, rights)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._take(share, head))
                tasks.create_task(self._measure(share, head))
        finally:
            await share.stop()

    async def _take(self, share: Share, head: ViewHead) -> None:
        while True:
            if self.view_id != head.view_id:
                raise Rebuilt
            if share.stale:
                await self._seek(share)
            records, reached = await share.fetch(_BATCH_RECORDS)
            ends = self._arrivals.moved(reached, self._places)
            places = {self._arrivals.places[partition]: self._place(partition) for partition in ends}
            try:
                if ends:
                    await self._write(head, places, records, ends)
            except Overtaken:
                self._see(await asyncio.to_thread(self._store.head))
                if not self._store.shared and self.view_id == head.view_id:
                    raise
                share.forget()

    async def _seek(self, share: Share) -> None:
        """Go on where the view stands. Raises MadeAnew."""
        self._places = await asyncio.to_thread(self._store.places)
        first, ends = await share.firsts(), await self._ends(share)
        offsets = {}
        for partition in ends:
            next_offset = self._place(partition).next_offset
            offsets[partition] = max(next_offset, first[partition])
            if 0 < next_offset < first[partition]:
                _log.warning("records of %s were deleted before the view took them: rebuild it", partition.topic)
        share.seek(offsets)

    async def _write(self, head: ViewHead, places: Places, records: Records, ends: Ends) -> None:
        """Write a batch, however long the database is away. Raises Overtaken, and SQLAlchemyError when it is wrong."""
        pause_s = _SHORTEST_PAUSE_S
        while True:
            try:
                await asyncio.to_thread(take, self._store, self._arrivals, head, places, records, ends)
                break
            except AWAY as error:
                self._say(error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
        self._error = ""
        self.changes.rise(head.change)

    async def _measure(self, share: Share, head: ViewHead) -> None:
        """Once a second ask the broker where the topics end, and the database how far others took them. Raises MadeAnew."""
        while True:
            try:
                if self._store.shared:
                    others = await asyncio.to_thread(self._store.places)
                    mine = {self._arrivals.places[partition] for partition in share.sought}
                    self._places |= {place: found for place, found in others.items() if place not in mine}
                async with asyncio.timeout(_ANSWER_SECONDS):
                    await self._ends(share)
                if self._lag.events == 0 and not head.complete:
                    await asyncio.to_thread(self._store.complete, head)
            except (KafkaError, TimeoutError, SQLAlchemyError) as error:
                self._lag.unknown()
                self._say(error)
            await asyncio.sleep(_MEASURE_SECONDS)

    async def _ends(self, share: Share) -> Ends:
        """Where the topics end now, which is what the lag is measured by. Raises MadeAnew, KafkaError."""
        # asked after this: who takes records meanwhile, here or in another process, is not ahead of a topic
        before = {partition: self._place(partition).next_offset for partition in self._arrivals.partitions}
        ends = await share.ends()
        for partition, end in ends.items():
            if end < before[partition]:
                raise MadeAnew(self._place(partition).topic, self._view)
        taken = {place: found.next_offset for place, found in self._places.items()}
        self._lag.look({self._arrivals.places[partition]: end for partition, end in ends.items()}, taken, time.monotonic())
        if self._lag.events == 0:
            self._error = ""
        return ends

    def _place(self, partition: TopicPartition) -> ViewPlace:
        return self._places[self._arrivals.places[partition]]

    def _say(self, error: Exception) -> None:
        """Keep for people why the view does not go on; the first of several alike is logged."""
        sentence = _sentence(error)
        if sentence != self._error:
            self._error = sentence
            _log.error(sentence, exc_info=error if sentence.startswith(_UNFORESEEN) else None)


def _sentence(error: BaseException) -> str:
    if isinstance(error, ExceptionGroup):
        return _sentence(error.exceptions[0])
    if isinstance(error, Rebuilt):
        return "the view was rebuilt and goes on"
    if isinstance(error, Overtaken):
        return "another process takes the same topics into this database"
    if isinstance(error, SQLAlchemyError):
        return f"the view's database does not take what arrives ({type(error).__name__})"
    if isinstance(error, (BusUnavailable, MadeAnew, Stop)):
        return str(error)
    if isinstance(error, (KafkaError, TimeoutError, OSError)):
        return f"Kafka does not answer ({type(error).__name__})"
    return f"{_UNFORESEEN} ({type(error).__name__})"
