"""An in-memory bus that runs the same processors as Kafka: for backtests and tests."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.records import Outgoing, Reject, Slice
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Processor


class StoredRecord(NamedTuple):
    """A record of the in-memory log."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]


class MemoryBus:
    """Logs by topic and partition; appending gives the next offset."""

    def __init__(self) -> None:
        self.logs: dict[tuple[str, int], list[StoredRecord]] = {}

    def append(self, message: Outgoing, partitions: int, timestamp: int = 0) -> None:
        """Put a message on the partition of its key."""
        self.put(message.topic, partition_of(message.key, partitions), message.key, message.value, message.headers, timestamp)

    def put(
        self,
        topic: str,
        partition: int,
        key: bytes | None,
        value: bytes | None,
        headers: tuple[tuple[str, bytes], ...] = (),
        timestamp: int = 0,
    ) -> None:
        """Put a record on a partition, whatever its key says."""
        log = self.logs.setdefault((topic, partition), [])
        log.append(StoredRecord(len(log), timestamp, key, value, headers))

    def records(self, topic: str, partition: int, start: int = 0) -> list[StoredRecord]:
        """Records of a partition from an offset on."""
        return self.logs.get((topic, partition), [])[start:]


class MemoryWorker:
    """Runs a processor on an in-memory bus, all partitions, with state and progress as on Kafka."""

    def __init__(self, processor: Processor, bus: MemoryBus, clock: Clock = Clock.REPLAY) -> None:
        self.processor = processor
        self.bus = bus
        partitions = processor.inputs[0].partitions
        self.folds = [PartitionFold(processor, n, clock) for n in range(partitions)]
        self.changelog: list[dict[bytes, bytes]] = [{} for _ in range(partitions)]
        self.rejects: list[Reject] = []

    def run(self) -> list[Outgoing]:
        """Apply all that is new on the inputs; returns what was said, partition by partition."""
        said: list[Outgoing] = []
        for fold in self.folds:
            for topic in self.processor.inputs:
                said += self._drain(fold, topic.name)
        return said

    def _drain(self, fold: PartitionFold, topic: str) -> Iterable[Outgoing]:
        records = self.bus.records(topic, fold.partition, fold.offsets.get(topic, -1) + 1)
        at = 0
        while at < len(records):
            cut = fold.apply(topic, records, at)
            at += cut.taken
            for key, value in cut.changed.items():
                if value is None:
                    self.changelog[fold.partition].pop(key, None)
                else:
                    self.changelog[fold.partition][key] = value
            self.rejects += cut.rejects
            yield from cut.messages


class MemoryRun:
    """Runs a processor over records that are handed in once and not kept: for backtests, with their clock."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._folds: dict[int, PartitionFold] = {}

    def take(self, topic: str, partition: int, records: Iterable[tuple[bytes, bytes]]) -> Iterator[Slice]:
        """Apply what comes next on a partition, keys with values; what each slice led to."""
        fold = self._folds.get(partition)
        if fold is None:
            fold = self._folds[partition] = PartitionFold(self._processor, partition, Clock.REPLAY)
        first = fold.offsets.get(topic, -1) + 1
        log = [StoredRecord(first + n, 0, key, value, ()) for n, (key, value) in enumerate(records)]
        at = 0
        while at < len(log):
            cut = fold.apply(topic, log, at)
            at += cut.taken
            yield cut
