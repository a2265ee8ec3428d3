"""The alerts service in one process: real worker, real view, real API, on the in-memory bus instead of Kafka.

A control room is the way to the bus (`send`) and the view (`session`, `changes`, `age`) at once, as the API needs them.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import uvicorn
from aiokafka import TopicPartition
from fastapi import FastAPI
from msgspec import UNSET
from sqlmodel import Session
from talaia.alerts.api.app import seated
from talaia.alerts.api.desk import Desk, Sender
from talaia.alerts.view.project import VIEW
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.alerts import (
    Alive,
    Evidence,
    Expectation,
    Location,
    PolicyConfigured,
    Presence,
    Sample,
    Signal,
    Signalled,
    Threshold,
)
from talaia.contracts.catalogue import ACTS, SIGNALS
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.contracts.register import PriorityMatrix, Register, RegisterEntry
from talaia.contracts.vocabulary import Clock, Flag, Priority, SignalState
from talaia.stream.arrivals import Arrivals
from talaia.stream.changes import Changes
from talaia.stream.memory import MemoryBus, MemoryWorker
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.records import Outgoing
from talaia.stream.settings import BusSettings
from talaia.stream.store import Store, ViewPlace
from talaia.stream.view import Age
from talaia.web.access import access

AREA = "demo"
SOURCE = "waste-worker"
MINUTE = timedelta(minutes=1)
TITLES = {
    "waste.overflow_expected": "Overflow expected",
    "waste.overflow_started": "Overflowing",
    "waste.level_high": "Level high",
}


class ControlRoom:
    """Signals in, alarms out, acts back. worker_runs: False lets what is sent wait on the bus."""

    def __init__(self, folder: Path) -> None:
        self.changes = Changes()
        self.worker_runs = True
        self._bus = MemoryBus()
        self._worker = MemoryWorker(AlertsProcessor(), self._bus)
        self._arrivals = Arrivals(VIEW.topics, BusSettings())
        self._store = Store(VIEW, f"sqlite:///{folder / 'view.sqlite'}")
        self._store.open()
        places = [(topic.name, partition) for topic in VIEW.topics for partition in range(topic.partitions)]
        self._store.begin([ViewPlace(topic=topic, partition=partition, topic_id="memory") for topic, partition in places])
        self._head, self._places = self._store.open()
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

    def _take(self) -> None:
        fresh = {
            place: self._bus.records(topic.name, number, self._places[topic.name, number].next_offset)
            for place, (topic, number) in self._arrivals.partitions.items()
        }
        records: dict[TopicPartition, Any] = {place: some for place, some in fresh.items() if some}
        taken, arrivals = self._arrivals.read(records, self._head.change)
        self._store.take(self._head, self._places, taken, arrivals)
        self.changes.rise(self._head.change)


def application(
    room: ControlRoom, *, key_file: Path | None = None, clock: Clock = Clock.WALL, sender: Sender | None = None
) -> FastAPI:
    """The API of a control room."""
    desk = Desk(view=room, sender=sender or room, clock=clock, zone=ZoneInfo("Europe/Madrid"))
    return seated(desk, access("127.0.0.1", key_file))


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
        self._socket = socket.create_server(("127.0.0.1", port))
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


def partition_of_area(area: str) -> int:
    """Where an area's records stand."""
    return partition_of(area.encode(), SIGNALS.partitions)


def alive(at: datetime, *open_conditions: str, source: str = SOURCE, area: str = AREA) -> Message:
    """A source says that it is alive."""
    said = Presence(release="0.1.0", open=list(open_conditions))
    event = Alive(id=f"alive {source} {at.isoformat()}", source=source, time=at, recordedtime=at, data=said)
    return Message(SIGNALS, area, event)


def signal(
    site: str,
    at: datetime,
    state: SignalState = SignalState.BEGAN,
    *,
    kind: str = "waste.overflow_expected",
    priority: Priority = Priority.HIGH,
    in_min: float | None = None,
    evidence: Evidence | None = None,
    guidance: str | None = None,
    subject: str | None = None,
    source: str = SOURCE,
    area: str = AREA,
    probability: float | None = None,
) -> Message:
    """A source says something of one condition of one site."""
    data = Signal(
        condition_id=f"{kind}/{site}",
        kind=kind,
        subject=subject or site,
        location=Location(site=site),
        state=state,
        priority=priority,
        probability=UNSET if probability is None else probability,
        expected_at=UNSET if in_min is None else at + timedelta(minutes=in_min),
        expires_at=at + timedelta(minutes=30),
        evidence=evidence or UNSET,
        guidance=guidance or UNSET,
    )
    event = Signalled(id=f"{kind}/{site}/{state}/{at.isoformat()}", source=source, time=at, recordedtime=at, data=data)
    return Message(SIGNALS, area, event)


def overflow_evidence(at: datetime, crest_m: float = 5.0, last_m: float = 4.0) -> Evidence:
    """An hour of a tank that fills, and half an hour of its path."""
    levels = [
        Sample(time=at - (12 - n) * 5 * MINUTE, value=1.7 if n < 6 else 1.7 + (last_m - 1.7) * (n - 5) / 7, unit="m")
        for n in range(13)
    ]
    levels[3] = Sample(time=levels[3].time, value=4.4, unit="m", flag=Flag.FAIL)
    rain = [Sample(time=at - (8 - n) * 5 * MINUTE, value=mm, unit="mm") for n, mm in enumerate((0.4, 1.2, 3.1, 2.6, 0.8))]
    path = [
        Expectation(time=at + n * 5 * MINUTE, value=min(last_m + (crest_m - last_m) * n / 5, crest_m + 0.1), unit="m")
        for n in range(1, 7)
    ]
    return Evidence(
        rule="waste.overflow_expected",
        rule_version="1",
        configuration="9f2c1d0ab34e5f6789",
        model="grey_box 1, learnt from 2880 steps",
        readings=levels + rain,
        thresholds=[Threshold(name="crest", value=crest_m, unit="m"), Threshold(name="warned_from", value=4.75, unit="m")],
        forecast=path,
        facts={"rain_mm_30min": 8.4, "slope_m_per_min": 0.066, "minutes_to_overflow": 24.0},
    )


def now() -> datetime:
    """The wall's time: what the page compares ages with."""
    return datetime.now(UTC)  # noqa: TID251


def register(at: datetime, area: str = AREA) -> Message:
    """The area's alarm policy, with the kinds that `signal` speaks of."""
    said = Register(
        area=area,
        hash="5b1c9d0e7a",
        valid_from=at,
        decided_by="engineer",
        priority=PriorityMatrix(minutes=[10.0, 60.0], classes={"minor": [Priority.LOW] * 3, "major": [Priority.MEDIUM] * 3}),
        kinds=[_kind(kind, title) for kind, title in TITLES.items()],
    )
    event = PolicyConfigured(id=f"policy {at.isoformat()}", source="cli", time=at, recordedtime=at, data=said)
    return Message(ACTS, area, event)


def _kind(kind: str, title: str) -> RegisterEntry:
    return RegisterEntry(
        kind=kind,
        title={"en": title},
        domain="waste",
        purpose="Tell in time.",
        cause="Rain.",
        consequence="Sewage in the river.",
        response="Look at the gate.",
        time_to_respond_min=30,
        consequence_class="minor",
    )
