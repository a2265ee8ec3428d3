"""The topics of the benchmark: filled once, and what a run wrote made anew."""

import time
from collections.abc import Iterable

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient
from load.window_job import READINGS, TOPICS, reading
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings

Record = tuple[str, int, bytes, bytes]
"""Topic, partition, key, value."""


def make(bootstrap: str, prefix: str) -> None:
    """All topics of the job, empty."""
    topics.apply(BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix), TOPICS)


def fill(bootstrap: str, prefix: str, events: int, keys: int) -> float:
    """Put readings on the input; returns their mean size in bytes."""
    size_bytes = 0

    def readings() -> Iterable[Record]:
        nonlocal size_bytes
        for number in range(events):
            key, value = reading(number, keys)
            size_bytes += len(value)
            yield prefix + READINGS.name, partition_of(key, READINGS.partitions), key, value

    write(bootstrap, readings())
    return size_bytes / events


def write(bootstrap: str, records: Iterable[Record]) -> None:
    """Put records on topics, in order."""
    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 500_000})
    for number, (topic, partition, key, value) in enumerate(records):
        while True:
            try:
                producer.produce(topic, value, key=key, partition=partition)
                break
            except BufferError:
                producer.poll(0.05)
        if number % 1_000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0, "the broker did not take all records"


def forget(bootstrap: str, prefix: str) -> None:
    """Everything but the input is made anew, so that the next run begins at the beginning."""
    admin = AdminClient({"bootstrap.servers": bootstrap})
    written = [prefix + topic.name for topic in TOPICS if topic is not READINGS]
    for deleted in admin.delete_topics(written, operation_timeout=30).values():
        deleted.result(30)
    while set(written) & set(admin.list_topics(timeout=10).topics):
        time.sleep(0.05)
    make(bootstrap, prefix)
