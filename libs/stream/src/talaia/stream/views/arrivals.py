"""Fetched records as arrivals of a view; what cannot be read is counted and skipped: a writer must not stop an API."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence

from aiokafka import ConsumerRecord, TopicPartition

from talaia.contracts.catalogue import Topic
from talaia.stream.folding.reading import Reader
from talaia.stream.processor import Rejected
from talaia.stream.settings import BusSettings
from talaia.stream.views.store import Taken
from talaia.stream.views.view import Arrival, position

Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]
_log = logging.getLogger(__name__)


class Arrivals:
    """Reads records of some topics, all partitions."""

    def __init__(self, topics: Sequence[Topic], settings: BusSettings) -> None:
        self.partitions: dict[TopicPartition, tuple[Topic, int]] = {
            TopicPartition(settings.topic(topic.name), number): (topic, number)
            for topic in topics
            for number in range(topic.partitions)
        }
        self._readers = {partition: Reader(*place) for partition, place in self.partitions.items()}

    def read(self, records: Records, change: int) -> tuple[list[Taken], list[Arrival]]:
        """What was taken of each partition, and the arrivals, numbered after `change`."""
        taken: list[Taken] = []
        arrivals: list[Arrival] = []
        for partition, some in records.items():
            before = len(arrivals)
            self._read_partition(partition, some, arrivals, change)
            topic, number = self.partitions[partition]
            clock = max((arrival.event.recordedtime for arrival in arrivals[before:]), default=None)
            readable = len(arrivals) - before
            taken.append(Taken(topic.name, number, some[-1].offset + 1, clock, readable, len(some) - readable))
        return taken, arrivals

    def _read_partition(
        self, partition: TopicPartition, records: Sequence[ConsumerRecord], arrivals: list[Arrival], change: int
    ) -> None:
        topic, reader = self.partitions[partition][0], self._readers[partition]
        skipped: Counter[str] = Counter()
        for record in records:
            try:
                key, event = reader.read(record)
                place = position(event, record.offset)
            except (Rejected, OverflowError) as why:
                skipped[why.reason if isinstance(why, Rejected) else "time_out_of_range"] += 1
            else:
                arrivals.append(Arrival(topic, key, event, place, change + len(arrivals) + 1))
        for reason, count in skipped.items():
            where = {"topic": topic.name, "partition": partition.partition, "before_offset": records[-1].offset + 1}
            _log.warning("skipped records", extra=where | {"reason": reason, "count": count})
