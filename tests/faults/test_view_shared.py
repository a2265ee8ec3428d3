"""Two API processes share a view on one PostgreSQL; one is killed or frozen under load. A plain client counts the topic
again: each reading is one row with its newest judgement, and each record was taken once."""

import asyncio
import json
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from support.asking import answers, ask
from support.campaign import record
from support.plain_kafka import read_all
from support.postgres import Postgres
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from support.views import built_from_empty, rows, send
from support.waste_events import configured, read
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import READINGS
from talaia.stream import topics
from talaia.stream.settings import BusSettings
from talaia.stream.views.store import Store
from talaia.waste.view.project import VIEW

pytestmark = [pytest.mark.broker, pytest.mark.timeout(900)]
Start = Callable[[str, str, dict[str, str]], ServiceProcess]
SESSION_S = 3.0
START_S = 180.0
SITES = 40
AT_ONCE = 400
PAUSE_S = 0.5  # between two of them while a process is frozen: a recount must end in a minute on a busy machine


class Api:
    """One of the processes that share the view."""

    def __init__(self, bus: BusSettings, start: Start, database_url: str) -> None:
        port = free_port()
        self._address = f"http://127.0.0.1:{port}"
        environment = {
            "TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap,
            "TALAIA_TOPIC_PREFIX": bus.topic_prefix,
            "TALAIA_KAFKA_FILE": str(bus.kafka_file),
            "TALAIA_WASTE_LISTEN": f"127.0.0.1:{port}",
            "TALAIA_WASTE_DATABASE_URL": database_url,
        }
        self.process = start("waste", "api", environment)

    def taken(self) -> int:
        """Readings that it says were taken into the view; -1 while it does not answer."""
        try:
            answer = ask("GET", f"{self._address}/v1/summary", timeout=10)
        except httpx.HTTPError:
            return -1
        return int(answer.json()["events"].get(READINGS.name, {"taken": 0})["taken"]) if answer.status_code == 200 else -1

    def is_ready(self) -> bool:
        """It can be asked."""
        return answers(f"{self._address}/readyz")


class Shared:
    """A view that two processes keep up, and readings that are judged again and again."""

    def __init__(self, bus: BusSettings, start: Start, database_url: str) -> None:
        self.bus, self.url = bus, database_url
        self.sent = 0
        asyncio.run(send(bus, [configured(*(f"T{n}" for n in range(SITES)))]))
        self.apis = [Api(bus, start, database_url) for _ in range(2)]
        for api in self.apis:
            wait_for(api.is_ready, "both APIs to be ready", START_S)

    def more(self) -> None:
        """Some readings; each second one judges a former one anew. Ten a second: however many, none is old enough to go."""
        numbers = range(self.sent, self.sent + AT_ONCE)
        asyncio.run(
            send(
                self.bus,
                (read(n - n % 2, site=f"T{n % SITES // 2}", level_m=n / 1000, at=(n - n % 2) / 600, order=n) for n in numbers),
            )
        )
        self.sent += AT_ONCE

    def take_everything(self) -> None:
        """Wait until either process shows that all was taken."""
        for api in self.apis:
            wait_for(lambda api=api: api.taken() == self.sent, f"all {self.sent} readings to be shown by both", START_S)  # type: ignore[misc]

    def compared(self, folder: Path) -> tuple[int, int]:
        """Readings that are not shown, and rows that differ from the topic as a plain client folds it, or from a view that was
        never disturbed.
        """
        newest: dict[str, tuple[str, float]] = {}
        for one in read_all(self.bus.kafka_bootstrap, self.bus.topic(READINGS.name), 16):
            event = json.loads(one.value)
            held = newest.get(event["data"]["measurement"], ("", 0.0))
            newest[event["data"]["measurement"]] = max(held, (event["sequence"], event["data"]["value"]))
        with Store(VIEW, self.url).session() as session:
            shown = rows(VIEW, session)
        columns = [column.name for column in VIEW.tables[2].__table__.columns]  # type: ignore[attr-defined]
        held_rows = {row[columns.index("measurement")]: row[columns.index("value")] for row in shown["waste_readings"]}
        missing = newest.keys() - held_rows.keys()
        differ = sum(newest.get(name, ("", None))[1] != value for name, value in held_rows.items())
        again = asyncio.run(built_from_empty(VIEW, f"sqlite:///{folder}/empty.sqlite", self.bus))
        return len(missing), differ + sum(len(set(map(repr, again[table])) ^ set(map(repr, shown[table]))) for table in shown)


@pytest.fixture
def shared(broker: str, prefix: str, processes: Start, postgres: Postgres, tmp_path: Path) -> Shared:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix, kafka_file=sessions_of(SESSION_S, tmp_path))
    topics.apply(bus, VIEW.topics)
    return Shared(bus, processes, postgres.new_database())


def killed(shared: Shared, victim: Api, chance: random.Random) -> None:
    time.sleep(chance.random() / 2)
    victim.process.kill()
    shared.more()
    victim.process.start()


def frozen(shared: Shared, victim: Api, chance: random.Random) -> None:
    time.sleep(chance.random() / 2)
    assert victim.process.process is not None
    victim.process.process.send_signal(signal.SIGSTOP)
    end = time.monotonic() + 2 * SESSION_S
    while time.monotonic() < end:
        shared.more()
        time.sleep(PAUSE_S)
    victim.process.process.send_signal(signal.SIGCONT)


FAULTS = {"SIGKILL": killed, "SIGSTOP for twice the session": frozen}


@pytest.mark.parametrize(
    ("fault", "rounds"), [("SIGKILL", 1), *(pytest.param(fault, 10, marks=pytest.mark.slow) for fault in FAULTS)]
)
def test_when_a_process_that_shares_a_view_is_killed_or_frozen_the_rows_are_right_and_nothing_is_taken_twice(
    shared: Shared, fault: str, rounds: int, tmp_path: Path
) -> None:
    chance = random.Random(rounds)
    for number in range(rounds):
        shared.more()
        FAULTS[fault](shared, shared.apis[number % 2], chance)
        shared.more()
    shared.take_everything()
    lost, wrong = shared.compared(tmp_path)
    record(f"{fault} of one of two APIs that share a view", rounds=rounds, events=shared.sent, lost=lost, wrong=wrong)
    assert (lost, wrong) == (0, 0)
