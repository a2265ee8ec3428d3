"""The fold of one partition: input records in, changed parts and messages out. Pure and synchronous: the Kafka lane
and the in-memory bus run the same.

Everything that decides comes from the log: the clock is the running maximum of `recordedtime`, and before an event
recorded at t every timer due at or before t fires, in order (due, key), each key with all its parts due then.
"""

import heapq
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, Protocol

import msgspec

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope, Tick, sequence
from talaia.contracts.vocabulary import Clock
from talaia.stream.partitioning import partition_of
from talaia.stream.parts import CLAIM, PROGRESS, Codec, Parts, Slot, record_key, split_record_key
from talaia.stream.processor import Cause, Message, Processor, Rejected, Step

SLICE_BYTES = 3 * 1_048_576
SLICE_SECONDS = 0.05
SLICE_RECORDS = 2_000
FUTURE_LIMIT = timedelta(seconds=60)
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_GUESSED_PART_BYTES = 1_024
_LOOK_AT_CLOCK_EVERY = 64
_CONTROL_CHARACTER = re.compile(rb"\\u00[01][0-9a-fA-F]")


class Record(Protocol):
    """A record as consumers deliver it (aiokafka's ConsumerRecord fits)."""

    @property
    def offset(self) -> int:
        """Its place in the partition."""
        ...

    @property
    def timestamp(self) -> int:
        """Milliseconds since 1970, by the broker."""
        ...

    @property
    def key(self) -> bytes | None:
        """Decides its partition."""
        ...

    @property
    def value(self) -> bytes | None:
        """The event."""
        ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """Kafka headers."""
        ...


class Outgoing(NamedTuple):
    """A message ready for a topic, without the installation's prefix."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


class Reject(NamedTuple):
    """A record that could not be applied, and why."""

    topic: str
    record: Record
    reason: str
    detail: str
    source: str


class Progress(msgspec.Struct, frozen=True):
    """How far a partition's state has come: last applied offset and id of each input topic, and the stream clock."""

    offsets: dict[str, int]
    clock: datetime
    topic_ids: dict[str, str] = {}


class Slice(NamedTuple):
    """What some records led to. taken: how many of the given ones; changed: changelog records; progress: after them."""

    taken: int
    skipped: int
    changed: dict[bytes, bytes | None]
    messages: list[Outgoing]
    rejects: list[Reject]
    progress: Progress


