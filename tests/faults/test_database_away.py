"""The database of a view is away while signals are replayed: alarms keep flowing on the topic, the API says that it is
behind, and afterwards its rows are those of a view that was never disturbed; the journal is counted again by a plain client."""

import asyncio
import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from support.alert_events import register, signal
from support.asking import ask
from support.campaign import record
from support.plain_kafka import read_all, uncommitted
from support.postgres import Postgres
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from support.views import Rows, built_from_empty, rows, send
from talaia.alerts.view.project import VIEW
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import ALARMS, JOURNAL, SIGNALS, every_topic
from talaia.contracts.vocabulary import Clock, SignalState
from talaia.stream import topics
from talaia.stream.settings import BusSettings
from talaia.stream.views.store import Store

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]
Start = Callable[[str, str, dict[str, str]], ServiceProcess]
Away = contextlib.AbstractContextManager[None]
DAWN = datetime(2026, 3, 1, 6, tzinfo=UTC)
SITES = 40


class ControlRoom:
    """A worker and an API over a database, with signals that are replayed to them."""

    def __init__(self, bus: BusSettings, start: Start, database_url: str) -> None:
        self.bus, self.url = bus, database_url
        self.signals = 0
        self._now = DAWN
        port = free_port()
        self._address = f"http://127.0.0.1:{port}"
        environment = {
            "TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap,
            "TALAIA_TOPIC_PREFIX": bus.topic_prefix,
            "TALAIA_CLOCK": "replay",
            "TALAIA_KAFKA_FILE": str(bus.kafka_file),
            "TALAIA_ALERTS_LISTEN": f"127.0.0.1:{port}",
            "TALAIA_ALERTS_DATABASE_URL": database_url,
        }
        asyncio.run(send(bus, [register(DAWN)]))
        for role in ("worker", "api"):
            start("alerts", role, environment)
        wait_for(lambda: self.ask("/readyz").status_code == 200, "the API to be ready")

    def replay(self) -> None:
        """A few more signals: each site's condition begins or ends, ten minutes after the one before."""
        self._now += timedelta(minutes=10)
        state = SignalState.BEGAN if self._now.minute % 20 else SignalState.ENDED
        asyncio.run(send(self.bus, (signal(f"T{n}", self._now, state) for n in range(SITES))))
        self.signals += SITES

    def ask(self, path: str) -> httpx.Response:
        """What the API answers; 599 while it does not."""
        try:
            return ask("GET", self._address + path)
        except httpx.HTTPError:
            return httpx.Response(599)

    def behind_s(self) -> float:
        """How far it says it is behind, on an answer of any kind."""
        return float(self.ask("/v1/alarms").headers["talaia-lag"])

    def said(self, topic: str) -> list[bytes]:
        """What stands on a topic, as a plain client reads it."""
        return [one.value for one in read_all(self.bus.kafka_bootstrap, self.bus.topic(topic), 16)]

    def unjudged(self) -> int:
        """Signals that the worker has not settled."""
        return uncommitted(self.bus.kafka_bootstrap, self.bus.topic("alerts-worker"), self.bus.topic(SIGNALS.name), 16)

    def shown(self) -> Rows:
        """The rows of its view."""
        with Store(VIEW, self.url).session() as session:
            return rows(VIEW, session)

    def is_young(self) -> bool:
        """It holds everything, and knows it."""
        ready = self.ask("/readyz")
        return ready.status_code == 200 and ready.json()["lag_events"] == 0 and ready.json()["error"] == ""


@pytest.fixture
def bus(broker: str, prefix: str, tmp_path: Path) -> BusSettings:
    file = sessions_of(3, tmp_path)
    settings = BusSettings(kafka_bootstrap=broker, kafka_file=file, topic_prefix=prefix, clock=Clock.REPLAY)
    topics.apply(settings, every_topic())
    return settings


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """A plain client keeps the file to itself."""
    (file,) = folder.glob("view.alerts_*.sqlite")
    with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("PRAGMA busy_timeout = 30000")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@contextlib.contextmanager
def stopped(postgres: Postgres) -> Iterator[None]:
    """The server is not there."""
    postgres.stop()
    try:
        yield
    finally:
        postgres.start()


def nothing_is_lost(room: ControlRoom, fault: str, away: Away, away_s: float, empty: Path) -> None:
    room.replay()
    wait_for(room.is_young, "the view to show the first alarms")
    with away:
        since, before = time.monotonic(), len(room.said(ALARMS.name))
        while time.monotonic() - since < away_s or "database" not in room.ask("/readyz").text:
            room.replay()
        lag_s, answered = room.behind_s(), room.ask("/v1/alarms").status_code
        flowed = len(room.said(ALARMS.name)) - before
    room.replay()
    wait_for(lambda: room.unjudged() == 0, "the worker to have judged all signals")
    again = asyncio.run(built_from_empty(VIEW, f"sqlite:///{empty}/empty.sqlite", room.bus))
    wait_for(room.is_young, "the view to hold everything again")
    shown = room.shown()
    said, entries = {json.loads(value)["id"] for value in room.said(JOURNAL.name)}, {row[0] for row in shown["journal"]}
    wrong = sum(len(set(again[table]) ^ set(shown[table])) for table in shown)
    seen = f"away for {away_s:.0f} s; {flowed} alarms on the topic meanwhile, the API {lag_s:.0f} s behind, answering {answered}"
    record(fault, rounds=1, events=room.signals, lost=len(said - entries), wrong=wrong, seen=seen)
    assert (said - entries, entries - said, wrong) == (set(), set(), 0)
    assert flowed >= SITES
    assert lag_s > away_s / 2


SHORT_S, LONG_S = 5.0, 30.0
AWAY_S = pytest.mark.parametrize("away_s", [SHORT_S, pytest.param(LONG_S, marks=pytest.mark.slow)])


@AWAY_S
def test_while_a_view_s_file_is_locked_alarms_flow_the_api_says_it_is_behind_and_nothing_is_lost(
    bus: BusSettings, processes: Start, tmp_path: Path, away_s: float
) -> None:
    room = ControlRoom(bus, processes, f"sqlite:///{tmp_path}/view.sqlite")
    nothing_is_lost(room, "SQLite file of a view locked", locked(tmp_path), away_s, tmp_path)


@AWAY_S
def test_while_a_view_s_server_is_stopped_alarms_flow_the_api_says_it_is_behind_and_nothing_is_lost(
    bus: BusSettings, processes: Start, postgres: Postgres, tmp_path: Path, away_s: float
) -> None:
    room = ControlRoom(bus, processes, postgres.new_database())
    nothing_is_lost(room, "PostgreSQL of a view stopped", stopped(postgres), away_s, tmp_path)
