import secrets
import time
from datetime import UTC, datetime

import pytest
from confluent_kafka import Consumer, TopicPartition
from talaia.contracts import waste
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity, Unit
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_AT = datetime(2026, 1, 1, tzinfo=UTC)


def _message(number: int, key: str = "upper", quality: str = "good") -> Message:
    data = waste.Measurement(
        site="tank", sensor="level", quantity=Quantity.LEVEL, value=float(number), unit=Unit.METRE, quality=quality
    )
    return Message(
        MEASUREMENTS, key, waste.Measured(id=f"m{number}", source="test", subject="tank", time=_AT, recordedtime=_AT, data=data)
    )


@pytest.fixture
def settings(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, [MEASUREMENTS])
    return settings


def _ends(settings: BusSettings) -> dict[int, int]:
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "ends"})
    try:
        places = [TopicPartition(settings.topic(MEASUREMENTS.name), n) for n in range(16)]
        ends = {place.partition: consumer.get_watermark_offsets(place, timeout=30)[1] for place in places}
        return {partition: end for partition, end in ends.items() if end}
    finally:
        consumer.close()


@pytest.mark.broker
async def test_events_stand_in_order_on_the_partition_of_their_key_when_send_returns(settings: BusSettings) -> None:
    async with Producer(settings) as producer:
        await producer.send([_message(n) for n in range(2_000)])
        await producer.send([_message(2_000)])
    partition = partition_of(b"upper", 16)
    assert _ends(settings) == {partition: 2_001}
    consumer = Consumer({"bootstrap.servers": settings.kafka_bootstrap, "group.id": "reader"})
    consumer.assign([TopicPartition(settings.topic(MEASUREMENTS.name), partition, 0)])
    records = []
    while len(records) < 2_001:
        records += consumer.consume(2_001 - len(records), timeout=30)
    consumer.close()
    assert [f'"m{n}"' in record.value().decode() for n, record in enumerate(records)] == [True] * 2_001
    assert {(record.key(), tuple(record.headers())) for record in records} == {
        (b"upper", (("content-type", b"application/cloudevents+json"),))
    }


@pytest.mark.broker
async def test_twenty_thousand_events_take_less_than_a_second_of_processor_time(settings: BusSettings) -> None:
    messages = [_message(n, key=f"catchment {n % 50}") for n in range(20_000)]
    async with Producer(settings) as producer:
        await producer.send(messages[:1_000])
        started = time.process_time()
        await producer.send(messages)
        used_s = time.process_time() - started
    assert sum(_ends(settings).values()) == 21_000
    assert used_s < 1.0


@pytest.mark.broker
async def test_an_event_larger_than_the_topic_takes_is_refused_and_the_producer_goes_on(settings: BusSettings) -> None:
    async with Producer(settings) as producer:
        large = Message(MEASUREMENTS, "upper", _message(1).event)
        blown = waste.Measured(id=secrets.token_hex(1_200_000), source="test", time=_AT, recordedtime=_AT, data=large.event.data)
        with pytest.raises(BusUnavailable, match="MessageSizeTooLargeError"):
            await producer.send([Message(MEASUREMENTS, "upper", blown)])
        await producer.send([_message(2)])
    assert sum(_ends(settings).values()) == 1


@pytest.mark.broker
async def test_a_topic_that_is_not_there_is_named(broker: str, prefix: str) -> None:
    async with Producer(BusSettings(kafka_bootstrap=broker, topic_prefix=prefix), deadline_s=3) as producer:
        with pytest.raises(BusUnavailable, match=r"topics apply"):
            await producer.send([_message(1)])


async def test_a_broker_that_is_not_there_is_told_within_the_deadline() -> None:
    started = time.monotonic()
    with pytest.raises(BusUnavailable, match=r"Kafka at 127\.0\.0\.1:1 does not answer .*TALAIA_KAFKA_BOOTSTRAP"):
        async with Producer(BusSettings(kafka_bootstrap="127.0.0.1:1"), deadline_s=2):
            pass
    assert time.monotonic() - started < 5
