"""What anybody can write who speaks to Kafka with bytes of his own stops no worker."""

import msgspec
import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import Producer
from support.counting import CLICKS, PARTITIONS, click
from support.counting_city import City, city
from support.odd_batches import LZ4, with_header_name
from support.recount import Plain, judge, plain_records
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]

KEY = b"k1"
PLACE = partition_of(KEY, PARTITIONS)


async def put_bytes(town: City, batch: bytes, records: int) -> None:
    """A record batch as it is."""
    producer = AIOKafkaProducer(bootstrap_servers=town.bootstrap)
    await producer.start()
    try:
        builder = producer.create_batch()
        for _ in range(records):
            builder.append(timestamp=None, key=None, value=b"")
        builder.close()
        builder._buffer = bytearray(batch)
        await (await producer.send_batch(builder, town.prefix + CLICKS.name, partition=PLACE))
    finally:
        await producer.stop()


def rejected(town: City) -> list[Plain]:
    return plain_records(town.bootstrap, town.prefix + CLICKS.rejected.name, PLACE)


@pytest.mark.parametrize("codec", [pytest.param(0, marks=pytest.mark.slow), LZ4])
async def test_a_record_with_a_header_name_that_is_no_text_is_counted_or_rejected_like_any_other(city: City, codec: int) -> None:
    good = [msgspec.json.encode(click("k1", number, wall_now()).event) for number in range(3)]
    worker = city.worker()
    await put_bytes(city, with_header_name(b"\xff\xfe\xc3\x28", [*good[:2], b"{"], KEY, codec=codec), 3)
    await put_bytes(city, with_header_name(b"\xff\xfe\xc3\x28", [good[2], b"{"], KEY, codec=codec), 2)
    city.wait_until_settled()
    assert worker.end()[0] == 0
    names = [list(record.headers)[:2] for record in rejected(city)]
    assert names == [["reason", "detail"], ["\ufffd\ufffd\ufffd(", "good"]]
    verdict = judge(city.bootstrap, city.prefix)
    assert (verdict.wrong_parts, verdict.missing_events, verdict.missing_rejects) == (0, 0, 0)


def test_records_larger_than_any_batch_are_rejected_and_cut_and_stop_nothing(city: City) -> None:
    worker = city.worker()
    sender = Producer({"bootstrap.servers": city.bootstrap, "compression.type": "zstd", "message.max.bytes": 100_000_000})
    honest = msgspec.json.encode(click("k1", 1, wall_now(), "x" * 3_000_000).event)
    for key, value, headers in (
        (KEY, bytes(20_000_000), []),
        (KEY, honest, []),
        (bytes(20_000_000), b"{}", []),
        (KEY, b"{", [("a", bytes(20_000_000))]),
        (KEY, msgspec.json.encode(click("k1", 2, wall_now()).event), []),
    ):
        sender.produce(city.prefix + CLICKS.name, value, key=key, partition=PLACE, headers=headers)
        assert sender.flush(30) == 0
    city.wait_until_settled()
    assert worker.end()[0] == 0
    found = rejected(city)
    assert [record.headers["reason"] for record in found] == [b"too_long", b"too_long", b"key_too_long", b"unreadable"]
    assert found[0].headers["cut"] == b"key 2 bytes, value 20000000 bytes, 0 headers"
    assert honest.startswith(found[1].value or b"-")
    assert found[1].headers["source"] == b"finger"
    verdict = judge(city.bootstrap, city.prefix, skip_rejected=True)
    assert (verdict.events, verdict.wrong_parts, verdict.missing_events) == (1, 0, 0)
