"""The consumers of docs/examples see the alarms as they stand and then every change, though the alerts worker is killed."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from support.alert_events import MINUTE, register, signal
from support.processes import ServiceProcess, wait_for
from support.sessions import sessions_of
from support.subscribers import CONSUMERS, Subscriber
from talaia.contracts.catalogue import ALARMS, every_topic
from talaia.contracts.vocabulary import Clock, SignalState
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.producer import Producer as Door
from talaia.stream.settings import BusSettings

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]

T0 = datetime(2026, 3, 2, 2, tzinfo=UTC)
Line = dict[str, Any]


class Bus:
    """The alarms' topic: what is told to the worker, what it says, and what else is put there."""

    def __init__(self, settings: BusSettings) -> None:
        self.settings, self._topic = settings, settings.topic(ALARMS.name)
        topics.apply(settings, every_topic())
        self._records: list[tuple[bytes, bytes | None]] = []
        self._consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "unused"})
        self._consumer.assign([TopicPartition(self._topic, number, 0) for number in range(ALARMS.partitions)])

    def tell(self, *messages: Message) -> None:
        async def send() -> None:
            async with Door(self.settings) as door:
                await door.send(messages)

        asyncio.run(send())

    def put(self, key: bytes, value: bytes | None) -> None:
        producer = Producer({"bootstrap.servers": self.settings.kafka_bootstrap})
        producer.produce(self._topic, value, key, partition_of(key, ALARMS.partitions))
        assert producer.flush(30) == 0

    def records(self) -> list[tuple[bytes, bytes | None]]:
        """All that have come, in the order of their partition."""
        while (message := self._consumer.poll(0.1)) is not None:
            assert not message.error()
            self._records.append((message.key(), message.value()))
        return self._records

    def lines(self) -> dict[str, list[Line]]:
        """What a consumer that was there from the beginning would have shown, by alarm."""
        shown: dict[str, list[Line]] = {}
        for raw, value in self.records():
            key = raw.decode()
            before = shown.setdefault(key, [])
            if value is None:
                before.append({"alarm": key, "gone": True})
                continue
            event = json.loads(value)
            if not before or event["sequence"] >= before[-1].get("sequence", ""):
                data = event["data"]
                line = {"alarm": key, "sequence": event["sequence"], "shown": data["shown"], "title": data["title"]}
                before.append(line)
        return shown

    def alarms(self) -> int:
        return len(self.lines())

    def close(self) -> None:
        self._consumer.close()


@pytest.fixture
def bus(broker: str, prefix: str) -> Iterator[Bus]:
    bus = Bus(BusSettings(kafka_bootstrap=broker, topic_prefix=prefix, clock=Clock.REPLAY))
    yield bus
    bus.close()


@pytest.fixture
def worker(bus: Bus, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path) -> ServiceProcess:
    more = {"TALAIA_CLOCK": "replay", "TALAIA_KAFKA_FILE": str(sessions_of(3, tmp_path))}
    return processes("alerts", "worker", _environment(bus) | more)


@pytest.fixture
def subscribe(bus: Bus, tmp_path: Path) -> Iterator[Callable[[str], Subscriber]]:
    started: list[Subscriber] = []

    def start(language: str) -> Subscriber:
        folder = tmp_path / language
        folder.mkdir()
        started.append(Subscriber(CONSUMERS[language](folder), _environment(bus), folder))
        return started[-1]

    yield start
    for each in started:
        each.end()


def _environment(bus: Bus) -> dict[str, str]:
    return {"TALAIA_KAFKA_BOOTSTRAP": bus.settings.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.settings.topic_prefix}


def test_each_consumer_shows_what_stands_and_then_every_change_across_a_killed_worker(
    bus: Bus, worker: ServiceProcess, subscribe: Callable[[str], Subscriber]
) -> None:
    bus.tell(register(T0), *(signal(f"T{n}", T0 + n * MINUTE) for n in range(1, 6)))
    wait_for(lambda: bus.alarms() == 5, "five alarms", last=worker.said)
    standing = bus.lines()

    consumers = {language: subscribe(language) for language in CONSUMERS}
    for language, consumer in consumers.items():
        wait_for(lambda: {"snapshot": 5} in consumer.said(), f"the snapshot of {language}", last=consumer.complained)  # noqa: B023

    bus.tell(signal("T1", T0 + 6 * MINUTE, SignalState.ENDED))
    wait_for(lambda: bus.lines() != standing, "a change", last=worker.said)
    worker.kill()
    bus.tell(signal("T2", T0 + 7 * MINUTE, SignalState.ENDED), signal("T6", T0 + 8 * MINUTE))
    worker.start()
    wait_for(lambda: bus.alarms() == 6, "the alarm that came while the worker was away", last=worker.said)

    changed = {key for key, lines in bus.lines().items() if len(lines) > len(standing.get(key, lines))}
    key, old = next((raw, value) for raw, value in bus.records() if raw.decode() in changed)
    bus.put(key, old)  # from a worker that was paused: it changes nothing
    over = next(key for key in standing if key not in changed)
    bus.put(over.encode(), None)

    assert len(changed) == 2
    wait_for(lambda: bus.lines()[over][-1] == {"alarm": over, "gone": True}, "the end of an alarm")
    for language, consumer in consumers.items():
        wait_for(lambda: _by_alarm(consumer) == _after(standing, bus), f"{language} to show all", last=consumer.complained)  # noqa: B023


def _after(standing: dict[str, list[Line]], bus: Bus) -> dict[str, list[Line]]:
    """What a consumer shows that came when this stood: that once, then every line."""
    return {key: lines[max(0, len(standing.get(key, ())) - 1) :] for key, lines in bus.lines().items()}


def _by_alarm(consumer: Subscriber) -> dict[str, list[Line]]:
    shown: dict[str, list[Line]] = {}
    for line in consumer.said():
        if "alarm" in line:
            shown.setdefault(line["alarm"], []).append(line)
    return shown


@pytest.mark.parametrize("language", CONSUMERS)
def test_without_an_alarm_the_snapshot_is_complete_and_empty(
    language: str, bus: Bus, subscribe: Callable[[str], Subscriber]
) -> None:
    consumer = subscribe(language)
    wait_for(lambda: consumer.said() == [{"snapshot": 0}], "an empty snapshot", last=consumer.complained)
