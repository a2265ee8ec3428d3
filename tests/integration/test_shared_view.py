"""Processes that share a view: each takes a part of its partitions, and each shows everything and tells of every change."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer as PlainProducer
from kafka.admin import KafkaAdminClient
from support.alert_events import register, signal
from support.postgres import Postgres
from support.sessions import sessions_of
from support.views import running, until
from talaia.alerts.view import queries
from talaia.alerts.view.project import VIEW
from talaia.alerts.view.queries import Wanted
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.stream import topics
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.records import Outgoing
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.web.live import Changed, Feed, follow

pytestmark = pytest.mark.broker
DAWN = datetime(2026, 3, 1, 6, tzinfo=UTC)
AREAS = [f"area{n}" for n in range(12)]


@pytest.fixture
def bus(broker: str, prefix: str, tmp_path: Path) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix, kafka_file=sessions_of(6, tmp_path))
    topics.apply(settings, VIEW.topics)
    return settings


def said_by_a_worker(minute: int) -> list[Outgoing]:
    """What the alerts worker says of a condition in each area, from its own fold."""
    memory = MemoryBus()
    worker = MemoryWorker(AlertsProcessor(), memory)
    for area in AREAS:
        for message in (register(DAWN, area), signal("T1", DAWN + timedelta(minutes=minute), area=area)):
            value = msgspec.json.encode(message.event)
            memory.append(Outgoing(message.topic.name, message.key.encode(), value, (CONTENT_TYPE_HEADER,)), 16)
    return list(worker.run())


def put(bus: BusSettings, records: list[Outgoing]) -> None:
    names = {topic.name for topic in VIEW.topics}
    producer = PlainProducer({"bootstrap.servers": bus.kafka_bootstrap})
    for one in records:
        if one.topic in names:
            producer.produce(bus.topic(one.topic), one.value, one.key, partition_of(one.key, 16), headers=list(one.headers))
    assert producer.flush(30) == 0


def feed(view: Projection) -> Feed:
    def since(change: int, most: int) -> list[Changed]:
        with view.session() as session:
            return [Changed(row.change, row.alarm_id) for row in queries.changed(session, Wanted(), change, most)]

    return Feed(watched=view, snapshot=lambda _change, _most: [], since=since)


async def changed(view: Projection, count: int) -> set[str]:
    """The first so many alarms of which a live stream of this process tells."""
    told: set[str] = set()
    async with asyncio.timeout(60):
        async for event in follow(feed(view), None):
            if event.event == "changed":
                told.add(event.data)
            if len(told) == count:
                break
    return told


def shares(bus: BusSettings) -> list[int]:
    """How many partitions each member of the view's group has, as the broker says."""
    admin = KafkaAdminClient(bootstrap_servers=bus.kafka_bootstrap)
    try:
        groups = [group["group_id"] for group in admin.list_groups()]
        (name,) = (group for group in groups if group.startswith(bus.topic("alerts-view.")))
        assigned = [member["member_assignment"] for member in admin.describe_groups([name])[name]["members"]]
        # while partitions are being shared out nothing is assigned
        return [sum(len(part["partitions"]) for part in one["assigned_partitions"]) for one in assigned if isinstance(one, dict)]
    finally:
        admin.close()


@pytest.fixture
async def both(bus: BusSettings, postgres: Postgres) -> AsyncIterator[list[Projection]]:
    url = postgres.new_database()
    views = [Projection(VIEW, url, bus), Projection(VIEW, url, bus)]
    async with AsyncExitStack() as stack:
        for view in views:
            await stack.enter_async_context(running(view))
        yield views


async def test_each_of_two_processes_takes_a_part_and_its_live_stream_tells_every_change(
    bus: BusSettings, both: list[Projection]
) -> None:
    await until(lambda: sorted(shares(bus)) == [len(VIEW.topics) * 8] * 2, "both to have a share")
    streams = [asyncio.create_task(changed(view, len(AREAS))) for view in both]
    put(bus, said_by_a_worker(1))
    first, second = [await stream for stream in streams]
    assert first == second
    await until(lambda: {view.changes.latest for view in both} == {both[0].changes.latest}, "both to know the last change")
    assert [view.age().as_of for view in both] == [both[0].age().as_of] * 2
