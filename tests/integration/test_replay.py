import gzip
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from confluent_kafka import Consumer, TopicPartition
from support.command_line import Command, command, typed
from support.plain_kafka import read_all
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.stream import topics
from talaia.stream.settings import BusSettings

__all__ = ["command", "typed"]

pytestmark = pytest.mark.broker

_TOPIC = "waste.measurements.v1"
Talaia = Callable[..., str]


def _recording(folder: Path, site: str, minutes: range) -> Path:
    folder.mkdir()
    sites = {site: {"kind": "storage_tank", "crest_m": 4.0, "rain_gauge": "RG1"}}
    (folder / "sites.json").write_text(json.dumps(sites))
    with gzip.open(folder / "events.ndjson.gz", "wt") as lines:
        for number, minute in enumerate(minutes):
            at = f"2000-01-01T{minute // 60:02}:{minute % 60:02}:00Z"
            line = {"id": number, "ts": at, "received": at, "site": site, "sensor": f"{site}.level", "quantity": "level"}
            lines.write(json.dumps(line | {"value": 1.0, "unit": "m", "quality": "good"}) + "\n")
    return folder


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(bus, [MEASUREMENTS])
    return bus


@pytest.fixture
def talaia(command: Command, monkeypatch: pytest.MonkeyPatch) -> Talaia:
    monkeypatch.setenv("TALAIA_CLOCK", "replay")
    return lambda *arguments: command(*arguments).text


@pytest.fixture
def committing(bus: BusSettings) -> Iterator[None]:
    """A reader in the worker's place that only commits."""
    ended = threading.Event()
    name = bus.topic(_TOPIC)

    def commit() -> None:
        consumer = Consumer({"bootstrap.servers": bus.kafka_bootstrap, "group.id": bus.topic("waste-worker")})
        while not ended.wait(0.1):
            for n in range(16):
                end = consumer.get_watermark_offsets(TopicPartition(name, n), timeout=20)[1]
                consumer.commit(offsets=[TopicPartition(name, n, end)], asynchronous=False)
        consumer.close()

    thread = threading.Thread(target=commit)
    thread.start()
    yield
    ended.set()
    thread.join()


def _events(bus: BusSettings) -> list[dict[str, object]]:
    return [json.loads(record.value) for record in read_all(bus.kafka_bootstrap, bus.topic(_TOPIC), 16)]


def _kinds(events: list[dict[str, object]]) -> list[str]:
    return [str(event["type"]).removeprefix("city.talaia.waste.measurements.").removesuffix(".v1") for event in events]


def test_a_recording_arrives_whole_with_its_configuration_first_and_a_tick_last(
    bus: BusSettings, talaia: Talaia, tmp_path: Path
) -> None:
    said = talaia("replay", str(_recording(tmp_path / "a", "T1", range(0, 1_000, 5))), "--speed", "max")
    events = _events(bus)
    assert "201 events sent, the last recorded at 2000-01-01 16:35 UTC" in said
    assert _kinds(events) == ["configured", *["measured"] * 200, "tick"]
    assert events[-1]["recordedtime"] == events[-2]["recordedtime"]


def test_two_recordings_are_merged_in_recorded_order_and_shifted_by_whole_weeks(
    bus: BusSettings, talaia: Talaia, tmp_path: Path
) -> None:
    early, late = _recording(tmp_path / "a", "T1", range(0, 100, 10)), _recording(tmp_path / "b", "T2", range(5, 105, 10))
    talaia("replay", str(early), str(late), "--speed", "max", "--shift-to", "2026-03-07")
    events = _events(bus)
    times = [str(event["recordedtime"]) for event in events]
    assert times == sorted(times)
    assert {time[:10] for time in times} == {"2026-03-07"}
    assert [event["subject"] for event in events if event["type"].endswith("measured.v1")][:4] == ["T1", "T2", "T1", "T2"]


def test_a_paced_replay_waits_for_its_worker(bus: BusSettings, talaia: Talaia, committing: None, tmp_path: Path) -> None:
    said = talaia("replay", str(_recording(tmp_path / "a", "T1", range(0, 120, 5))), "--speed", "7200")
    assert "25 events sent" in said
    assert len(_events(bus)) == 26


def test_a_broken_recording_is_told_before_anything_is_sent(bus: BusSettings, talaia: Talaia, tmp_path: Path) -> None:
    whole, broken = _recording(tmp_path / "a", "T1", range(0, 100, 5)), tmp_path / "b"
    _recording(broken, "T2", range(0, 100, 5))
    with gzip.open(broken / "events.ndjson.gz", "at") as lines:
        lines.write('{"id": 99}\n')
    assert "line 21" in talaia("replay", str(whole), str(broken), "--speed", "max")
    assert _events(bus) == []
