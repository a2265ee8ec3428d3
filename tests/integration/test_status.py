"""`talaia status`: what a person sees of workers, and a program reads."""

import json
import signal
import time
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from support.command_line import Command, command, typed
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.settings import BusSettings

__all__ = ["command", "typed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

PARTITION = 3
T0 = datetime.fromisoformat("2026-03-01T02:10:00+00:00")


class Status(NamedTuple):
    code: int
    out: str

    @property
    def json(self) -> dict[str, Any]:
        return json.loads(self.out)

    def group(self, worker: str) -> dict[str, Any]:
        return next(group for group in self.json["bus"]["groups"] if group["worker"] == worker)

    def read(self, topic: str) -> dict[str, Any]:
        return next(each for group in self.json["bus"]["groups"] for each in group["inputs"] if each["topic"] == topic)


Talaia = Callable[..., Status]


@pytest.fixture(scope="module")
def bus(broker: str) -> BusSettings:
    """Topics for all tests here; each uses an input of its own."""
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=f"t{uuid.uuid4().hex[:8]}.")
    topics.apply(settings, every_topic())
    return settings


@pytest.fixture
def talaia(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Talaia:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: Status(*command("status", *arguments)[:2])


def put(bus: BusSettings, topic: str, values: list[bytes], headers: list[tuple[str, bytes]] | None = None) -> None:
    producer = Producer({"bootstrap.servers": bus.kafka_bootstrap})
    for value in values:
        producer.produce(bus.topic(topic), value, key=b"upper", partition=PARTITION, headers=headers or [])
    assert producer.flush(30) == 0


def settle(bus: BusSettings, topic: str, offset: int) -> None:
    """As the alerts worker commits."""
    worker = Consumer({"bootstrap.servers": bus.kafka_bootstrap, "group.id": bus.topic("alerts-worker")})
    worker.commit(offsets=[TopicPartition(bus.topic(topic), PARTITION, offset)], asynchronous=False)
    worker.close()


def event(at: datetime) -> bytes:
    return json.dumps({"recordedtime": at.isoformat()}).encode()


def test_without_topics_it_says_so_within_seconds(talaia: Talaia, prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", prefix)
    started = time.monotonic()
    done = talaia()
    assert time.monotonic() - started < 20
    assert done.code == 1
    assert "run `talaia topics apply`" in done.out


def test_lag_is_told_in_events_in_stream_time_and_in_waiting_time(talaia: Talaia, bus: BusSettings) -> None:
    put(bus, "alerts.signals.v1", [event(T0 + timedelta(minutes=n)) for n in range(6)])
    settle(bus, "alerts.signals.v1", 2)
    done = talaia("alerts", "--json")
    read = done.read("alerts.signals.v1")
    assert (read["lag_events"], read["lag_s"]) == (4, 180.0)
    assert 0 < read["waiting_s"] < 120
    assert done.code == 1
    assert any("nobody does the work of alerts-worker" in problem for problem in done.json["problems"])


def test_what_cannot_be_read_has_no_stream_time_and_stops_nothing(talaia: Talaia, bus: BusSettings) -> None:
    put(bus, "alerts.acts.v1", [b"\x00\xff", event(T0)])
    settle(bus, "alerts.acts.v1", 0)
    read = talaia("--json").read("alerts.acts.v1")
    assert (read["lag_events"], read["lag_s"]) == (2, None)
    assert read["waiting_s"] > 0


def test_rejects_are_counted_and_the_newest_reason_is_told_without_obeying_it(talaia: Talaia, bus: BusSettings) -> None:
    for reason in (b"schema", b"unreadable\x1b[2J"):
        put(bus, "waste.measurements.v1.rejected", [b"{}"], [("reason", reason)])
    rejects = talaia("--json").read("waste.measurements.v1")["rejects"]
    assert (rejects["count"], rejects["newest_reason"]) == (2, "unreadable\\x1b[2J")
    assert "\x1b[2J" not in talaia().out


def test_who_does_the_work_is_told_and_who_went_away_is_missed(
    talaia: Talaia, bus: BusSettings, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path
) -> None:
    port, api_port = free_port(), free_port()
    named = {"TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.topic_prefix}
    environment = named | {"TALAIA_KAFKA_FILE": str(sessions_of(6, tmp_path))}
    worker = processes(
        "waste",
        "worker",
        environment | {"TALAIA_METRICS_PORT": str(port), "TALAIA_INSTANCE": "pump-1"},
    )
    api = processes(
        "waste",
        "api",
        environment
        | {"TALAIA_WASTE_LISTEN": f"127.0.0.1:{api_port}", "TALAIA_WASTE_DATABASE_URL": f"sqlite:///{tmp_path}/waste.sqlite"},
    )
    arguments = ("waste", "--worker", f"http://127.0.0.1:{port}", "--api", f"http://127.0.0.1:{api_port}/")
    seen = [talaia(*arguments, "--json")]

    def all_well() -> bool:
        seen.append(talaia(*arguments, "--json"))
        told = {process["name"]: (process["state"], process["view_lag_events"]) for process in seen[-1].json["processes"]}
        return seen[-1].code == 0 and told == {
            "pump-1": ("ready, holds 16 partitions", None),
            f"127.0.0.1:{api_port}": ("ready", 0),
        }

    wait_for(all_well, "all to be well", last=lambda: seen[-1].out + worker.said()[-2000:])
    done = seen[-1]
    group = done.group("waste-worker")
    (member,) = group["members"]
    assert (group["state"], group["free"], member["name"], member["partitions"]) == ("Stable", [], "pump-1", list(range(16)))
    assert {group["worker"] for group in done.json["bus"]["groups"]} == {"waste-worker"}
    assert "pump-1: 0-15" in talaia(*arguments).out
    worker.kill()
    api._end(signal.SIGKILL)
    gone = talaia(*arguments)
    assert gone.code == 1
    assert gone.out.count("does not answer at") == 2


def test_with_the_broker_away_workers_are_still_asked_and_it_ends_within_seconds(
    talaia: Talaia, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", f"127.0.0.1:{free_port()}")
    started = time.monotonic()
    done = talaia("--worker", f"http://127.0.0.1:{free_port()}")
    assert time.monotonic() - started < 20
    assert done.code == 1
    assert "does not answer" in done.out
    assert "no answer" in done.out


@pytest.mark.parametrize("arguments", [("traffic",), ("--worker", "pump-1:9100"), ("--api", "ftp://x")])
def test_a_mistake_is_told(talaia: Talaia, arguments: tuple[str, ...]) -> None:
    assert talaia(*arguments).code == 2


def test_it_says_when_it_looked(talaia: Talaia) -> None:
    before = wall_now()
    assert datetime.fromisoformat(talaia("--json").json["at"]) >= before
