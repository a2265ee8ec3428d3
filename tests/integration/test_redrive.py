"""`talaia rejects redrive`: after a repair each reject goes back to where it came from, once, whatever happens on the way."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Consumer, Producer, TopicPartition
from support.command_line import Command, typed
from support.processes import ServiceProcess, wait_for
from support.recount import Plain, plain_records
from support.sessions import sessions_of
from support.waste_events import configured
from talaia.cli.rejects.alone import alone
from talaia.contracts.catalogue import INPUTS, MEASUREMENTS, READINGS, every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings

__all__ = ["typed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

TOPIC = MEASUREMENTS.name
Talaia = Callable[..., str]
Headers = tuple[tuple[str, bytes], ...]
SENT = (("content-type", b"application/json"), ("traceparent", b"00-1-2-3"))


class Bus:
    """An input topic with records that were rejected, by a plain client."""

    def __init__(self, settings: BusSettings) -> None:
        self.settings = settings
        self.producer = Producer({"bootstrap.servers": settings.kafka_bootstrap, "linger.ms": 5})
        self.offsets: Counter[tuple[str, int]] = Counter()
        self._asking = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "looks"})

    def end(self, partition: int = 3) -> int:
        """Where the input topic ends."""
        return int(self._asking.get_watermark_offsets(TopicPartition(self.settings.topic(TOPIC), partition), timeout=20)[1])

    def put(self, topic: str, partition: int, key: bytes | None, value: bytes | None, headers: Headers) -> int:
        self.producer.produce(self.settings.topic(topic), value, key=key, partition=partition, headers=list(headers))
        self.producer.poll(0)
        self.offsets[topic, partition] += 1
        return self.offsets[topic, partition] - 1

    def rejected(
        self, number: int, partition: int = 3, reason: str = "schema", source: str = "gate", sent: Headers = SENT
    ) -> str:
        """A record and its reject; returns where the reject stands."""
        key, value = b"c1", b'{"number": %d}' % number
        return self.reject(self.put(TOPIC, partition, key, value, sent), key, value, partition, reason, source, sent)

    def reject(
        self, origin: int, key: bytes | None, value: bytes | None, partition: int, reason: str, source: str, sent: Headers = SENT
    ) -> str:
        facts = {"reason": reason, "detail": "Expected `str`", "source": source, "origin-topic": TOPIC}
        facts |= {
            "origin-partition": str(partition),
            "origin-offset": str(origin),
            "reader": "waste-worker",
            "reader-version": "1",
        }
        headers = (*sent, *((name, word.encode()) for name, word in facts.items()))
        return f"{TOPIC}.rejected/{partition}/{self.put(f'{TOPIC}.rejected', partition, key, value, headers)}"

    def flush(self) -> None:
        assert self.producer.flush(30) == 0

    def redriven(self, partition: int = 3) -> list[Plain]:
        """What was sent again."""
        records = plain_records(self.settings.kafka_bootstrap, self.settings.topic(TOPIC), partition)
        return [record for record in records if "redriven-from" in record.headers]


@pytest.fixture
def bus(broker: str, prefix: str) -> Bus:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, [*INPUTS, *(topic.rejected for topic in INPUTS)])
    return Bus(settings)


@pytest.fixture
def environment(bus: Bus, tmp_path: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
    named = {"TALAIA_KAFKA_BOOTSTRAP": bus.settings.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.settings.topic_prefix}
    return clean | named | {"TALAIA_KAFKA_FILE": str(sessions_of(6, tmp_path)), "COLUMNS": "200"}


@pytest.fixture
def talaia(typed: Command, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Talaia:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return lambda *arguments: typed("rejects", *arguments).text


def test_a_reject_goes_back_as_it_was_with_its_history_and_a_second_call_sends_nothing(bus: Bus, talaia: Talaia) -> None:
    places = [bus.rejected(number, partition=number % 3) for number in range(30)]
    bus.flush()
    assert "30 rejects sent again" in talaia("redrive", "--yes")
    found = [record for partition in range(3) for record in bus.redriven(partition)]
    assert sorted(record.headers["redriven-from"].decode() for record in found) == sorted(places)
    assert Counter(record.value for record in found) == Counter(b'{"number": %d}' % number for number in range(30))
    for record in found:
        assert record.key == b"c1"
        assert list(record.headers) == ["content-type", "traceparent", "redriven-from", "redriven-reason"]
        assert record.headers["redriven-reason"] == b"schema: Expected `str` (waste-worker 1)"
    again = talaia("redrive", "--yes")
    assert "30 sent before" in again
    assert "nothing to send" in again
    assert sum(len(bus.redriven(partition)) for partition in range(3)) == 30


def test_only_what_is_asked_for_is_sent(bus: Bus, talaia: Talaia) -> None:
    for number, (reason, source) in enumerate(
        [("schema", "gate"), ("schema", "pump"), ("unreadable", "gate"), ("schema", "gate")]
    ):
        bus.rejected(number, reason=reason, source=source)
    bus.flush()
    assert "nothing to send" in talaia("redrive", INPUTS[1].name, "--yes")
    assert "1 rejects sent again" in talaia("redrive", f"{TOPIC}.rejected/3/3", "--yes")
    assert "1 rejects sent again" in talaia("redrive", TOPIC, "--reason", "schema", "--source", "gate", "--yes")
    assert {record.value for record in bus.redriven()} == {b'{"number": 0}', b'{"number": 3}'}


def test_without_a_terminal_nothing_is_sent_that_was_not_confirmed(bus: Bus, talaia: Talaia) -> None:
    bus.rejected(1, source="[/x]")
    bus.flush()
    said = talaia("redrive")
    assert "schema  [/x]" in said, "the words of a stranger are no markup"
    assert "nothing was sent" in said
    assert "--yes" in said
    assert not bus.redriven()


def test_what_is_rejected_again_shows_its_history_and_goes_round_only_when_told(bus: Bus, talaia: Talaia) -> None:
    bus.rejected(7)
    bus.flush()
    talaia("redrive", "--yes")
    (record,) = bus.redriven()
    place = bus.reject(record.offset, record.key, record.value, 3, "negative", "gate", tuple(record.headers.items()))
    bus.flush()
    shown = talaia("show", place)
    assert f"from {TOPIC}.rejected/3/0, rejected there as schema: Expected `str` (waste-worker 1)" in shown
    said = talaia("redrive", "--yes")
    assert "1 redriven before and rejected again" in said
    assert len(bus.redriven()) == 1
    assert "1 rejects sent again" in talaia("redrive", "--again", "--yes")
    assert "nothing to send" in talaia("redrive", "--again", "--yes")
    assert len(bus.redriven()) == 2


def test_an_original_that_was_rejected_more_than_once_is_sent_once(bus: Bus, talaia: Talaia) -> None:
    origin = bus.put(TOPIC, 3, b"c1", b"x", SENT)
    places = [bus.reject(origin, b"c1", b"x", 3, reason, "gate") for reason in ("schema", "schema", "negative")]
    bus.flush()
    said = talaia("redrive", "--yes")
    assert "2 rejects of what was rejected more than once" in said
    assert "1 rejects sent again" in said
    for asked in ([], [places[1]], ["--reason", "negative"]):
        assert "nothing to send" in talaia("redrive", *asked, "--yes")
    assert len(bus.redriven()) == 1


def test_a_record_without_key_and_value_and_one_that_names_no_offset_stop_nobody(bus: Bus, talaia: Talaia) -> None:
    bus.reject(bus.put(TOPIC, 3, None, None, SENT), None, None, 3, "no_key", "gate")
    bus.reject(int("9" * 4_000), b"c1", b"x", 3, "schema", "gate")
    bus.rejected(1)
    bus.flush()
    said = talaia("redrive", "--yes")
    assert "1 written by no reader" in said
    assert "2 rejects sent again" in said
    assert {(record.key, record.value) for record in bus.redriven()} == {(None, None), (b"c1", b'{"number": 1}')}


def test_nobody_can_pretend_that_a_reject_was_sent(bus: Bus, talaia: Talaia) -> None:
    place = bus.rejected(1)
    bus.put(TOPIC, 3, b"c1", b"something else", (("redriven-from", place.encode()),))
    bus.flush()
    assert "1 rejects sent again" in talaia("redrive", "--yes")


def test_what_cannot_be_known_to_be_unsent_is_not_sent(bus: Bus, talaia: Talaia) -> None:
    bus.rejected(1)
    bus.reject(0, b"c1", b"a topic made anew has another record here", 3, "schema", "gate")
    bus.put(f"{TOPIC}.rejected", 3, b"c1", b"written by a stranger", ())
    bus.flush()
    said = talaia("redrive", "--yes")
    assert "1 no longer on their topic" in said
    assert "1 written by no reader" in said
    assert len(bus.redriven()) == 1


async def test_while_one_redrive_runs_another_is_refused_and_the_first_goes_on(bus: Bus, environment: dict[str, str]) -> None:
    bus.rejected(1)
    bus.flush()
    async with alone(bus.settings.model_copy(update={"kafka_file": Path(environment["TALAIA_KAFKA_FILE"])})) as first:
        for _ in range(2):
            second = start(environment, "--yes")
            said, _ = await asyncio.to_thread(second.communicate, timeout=60)
            assert second.returncode == 1
            assert b"another `talaia rejects redrive` runs: wait until it ends" in said
        async with first.turn():
            assert not bus.redriven()


def test_of_two_redrives_that_begin_at_once_one_sends_and_the_other_is_refused(bus: Bus, environment: dict[str, str]) -> None:
    for number in range(50):
        bus.rejected(number)
    bus.flush()
    both = [start(environment, "--yes") for _ in range(2)]
    said = [each.communicate(timeout=90)[0] for each in both]
    counts = Counter(record.headers["redriven-from"] for record in bus.redriven())
    assert (len(counts), set(counts.values())) == (50, {1}), said
    assert any(each.returncode == 0 for each in both), said


def test_a_redrive_that_was_frozen_sends_nothing_beside_its_successor(bus: Bus, environment: dict[str, str]) -> None:
    many = 12_000
    first = on_its_way(bus, environment, many)
    first.send_signal(signal.SIGSTOP)
    assert bus.end() < 2 * many
    second = start(environment, "--yes")
    said, _ = second.communicate(timeout=90)
    assert second.returncode == 0, said
    first.send_signal(signal.SIGCONT)
    said, _ = first.communicate(timeout=60)
    assert first.returncode == 1
    assert b"was silent for so long that another began" in said
    counts = Counter(record.headers["redriven-from"] for record in bus.redriven())
    assert (len(counts), set(counts.values())) == (many, {1})


def start(environment: dict[str, str], *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "talaia.cli", "rejects", "redrive", *arguments]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def on_its_way(bus: Bus, environment: dict[str, str], many: int) -> "subprocess.Popen[bytes]":
    """A redrive of so many rejects that has sent some of them, and not all."""
    for number in range(many):
        bus.rejected(number)
    bus.flush()
    redrive = start(environment, "--yes")

    def sends() -> bool:
        assert redrive.poll() is None, redrive.communicate()[0]
        return bus.end() > many + 200

    wait_for(sends, "some records to be sent again")
    return redrive


def test_a_redrive_killed_on_its_way_is_finished_by_the_next_each_record_once(bus: Bus, environment: dict[str, str]) -> None:
    many = 12_000
    first = on_its_way(bus, environment, many)
    first.send_signal(signal.SIGKILL)
    first.communicate(timeout=30)
    before = bus.end() - many
    assert 0 < before < many
    second = start(environment, "--yes")
    said, _ = second.communicate(timeout=60)
    assert second.returncode == 0, said
    assert f"{many - before} rejects sent again".encode() in said
    counts = Counter(record.headers["redriven-from"] for record in bus.redriven())
    assert (len(counts), set(counts.values())) == (many, {1})


def test_what_a_worker_rejected_is_taken_once_after_the_repair(
    bus: Bus, environment: dict[str, str], talaia: Talaia, processes: Callable[[str, str, dict[str, str]], ServiceProcess]
) -> None:
    """Measurements came before their catchment was configured; then it is configured, and they are sent again."""
    topics.apply(bus.settings, every_topic())
    place = partition_of(b"c1", MEASUREMENTS.partitions)
    for number in range(20):
        at = wall_now().isoformat()
        data = {"site": "T1", "sensor": "T1-level", "quantity": "level", "value": 1.0, "unit": "m"}
        event = {"type": "city.talaia.waste.measurements.measured.v1", "specversion": "1.0", "id": f"m{number}", "source": "gate"}
        event |= {"time": at, "recordedtime": at, "datacontenttype": "application/json", "data": data}
        bus.put(TOPIC, place, b"c1", msgspec.json.encode(event), SENT)
    bus.flush()
    worker = processes("waste", "worker", environment)

    def uncommitted() -> int:
        return sum(topics.lag(bus.settings, "waste-worker", [MEASUREMENTS]).values())

    def readings() -> list[str]:
        name = bus.settings.topic(READINGS.name)
        records = plain_records(bus.settings.kafka_bootstrap, name, partition_of(b"T1", READINGS.partitions))
        return [msgspec.json.decode(record.value)["id"] for record in records]

    wait_for(lambda: uncommitted() == 0, "the worker to reject them")
    assert readings() == []
    bus.put(TOPIC, place, b"c1", msgspec.json.encode(configured("T1").event), ())
    bus.flush()
    assert "20 rejects sent again" in talaia("redrive", "--source", "gate", "--reason", "unknown_site", "--yes")
    assert "nothing to send" in talaia("redrive", "--source", "gate", "--yes")
    wait_for(lambda: uncommitted() == 0, "the worker to take them")
    assert Counter(readings()) == Counter(f"m{number}" for number in range(20))
    assert worker.terminate() == 0
