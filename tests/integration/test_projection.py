"""A view keeps up with its topics on a real broker: nothing lost, nothing counted twice, and it says when it cannot go on."""

import contextlib

import msgspec
import pytest
from confluent_kafka import Producer as PlainProducer
from kafka.admin import KafkaAdminClient
from support.views import caught_up, running, send, until
from support.waste_events import configured, forecasted, minute, read
from talaia.contracts.catalogue import FORECASTS, READINGS, Topic
from talaia.contracts.vocabulary import Flag
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.waste.view import queries
from talaia.waste.view.project import VIEW
from talaia.waste.view.score_tables import IssuedRow
from talaia.waste.view.tables import ReadingRow

pytestmark = pytest.mark.broker


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, VIEW.topics)
    return settings


def send_bytes(bus: BusSettings, topic: Topic, key: str, *values: bytes | None) -> None:
    producer = PlainProducer({"bootstrap.servers": bus.kafka_bootstrap})
    for value in values:
        producer.produce(bus.topic(topic.name), value, key.encode(), partition_of(key.encode(), topic.partitions))
    assert producer.flush(30) == 0


def flags(view: Projection) -> dict[int, int]:
    with view.session() as session:
        return queries.counted(session, ReadingRow.flag)


async def test_what_was_taken_stays_taken_over_restarts_and_nothing_is_taken_twice(bus: BusSettings, database_url: str) -> None:
    for round_ in range(3):
        await send(bus, (read(n, site=f"T{n % 7}") for n in range(100 * round_, 100 * round_ + 100)))
        view = Projection(VIEW, database_url, bus)
        async with running(view):
            assert flags(view) == {1: 100 * round_ + 100}
            with view.session() as session:
                assert queries.projected(session)[READINGS.name] == (100 * round_ + 100, 0)


async def test_the_age_of_a_view_is_the_newest_time_of_what_the_worker_said(bus: BusSettings, database_url: str) -> None:
    view = Projection(VIEW, database_url, bus)
    async with running(view):
        assert view.age().as_of is None
        await send(bus, [read(5), configured("T1", at=500)])
        await until(lambda: view.age().as_of == read(5).event.recordedtime, "the reading to date the view")
        await caught_up(view)
        assert view.age().as_of == read(5).event.recordedtime
        assert view.age().lag_s < 5
        assert await view.unready() == ""


async def test_what_cannot_be_read_is_counted_and_skipped(bus: BusSettings, database_url: str) -> None:
    send_bytes(bus, READINGS, "T1", b"", None, b"{", b'{"type":"x"}', b"\xff\xfe", b"[" * 100_000, b'{"a":"\\u0000"}')
    send_bytes(bus, READINGS, "T\0", msgspec.json.encode(read(2, site="T").event))
    await send(bus, [read(1)])
    view = Projection(VIEW, database_url, bus)
    async with running(view):
        assert flags(view) == {1: 1}
        with view.session() as session:
            assert queries.projected(session)[READINGS.name] == (1, 8)
        assert view.age().error == ""


async def test_a_late_outcome_of_a_stopped_worker_does_not_take_the_place_of_a_newer_one(
    bus: BusSettings, database_url: str
) -> None:
    newer = [configured("T1"), forecasted(9, minutes_to_overflow=12), read(1, order=9)]
    await send(bus, [*newer, forecasted(4), read(1, order=4, flag=Flag.FAIL)])
    view = Projection(VIEW, database_url, bus)
    async with running(view):
        assert flags(view) == {1: 1}
        with view.session() as session:
            assert [row.minutes_to_overflow for row in queries.forecasts(session, minute(20), None, 10)] == [12]
            assert queries.counted(session, IssuedRow.method) == {"grey_box": 2}


async def test_a_topic_made_anew_is_noticed_and_the_cure_is_named(bus: BusSettings, database_url: str) -> None:
    await send(bus, [read(1), read(2)])
    async with running(Projection(VIEW, database_url, bus)):
        pass
    with contextlib.closing(KafkaAdminClient(bootstrap_servers=bus.kafka_bootstrap)) as admin:
        admin.delete_topics([bus.topic(READINGS.name)])
    await until(lambda: bool(topics.check(bus, [READINGS])), "the topic to be gone")
    topics.apply(bus, VIEW.topics)
    await send(bus, (read(n) for n in range(10, 20)))
    view = Projection(VIEW, database_url, bus)
    async with view.running():
        await until(lambda: "talaia rebuild waste" in view.age().error, "the view to notice")
        assert READINGS.name in view.age().error
        assert flags(view) == {1: 2}
        assert await view.unready() == ""


async def test_missing_topics_are_named_and_taken_once_they_are_there(broker: str, prefix: str, database_url: str) -> None:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    view = Projection(VIEW, database_url, bus)
    async with view.running():
        await until(lambda: "talaia topics apply" in view.age().error, "the view to name the cure")
        assert bus.topic(FORECASTS.name) in view.age().error
        topics.apply(bus, VIEW.topics)
        await send(bus, [read(1)])
        await until(lambda: view.changes.latest == 1, "the view to go on")


async def test_without_a_broker_the_view_says_so_and_its_age_grows(database_url: str) -> None:
    view = Projection(VIEW, database_url, BusSettings(kafka_bootstrap="127.0.0.1:1"))
    async with view.running():
        await until(lambda: "Kafka does not answer" in view.age().error, "the view to say so")
        before = view.age().lag_s
        await until(lambda: view.age().lag_s > before + 0.2, "its age to grow")
        assert "being made" in await view.unready()
