"""What a worker and an API tell Prometheus is what docs/operations.md describes, name for name; and how a recovery is seen."""

import asyncio
import json
import logging
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka.client import AIOKafkaClient
from confluent_kafka import Producer as PlainProducer
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families
from support.counting import CLICKS, STATE, T0, TOPICS, Counting, Tally, click
from support.counting_city import City, city
from support.house import ROOT
from support.processes import ServiceProcess, processes, wait_for
from support.records import KEYS
from support.waste_events import configured
from support.web import application, client
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import MEASUREMENTS, every_topic
from talaia.contracts.vocabulary import Quantity, Unit
from talaia.contracts.waste import Measured, Measurement
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.folding.parts import PROGRESS, Codec, record_key
from talaia.stream.folding.records import Progress
from talaia.stream.lane.fenced_writer import FencedWriter
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.limits import Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.last_words import LastWords, read_ends
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import STUCK, UNAVAILABLE

__all__ = ["city", "processes"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


def get(port: int, path: str) -> str:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return str(error.read().decode())
    except OSError:
        return ""


def value(metrics: str, name: str, **labels: str) -> float | None:
    samples = (sample for family in text_string_to_metric_families(metrics) for sample in family.samples)
    return next((sample.value for sample in samples if sample.name == name and sample.labels == labels), None)


def names(metrics: str) -> set[str]:
    """As people write them: a counter ends in _total; when a counter was made is nobody's business."""
    families = [family for family in text_string_to_metric_families(metrics) if not family.name.endswith("_created")]
    found = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    return {name for name in found if name.startswith("talaia_")}


def described(chapter: str) -> set[str]:
    text = (ROOT / "docs/operations.md").read_text()
    table = text.split(f"\n{chapter}:\n", 1)[1].strip().split("\n\n")[0]
    return set(re.findall(r"`(talaia_\w+)", "".join(row.split("|")[1] for row in table.splitlines())))


def test_a_worker_has_the_metrics_that_are_described_and_no_others(city: City, tmp_path: Path) -> None:
    port, feed = free_port(), city.feed(0)
    for number in range(200):
        feed.send(click(f"k{number % 40}", number + 1000, wall_now()))
    feed.put(b"k1", b"no event", 0)
    feed.stop()
    city.worker(TALAIA_METRICS_PORT=str(port), TALAIA_EXITS_FILE=str(tmp_path / "exits.json"))
    city.wait_until_settled()
    wait_for(lambda: value(get(port, "/metrics"), "talaia_ready") == 1, "the watchdog's look")
    metrics = get(port, "/metrics")
    assert names(metrics) == described("A worker")
    assert value(metrics, "talaia_lag_events", topic="test.clicks.v1") == 0
    assert value(metrics, "talaia_lag_seconds") == 0
    assert value(metrics, "talaia_partitions") == 4
    assert value(metrics, "talaia_recovery_ratio") == 1
    assert value(metrics, "talaia_rejected_total", topic="test.clicks.v1", reason="schema") == 0
    assert value(metrics, "talaia_watchdog_exits_total") == 0
    assert 0 < (value(metrics, "talaia_state_bytes") or 0) < 100_000
    assert (value(metrics, "talaia_heartbeat_age_seconds") or 99) < 3


async def test_a_waste_worker_shows_that_a_site_fell_silent(
    broker: str, prefix: str, processes: Callable[[str, str, dict[str, str]], ServiceProcess]
) -> None:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    await asyncio.to_thread(topics.apply, bus, every_topic())
    fell_silent = wall_now() - timedelta(minutes=40)
    told = [configured("T1", "T2")]
    for number in range(6):
        told += [_level(site, fell_silent - timedelta(minutes=5 * (5 - number))) for site in ("T1", "T2")]
    told += [_level("T2", wall_now() - timedelta(minutes=minutes)) for minutes in (35, 30, 25, 20, 15, 10, 5)]
    async with Producer(bus) as producer:
        await producer.send(told)
    port = free_port()
    environment = {"TALAIA_KAFKA_BOOTSTRAP": broker, "TALAIA_TOPIC_PREFIX": prefix, "TALAIA_METRICS_PORT": str(port)}
    worker = processes("waste", "worker", environment)
    wait_for(lambda: value(get(port, "/metrics"), "talaia_silent_sites") == 1, "T1 to be missed", last=worker.said)
    metrics = names(get(port, "/metrics")) | {"talaia_watchdog_exits_total"}
    assert metrics == described("A worker") | described("The waste worker besides")
    assert value(get(port, "/metrics"), "talaia_underreplicated_partitions") == 0


def _level(site: str, at: datetime) -> Message:
    data = Measurement(site=site, sensor=f"{site}-level", quantity=Quantity.LEVEL, value=at.minute / 100, unit=Unit.METRE)
    event = Measured(id=f"{site} {at.isoformat()}", source="telemetry", time=at, recordedtime=at, data=data)
    return Message(MEASUREMENTS, "c1", event)


async def test_an_api_has_the_metrics_that_are_described_and_no_others() -> None:
    async with client(application()) as asking:
        await asking.get("/healthz")
        assert names((await asking.get("/metrics")).text) == described("An API")


def test_why_a_worker_ended_is_told_by_its_next_start(broker: str, prefix: str, tmp_path: Path) -> None:
    file, port = tmp_path / "exits.json", free_port()
    town = City(broker, prefix, tmp_path)
    assert town.worker(TALAIA_EXITS_FILE=str(file)).exit_code() == UNAVAILABLE
    LastWords(file).emit(_watchdogs_word())
    town.apply_topics()
    try:
        town.worker(TALAIA_EXITS_FILE=str(file), TALAIA_METRICS_PORT=str(port))
        wait_for(lambda: '"ends"' in get(port, "/healthz"), "its health")
        ends = json.loads(get(port, "/healthz"))["ends"]
        assert ends["watchdog_exits"] == 1
        assert [end["code"] for end in ends["last"]] == [UNAVAILABLE, STUCK]
        assert "run `talaia topics apply`" in ends["last"][0]["why"]
        assert value(get(port, "/metrics"), "talaia_watchdog_exits_total") == 1
    finally:
        town.end()
    assert read_ends(file).watchdog_exits == 1


def _watchdogs_word() -> Any:
    return logging.makeLogRecord({"levelno": logging.CRITICAL, "msg": "watchdog: why", "exit_code": STUCK})


async def test_how_far_a_recovery_is_is_told_while_it_goes_on(broker: str, prefix: str) -> None:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    await asyncio.to_thread(topics.apply, settings, TOPICS)
    await _fill_changelog(settings, parts=30_000)
    lane = Lane(Counting(), settings, Limits(), Metrics(CollectorRegistry()))
    claiming = asyncio.create_task(lane.claim([0]))
    shares = []
    while not claiming.done():
        shares += [partition.recovered for partition in lane.partitions.values()]
        await asyncio.sleep(0)
    await claiming
    await lane.close()
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)


async def _fill_changelog(settings: BusSettings, parts: int) -> None:
    """What a worker would have written for one event."""
    producer = PlainProducer({"bootstrap.servers": settings.kafka_bootstrap})
    producer.produce(settings.topic(CLICKS.name), b"{}", key=b"k", partition=0)
    assert producer.flush(30) == 0
    client = AIOKafkaClient(bootstrap_servers=settings.kafka_bootstrap)
    await client.bootstrap()
    writer, codec = FencedWriter(client, settings.topic(STATE.name), 0), Codec(Tally, 1)
    await writer.open()
    keys = [record_key(KEYS[0], f"tally{number}") for number in range(parts)]
    for at in range(0, parts, 5_000):
        await writer.write([(key, codec.value(codec.new(key, Tally(1)))) for key in keys[at : at + 5_000]])
    progress = Progress(offsets={CLICKS.name: 0}, clock=T0)
    await writer.write([(PROGRESS, msgspec.msgpack.encode(progress))])
    await writer.close()
    await client.close()
