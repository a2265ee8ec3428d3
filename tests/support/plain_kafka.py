"""A plain client of another make, for counting and reading what ours wrote."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition


class PlainRecord(NamedTuple):
    """A record as it stands on the broker."""

    partition: int
    offset: int
    key: bytes
    value: bytes


def _consumer(bootstrap: str, group: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": group,
            "enable.auto.commit": False,
            "auto.offset.reset": "earliest",
            "fetch.wait.max.ms": 10,  # a fetch under way holds up every other question
        }
    )


def read_all(bootstrap: str, topic: str, partitions: int) -> Iterator[PlainRecord]:
    """All records of a topic up to its present end, partition by partition."""
    consumer = _consumer(bootstrap, "plain-reader")
    try:
        for partition in range(partitions):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=20)
            consumer.assign([TopicPartition(topic, partition, low)])
            at = low
            while at < high:
                record = consumer.poll(10)
                if record is None:
                    at = consumer.position([TopicPartition(topic, partition)])[0].offset
                elif record.error():
                    raise RuntimeError(str(record.error()))
                else:
                    at = record.offset() + 1
                    yield PlainRecord(partition, record.offset(), record.key() or b"", record.value() or b"")
    finally:
        consumer.close()


def ends(bootstrap: str, topic: str, partitions: int) -> list[tuple[int, int]]:
    """First and next offset of each partition."""
    consumer = _consumer(bootstrap, "plain-reader")
    try:
        return [consumer.get_watermark_offsets(TopicPartition(topic, n), timeout=20) for n in range(partitions)]
    finally:
        consumer.close()


def _committed(consumer: Consumer, places: list[TopicPartition]) -> list[TopicPartition]:
    try:
        found: list[TopicPartition] = consumer.committed(places, timeout=20)
    except KafkaException as error:
        # a group's coordinator is not there before its first member is
        if error.args[0].code() not in (KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_LOAD_IN_PROGRESS):
            raise
        return [TopicPartition(place.topic, place.partition, 0) for place in places]
    return found


def committed(bootstrap: str, group: str, topic: str, partitions: int) -> list[int]:
    """The offset that a group committed, of each partition; -1001 where it never did."""
    consumer = _consumer(bootstrap, group)
    try:
        return [place.offset for place in _committed(consumer, [TopicPartition(topic, n) for n in range(partitions)])]
    finally:
        consumer.close()


def commit(bootstrap: str, group: str, topic: str, offsets: Sequence[int]) -> None:
    """Commit these offsets, by partition, for a group that nobody is in."""
    consumer = _consumer(bootstrap, group)
    try:
        consumer.commit(offsets=[TopicPartition(topic, n, offset) for n, offset in enumerate(offsets)], asynchronous=False)
    finally:
        consumer.close()


def uncommitted(bootstrap: str, group: str, topic: str, partitions: int) -> int:
    """Records that a group has not committed."""
    consumer = _consumer(bootstrap, group)
    try:
        left = 0
        for place in _committed(consumer, [TopicPartition(topic, n) for n in range(partitions)]):
            low, high = consumer.get_watermark_offsets(TopicPartition(topic, place.partition), timeout=20)
            left += high - max(place.offset, low)
        return left
    finally:
        consumer.close()
