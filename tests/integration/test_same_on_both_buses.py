"""One suite, two buses: a processor does on Kafka what it does in memory, to the byte."""

import functools
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from confluent_kafka import Producer
from support.counting import CLICKS, COUNTS, PARTITIONS, STATE, T0, Counting, Tally, click
from support.counting_city import city_at
from support.processes import wait_for
from support.recount import plain_records
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.parts import CLAIM, PROGRESS, split_record_key
from talaia.stream.partitioning import partition_of

pytestmark = [pytest.mark.broker, pytest.mark.timeout(240)]


class Entry(NamedTuple):
    partition: int
    key: bytes | None
    value: bytes | None


class Outcome(NamedTuple):
    """What a processor left: what it said in order, rejects (offset and reason) and state, by partition."""

    said: list[list[tuple[bytes | None, bytes | None]]]
    rejects: list[list[tuple[int, str, str]]]
    state: list[dict[bytes, bytes]]


Run = Callable[[list[Entry]], Outcome]


def log() -> list[Entry]:
    """Keys in all partitions; disorder, silences, repeats, and what cannot be read."""
    entries = []
    for number in range(600):
        key = f"k{number % 23}"
        seconds = number / 10 - (7 if number % 13 == 0 else 0) + (20 if number > 400 else 0)
        value = msgspec.json.encode(click(key, number + 700 if number % 50 else -1, T0 + timedelta(seconds=seconds)).event)
        entries.append(Entry(partition_of(key.encode(), PARTITIONS), key.encode(), value))
        if number % 97 == 0:
            entries.append(entries[-1])
            entries.append(Entry(number % PARTITIONS, b"k1", value[:40]))
            entries.append(Entry(number % PARTITIONS, None, value))
    return entries


def in_memory(entries: list[Entry]) -> Outcome:
    bus = MemoryBus()
    for entry in entries:
        bus.put(CLICKS.name, entry.partition, entry.key, entry.value)
    worker = MemoryWorker(Counting(), bus)
    messages = worker.run()
    said: list[list[tuple[bytes | None, bytes | None]]] = [[] for _ in range(PARTITIONS)]
    for message in messages:
        said[partition_of(message.key, PARTITIONS)].append((message.key, message.value))
    rejects: list[list[tuple[int, str, str]]] = [[] for _ in range(PARTITIONS)]
    for fold in worker.folds:
        rejects[fold.partition] = []
    for reject in worker.rejects:
        partition = next(n for n in range(PARTITIONS) if reject.record in bus.records(CLICKS.name, n))
        rejects[partition].append((reject.record.offset, reject.reason, reject.detail))
    return Outcome(said, rejects, worker.changelog)


def on_kafka(entries: list[Entry], broker: str, prefix: str, folder: Path) -> Outcome:
    with city_at(broker, prefix, folder, Clock.REPLAY) as town:
        producer = Producer({"bootstrap.servers": broker, "enable.idempotence": True})
        for entry in entries:
            producer.produce(prefix + CLICKS.name, entry.value, key=entry.key, partition=entry.partition)
        assert producer.flush(30) == 0
        worker = town.worker()
        wait_for(worker.ready, "the worker")
        town.wait_until_settled()
        assert worker.end()[0] == 0

        def read(topic: str) -> list[list[object]]:
            return [plain_records(broker, prefix + topic, number) for number in range(PARTITIONS)]

        said = [[(record.key, record.value) for record in records] for records in read(COUNTS.name)]
        rejects = [
            [
                (int(one.headers["origin-offset"]), one.headers["reason"].decode(), one.headers["detail"].decode())
                for one in records
            ]
            for records in read(CLICKS.rejected.name)
        ]
        state = [{record.key: record.value for record in records} for records in read(STATE.name)]
        return Outcome(said, rejects, [{k: v for k, v in one.items() if k not in (CLAIM, PROGRESS)} for one in state])


@pytest.fixture(params=["memory", "kafka"])
def run(request: pytest.FixtureRequest, tmp_path: Path) -> Run:
    """The suite below runs on both."""
    if request.param == "memory":
        return in_memory
    broker, prefix = request.getfixturevalue("broker"), request.getfixturevalue("prefix")
    return functools.partial(on_kafka, broker=broker, prefix=prefix, folder=tmp_path)


def test_every_event_is_counted_every_silence_told_and_everything_else_rejected(run: Run) -> None:
    entries = log()
    outcome = run(entries)
    tallies = {
        split_record_key(key)[0]: msgspec.msgpack.decode(value[10:], type=Tally)
        for partition in outcome.state
        for key, value in partition.items()
    }
    bad = sum(len(partition) for partition in outcome.rejects)
    assert sum(tally.count for tally in tallies.values()) == len(entries) - bad
    assert {reason for partition in outcome.rejects for _, reason, _ in partition} >= {"negative", "no_key"}
    assert any(tally.silences for tally in tallies.values())
    said = [msgspec.json.decode(value) for partition in outcome.said for _, value in partition]
    assert sum(event["data"]["what"] == "silence" for event in said) == sum(tally.silences for tally in tallies.values())


def test_kafka_and_memory_agree_to_the_byte(broker: str, prefix: str, tmp_path: Path) -> None:
    entries = log()
    assert on_kafka(entries, broker, prefix, tmp_path) == in_memory(entries)
