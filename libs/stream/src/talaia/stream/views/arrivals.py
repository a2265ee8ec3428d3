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
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.view import Arrival, position

Records = Mapping[TopicPartition, Sequence[ConsumerRecord]]
Ends = Mapping[TopicPartition, int]
"""Up to where partitions were read."""
_log = logging.getLogger(__name__)


class Arrivals:
    """Reads records of some topics, all partitions."""

    def __init__(self, topics: Sequence[Topic], settings: BusSettings) -> None:
        self.partitions: dict[TopicPartition, tuple[Topic, int]] = {
            TopicPartition(settings.topic(topic.name), number): (topic, number)
            for topic in topics
            for number in range(topic.partitions)
        }
        self.places = {partition: (topic.name, number) for partition, (topic, number) in self.partitions.items()}
        self._readers = {partition: Reader(*place) for partition, place in self.partitions.items()}

    def moved(self, reached: Ends, places: Mapping[tuple[str, int], ViewPlace]) -> Ends:
        """Of the partitions that were read up to there, those of which the view has not taken that."""
        return {partition: end for partition, end in reached.items() if end > places[self.places[partition]].next_offset}

    def read(self, records: Records, ends: Ends) -> tuple[list[Taken], list[Arrival]]:
        """What was taken of each partition, up to its end, and the arrivals, numbered from 1."""
        taken: list[Taken] = []
        arrivals: list[Arrival] = []
        for partition, end in ends.items():
            before = len(arrivals)
            some = records.get(partition, ())
            self._read_partition(partition, some, arrivals)
            clock = max((arrival.event.recordedtime for arrival in arrivals[before:]), default=None)
            readable = len(arrivals) - before
            taken.append(Taken(*self.places[partition], end, clock, readable, len(some) - readable))
        return taken, arrivals

    def _read_partition(self, partition: TopicPartition, records: Sequence[ConsumerRecord], arrivals: list[Arrival]) -> None:
        topic, reader = self.partitions[partition][0], self._readers[partition]
        skipped: Counter[str] = Counter()
        for record in records:
            try:
                key, event = reader.read(record)
                place = position(event, record.offset)
            except (Rejected, OverflowError) as why:
                skipped[why.reason if isinstance(why, Rejected) else "time_out_of_range"] += 1
            else:
                arrivals.append(Arrival(topic, key, event, place, len(arrivals) + 1))
        for reason, count in skipped.items():
            where = {"topic": topic.name, "partition": partition.partition, "before_offset": records[-1].offset + 1}
            _log.warning("skipped records", extra=where | {"reason": reason, "count": count})
