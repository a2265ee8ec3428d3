"""The alerts service in one process: real worker, real view, real API, on the in-memory bus instead of Kafka.

A control room is the way to the bus (`send`) and the view (`session`, `changes`, `age`) at once, as the API needs them.
"""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from aiokafka import TopicPartition
from fastapi import FastAPI
from sqlmodel import Session
from starlette.types import Lifespan
from talaia.alerts.api.app import JUDGED, ROUTERS, seat
from talaia.alerts.api.desk import Desk, Sender
from talaia.alerts.notify.webhooks.kept import Subscriptions
from talaia.alerts.view import queries
from talaia.alerts.view.project import VIEW
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.records import Outgoing
from talaia.stream.processor import Message
from talaia.stream.settings import BusSettings
from talaia.stream.views.arrivals import Arrivals
from talaia.stream.views.changes import Changes
from talaia.stream.views.pace import Pace
from talaia.stream.views.store import Store
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.view import Age
from talaia.web.access import access
from talaia.web.app import create_app
from talaia.web.serve import listen


class ControlRoom:
    """Signals in, alarms out, acts back. worker_runs: False lets what is sent wait on the bus.

    pace_known: False: nobody says how far the worker is.
    """

    def __init__(self, folder: Path) -> None:
        self.changes = Changes()
        self.worker_runs = self.pace_known = True
        self._bus = MemoryBus()
        self._pace = Pace()
        self._worker = MemoryWorker(AlertsProcessor(), self._bus)
        self._arrivals = Arrivals(VIEW.topics, BusSettings())
        self._store = Store(VIEW, f"sqlite:///{folder / 'view.sqlite'}")
        self._head = self._store.open()
        self._store.complete(self._head)
        self.subscriptions = Subscriptions(f"sqlite:///{folder / 'view.sqlite'}")
        places = [(topic.name, partition) for topic in VIEW.topics for partition in range(topic.partitions)]
        self._store.begin([ViewPlace(topic=topic, partition=partition, topic_id="memory") for topic, partition in places])
        self._places = self._store.places()
        self.view_id = self._head.view_id

    async def send(self, messages: Sequence[Message]) -> None:
        """To the bus, through the worker, into the view."""
        for message in messages:
            value = msgspec.json.encode(message.event)
            self.put(Outgoing(message.topic.name, message.key.encode(), value, (CONTENT_TYPE_HEADER,)))
        if self.worker_runs:
            for said in self._worker.run():
                self.put(said)
        self._take()

    def put(self, record: Outgoing) -> None:
        """A record as it is."""
        self._bus.append(record, 16)

    def age(self) -> Age:
        """How old the view is: it takes everything at once."""
        dated_by = {topic.name for topic in VIEW.dated_by}
        clocks = [place.clock for place in self._places.values() if place.topic in dated_by and place.clock]
        return Age(as_of=max(clocks, default=None), lag_s=0.0, lag_events=0)

    def behind_s(self) -> float | None:
        """For how long the longest waiting signal or act has waited for the worker."""
        if not self.pace_known:
            return None
        judged = {
            (topic.name, fold.partition): fold.offsets.get(topic.name, -1) + 1 for topic in JUDGED for fold in self._worker.folds
        }
        with self.session() as session:
            seen = queries.reached(session, [topic.name for topic in JUDGED])
        self._pace.look(seen, judged, time.monotonic())
        return self._pace.behind_s(time.monotonic())

    async def unready(self) -> str:
        """It can always be shown."""
        return ""

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session for reading."""
        with self._store.session() as session:
            yield session

    def close(self) -> None:
        """Let go of the database."""
        self._store.engine.dispose()
        self.subscriptions.close()

    def _take(self) -> None:
        fresh = {
            place: self._bus.records(topic.name, number, self._places[topic.name, number].next_offset)
            for place, (topic, number) in self._arrivals.partitions.items()
        }
        records: dict[TopicPartition, Any] = {place: some for place, some in fresh.items() if some}
        ends = {place: some[-1].offset + 1 for place, some in records.items()}
        taken, arrivals = self._arrivals.read(records, ends)
        self._store.take(self._head, self._places, taken, arrivals)
        self.changes.rise(self._head.change)


def application(
    room: ControlRoom,
    *,
    key_file: Path | None = None,
    oidc_file: Path | None = None,
    clock: Clock = Clock.WALL,
    sender: Sender | None = None,
    lifespan: Lifespan[FastAPI] | None = None,
) -> FastAPI:
    """The API of a control room."""
    desk = Desk(view=room, sender=sender or room, judging=room, clock=clock)
    app = create_app(
        title="Talaia alerts",
        version="1",
        access=access("127.0.0.1", key_file, oidc_file),
        shown=room,
        routers=ROUTERS,
        lifespan=lifespan,
    )
    app.state.projection = room
    seat(app, desk, room.subscriptions)
    return app


class _Server(uvicorn.Server):
    """Says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class Served:
    """The API of a control room on a port of this machine, in a thread."""

    def __init__(self, app: FastAPI, room: ControlRoom, port: int = 0) -> None:
        self.room = room
        self._server = _Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
        self._loop = asyncio.new_event_loop()
        self._socket = listen("127.0.0.1", port)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listen."""
        self._thread.start()
        assert self._server.listening.wait(20), "the API did not start"

    def stop(self) -> None:
        """As SIGTERM would."""
        self._loop.call_soon_threadsafe(self.room.changes.close)
        self._server.should_exit = True
        self._thread.join(20)

    def say(self, *messages: Message) -> None:
        """Send to the bus, from outside the API's thread."""
        asyncio.run_coroutine_threadsafe(self.room.send(messages), self._loop).result(20)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve(sockets=[self._socket]))
