"""A city incident told as a story: sensors are read, time passes by the stream, operators see and act over HTTP.

city.at("02:10").tank("T1").stands_at(4.1)
city.within("5 min").operators_see("waste.overflow_expected", "T1")
"""

import asyncio
import json
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from talaia.alerts.service import SERVICE as ALERTS
from talaia.cli.kafka.node import free_port
from talaia.cli.traffic.look import newest
from talaia.contracts.catalogue import MEASUREMENTS, every_topic
from talaia.contracts.vocabulary import Clock, Quantity, Unit
from talaia.contracts.waste import Measured, Measurement
from talaia.stream import topics
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.waste.service import SERVICE as WASTE

DEMO = Path(__file__).parents[2] / "infra" / "cities" / "demo"
NIGHT = datetime(2026, 3, 2, tzinfo=UTC)
CATCHMENT = "besos"
TRANSMISSION = timedelta(seconds=5)
PATIENCE_S = 60.0
Start = Callable[[str, str, dict[str, str]], ServiceProcess]


class Sensor:
    """One sensor of the city."""

    def __init__(self, city: "City", site: str, quantity: Quantity, unit: Unit) -> None:
        self._city, self._site, self._quantity, self._unit = city, site, quantity, unit

    def reads(self, value: float) -> None:
        """It measures now; the value reaches the city five seconds later."""
        now = self._city.now
        data = Measurement(
            site=self._site, sensor=f"{self._site}.{self._quantity}", quantity=self._quantity, value=value, unit=self._unit
        )
        event = Measured(id=str(uuid.uuid4()), source="story", time=now, recordedtime=now + TRANSMISSION, data=data)
        self._city.tell([Message(MEASUREMENTS, CATCHMENT, event)])

    stands_at = reads


MAY_BE_EMPTY = {"waste.equipment.v1", "waste.scores.v1", "waste.spills.v1"}
"""A night without pumps and without an overflow leaves nothing there."""


class City:
    """The demo city on a real bus, every process real; time is the story's."""

    def __init__(self, bootstrap: str, prefix: str, start: Start, folder: Path) -> None:
        self._told: list[Message] = []
        self.now = NIGHT
        self.settings = BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix, clock=Clock.REPLAY)
        topics.apply(self.settings, every_topic())
        self.tell([*WASTE.configure(DEMO, "engineer", self.now), *ALERTS.configure(DEMO, "engineer", self.now)])
        port = free_port()
        environment = {
            "TALAIA_KAFKA_BOOTSTRAP": bootstrap,
            "TALAIA_TOPIC_PREFIX": prefix,
            "TALAIA_CLOCK": "replay",
            "TALAIA_KAFKA_FILE": str(sessions_of(3, folder)),
            "TALAIA_ALERTS_LISTEN": f"127.0.0.1:{port}",
            "TALAIA_ALERTS_DATABASE_URL": f"sqlite:///{folder / 'alerts.sqlite'}",
        }
        self.workers = {service: start(service, "worker", environment) for service in ("waste", "alerts")}
        self.api = start("alerts", "api", environment)
        self._address = f"http://127.0.0.1:{port}"

    # -- the story

    def at(self, clock: str) -> Self:
        """Time of day; it only moves on."""
        hours, minutes = clock.split(":")
        self.now = NIGHT + timedelta(hours=int(hours), minutes=int(minutes))
        return self

    def tank(self, site: str) -> Sensor:
        """The level sensor of a tank, metres."""
        return Sensor(self, site, Quantity.LEVEL, Unit.METRE)

    def gauge(self, gauge: str) -> Sensor:
        """A rain gauge, millimetres since the last reading."""
        return Sensor(self, gauge, Quantity.RAINFALL, Unit.MILLIMETRE)

    def within(self, limit: str) -> Self:
        """Let stream time pass."""
        amount, unit = limit.split()
        self.now += timedelta(**{{"min": "minutes", "s": "seconds"}[unit]: float(amount)})
        self.tell([WASTE.processor().tick(CATCHMENT, self.now)])
        self.send()
        return self

    def workers_are_killed(self) -> None:
        """SIGKILL for all of them, with work at hand."""
        self.send()
        for worker in self.workers.values():
            worker.kill()

    def workers_come_back(self) -> None:
        """As their supervisor would have it."""
        for worker in self.workers.values():
            worker.start()

    def operators_see(self, kind: str, site: str, **expected: Any) -> dict[str, Any]:
        """The alarm as the API shows it, once it is as expected."""
        found: dict[str, Any] = {}

        def so() -> bool:
            found.clear()
            found.update(self.alarm(kind, site))
            return bool(found) and all(found.get(name) == value for name, value in expected.items())

        wait_for(so, f"{kind} at {site} with {expected}, seen last: {found}", PATIENCE_S)
        assert datetime.fromisoformat(found["began_at"]) <= self.now
        return found

    def operator_acknowledges(self, alarm: dict[str, Any]) -> None:
        """By the API, as the operator page does."""
        body = json.dumps({"verb": "acknowledge", "alarms": [alarm["alarm_id"]]}).encode()
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid.uuid4())}
        with urllib.request.urlopen(urllib.request.Request(f"{self._address}/v1/acts", body, headers), timeout=10) as answer:
            assert answer.status in (200, 202)

    def all_that_travelled_is_as_its_contract_says(self) -> None:
        """On every topic, whoever wrote it."""
        for tally in asyncio.run(newest(self.settings, 10_000, lambda *_: None)):
            assert tally.records or tally.topic.name in MAY_BE_EMPTY, f"nothing on {tally.topic.name}"
            assert not tally.broken + tally.unknown, "\n".join(tally.lines())

    # -- behind it

    def alarm(self, kind: str, site: str) -> dict[str, Any]:
        """The alarm of this kind and site, or nothing."""
        try:
            with urllib.request.urlopen(f"{self._address}/v1/alarms?limit=500", timeout=10) as answer:
                items = json.load(answer)["items"]
        except OSError:
            return {}
        return next((item for item in items if item["kind"] == kind and item["location"]["site"] == site), {})

    def history(self, alarm: dict[str, Any]) -> list[dict[str, Any]]:
        """The journal of an alarm."""
        with urllib.request.urlopen(f"{self._address}/v1/alarms/{alarm['alarm_id']}", timeout=10) as answer:
            history: list[dict[str, Any]] = json.load(answer)["history"]
        return history

    def tell(self, messages: list[Message]) -> None:
        """Events for the bus, with the next `send`."""
        self._told += messages

    def send(self) -> None:
        """Put on the bus what was told."""

        async def put() -> None:
            async with Producer(self.settings) as producer:
                await producer.send(self._told)

        asyncio.run(put())
        self._told = []


@pytest.fixture
def city(broker: str, prefix: str, processes: Start, tmp_path: Path) -> City:
    """A city of its own for a story."""
    return City(broker, prefix, processes, tmp_path)