class PartitionFold:
    """State of one partition of a worker, and how records change it."""

    def __init__(self, processor: Processor, partition: int, clock: Clock, topic_ids: dict[str, str] | None = None) -> None:
        self.processor = processor
        self.partition = partition
        self.codec = Codec(processor.part_type, processor.part_format)
        self.wall = clock is Clock.WALL
        self.topic_ids = dict(topic_ids or {})
        self.clock = BEGINNING
        self.offsets: dict[str, int] = {}
        self.slots: dict[str, dict[str, Slot]] = {}
        self._views: dict[str, Parts] = {}
        self._timers: list[tuple[datetime, str, str]] = []
        self._decode = {topic.name: msgspec.json.Decoder(_union(topic)).decode for topic in processor.inputs}
        self._partitions = {topic.name: topic.partitions for topic in processor.inputs}
        self._encode = msgspec.json.Encoder().encode
        self._open()

    # -- state

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record; the last of a key counts. Raises NewerState."""
        if key == PROGRESS:
            progress = msgspec.msgpack.decode(value or b"", type=Progress)
            self.offsets, self.clock = dict(progress.offsets), progress.clock
            self.topic_ids = progress.topic_ids or self.topic_ids
        elif key != CLAIM:
            name, part = split_record_key(key)
            if value is not None:
                self.slots.setdefault(name, {})[part] = self.codec.slot(value)
            elif name in self.slots:
                self.slots[name].pop(part, None)

    def restored(self) -> None:
        """The changelog was read to its end: rebuild the timers."""
        self._timers = [
            (slot.wake, key, name) for key, slots in self.slots.items() for name, slot in slots.items() if slot.wake is not None
        ]
        heapq.heapify(self._timers)

    def parts(self, key: str) -> Parts:
        """The parts of one message key."""
        view = self._views.get(key)
        if view is None:
            view = self._views[key] = Parts(self.slots.setdefault(key, {}), self.codec)
        return view

    def next_due(self) -> tuple[datetime, str] | None:
        """When the next timer is due, and of which key."""
        while self._timers:
            due, key, name = self._timers[0]
            slot = self.slots.get(key, {}).get(name)
            if slot is not None and slot.wake == due:
                return due, key
            heapq.heappop(self._timers)
        return None

    def progress(self) -> Progress:
        """How far the fold has come."""
        return Progress(dict(self.offsets), self.clock, self.topic_ids)

    # -- records

    def apply(self, topic: str, records: Sequence[Record], start: int = 0) -> Slice:
        """Apply records of one input from `start` on, until a slice is full; see `Slice.taken`."""
        self._open()
        applied = self.offsets.get(topic, -1)
        decode, partitions = self._decode[topic], self._partitions[topic]
        end = time.perf_counter() + SLICE_SECONDS
        index, skipped = start, 0
        last = min(len(records), start + SLICE_RECORDS)
        while index < last:
            record = records[index]
            index += 1
            if record.offset <= applied:
                skipped += 1
                continue
            self._position += record.offset - applied
            applied = self.offsets[topic] = record.offset
            try:
                self._one(topic, record, decode, partitions)
            except Rejected as why:
                self._rejects.append(Reject(topic, record, why.reason, why.detail, self._source))
            if self._bytes >= SLICE_BYTES or (index % _LOOK_AT_CLOCK_EVERY == 0 and time.perf_counter() > end):
                break
        return self._cut(index - start, skipped)

    def _one(self, topic: str, record: Record, decode: Any, partitions: int) -> None:
        self._source = ""
        event, key = self._read(record, decode, partitions)
        self._source = event.source
        recorded = event.recordedtime
        if self.wall and recorded.timestamp() * 1000 > record.timestamp + FUTURE_LIMIT.total_seconds() * 1000:
            raise Rejected("recorded_in_the_future", "recordedtime is more than 60 s ahead of the broker's time")
        self._at = (topic, record.offset)
        if recorded > self.clock:
            self._fire(recorded)
            self.clock = recorded
        if isinstance(event, Tick):
            return
        self._absorb(key, self.processor.on_event(key, self.parts(key), event, self.clock))
        self._fire(self.clock)

    def _read(self, record: Record, decode: Any, partitions: int) -> tuple[Envelope, str]:
        if record.value is None or record.key is None:
            raise Rejected("no_value" if record.value is None else "no_key", "a record needs a key and a value")
        if b"\\u00" in record.value and _CONTROL_CHARACTER.search(record.value):
            raise Rejected("control_character", "text with control characters")
        try:
            key = record.key.decode()
            event: Envelope = decode(record.value)
        except msgspec.ValidationError as error:
            raise Rejected("schema", str(error)) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Rejected("unreadable", type(error).__name__) from None
        if partition_of(record.key, partitions) != self.partition:
            raise Rejected("wrong_partition", f"the key belongs to partition {partition_of(record.key, partitions)}")
        return event, key

    # -- steps

    def _fire(self, until: datetime) -> None:
        while (due := self.next_due()) is not None and due[0] <= until:
            at, key = due
            names = []
            while self.next_due() == due:
                name = heapq.heappop(self._timers)[2]
                names.append(name)
                self._touch(key, name).wake = None
            self.clock = max(self.clock, at)
            self._absorb(key, self.processor.on_wake(key, self.parts(key), tuple(names), at))

    def _absorb(self, key: str, step: Step) -> None:
        if step.changed:
            slots = self.slots.setdefault(key, {})
            for name, part in step.changed.items():
                if part is None:
                    slots.pop(name, None)
                    self._dirty[key, name] = None
                else:
                    slot = self._touch(key, name)
                    slot.part, slot.body = part, None
        for name, wake in step.wakes.items():
            self._set_wake(key, name, wake)
        if step.outcomes:
            topic, offset = self._at
            cause = Cause(topic, self.partition, offset, sequence(self._position))
            for outcome in step.outcomes:
                self._messages.append(self.outgoing(self.processor.message(key, outcome, cause)))

    def _set_wake(self, key: str, name: str, wake: datetime | None) -> None:
        slot = self.slots.get(key, {}).get(name)
        if slot is None:
            if wake is not None:
                raise RuntimeError(f"{self.processor.name} sets a timer on part {name}, which does not exist")
        elif slot.wake != wake:
            self._touch(key, name).wake = wake
            if wake is not None:
                heapq.heappush(self._timers, (wake, key, name))

    def _touch(self, key: str, name: str) -> Slot:
        """The slot of a part, marked as changed in this slice."""
        slots = self.slots.get(key)
        if slots is None:
            slots = self.slots[key] = {}
        slot = slots.get(name)
        if slot is None:
            slot = slots[name] = Slot(None, None, None)
        mark = (key, name)
        if mark not in self._dirty:
            self._bytes += len(slot.body) if slot.body is not None else _GUESSED_PART_BYTES
            self._dirty[mark] = slot
        elif self._dirty[mark] is None:
            self._dirty[mark] = slot
        return slot

    def outgoing(self, message: Message) -> Outgoing:
        """A message as bytes."""
        return Outgoing(message.topic.name, message.key.encode(), self._encode(message.event), (CONTENT_TYPE_HEADER,))

    # -- slices

    def _open(self) -> None:
        self._dirty: dict[tuple[str, str], Slot | None] = {}
        self._messages: list[Outgoing] = []
        self._rejects: list[Reject] = []
        self._bytes = 0
        self._position = sum(self.offsets.values()) + len(self.offsets)
        self._at = ("", -1)
        self._source = ""

    def _cut(self, taken: int, skipped: int) -> Slice:
        changed = {
            record_key(key, name): None if slot is None else self.codec.value(slot, f"{key}/{name}")
            for (key, name), slot in self._dirty.items()
        }
        return Slice(taken, skipped, changed, self._messages, self._rejects, self.progress())


def _union(topic: Topic) -> Any:
    union: Any = topic.events[0]
    for event in topic.events[1:]:
        union = union | event
    return union
