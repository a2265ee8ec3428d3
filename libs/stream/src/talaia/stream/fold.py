"""The fold of one partition: input records in, changed parts and messages out. Pure and synchronous: the Kafka lane
and the in-memory bus run the same.

Everything that decides comes from the log: the clock is the running maximum of `recordedtime`, and before an event
recorded at t every timer due at or before t fires, in order (due, key), each key with all its parts due then.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope, Tick, sequence
from talaia.contracts.vocabulary import Clock
from talaia.stream.parts import CLAIM, PROGRESS, Codec, Parts, Slot, record_key, split_record_key
from talaia.stream.processor import Cause, Message, Processor, Rejected, Step
from talaia.stream.reading import Reader, failed
from talaia.stream.records import Outgoing, Progress, Record, Reject, Slice
from talaia.stream.timers import Timers

SLICE_BYTES = 3 * 1_048_576
SLICE_SECONDS = 0.05
SLICE_RECORDS = 2_000
FUTURE_LIMIT_S = 60
BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_LOOK_AT_CLOCK_EVERY = 64
_OUTPUTS_OF_A_RECORD = 1_000_000


class PartitionFold:
    """State of one partition of a worker, and how records change it. An exception from `apply` leaves it unusable."""

    def __init__(self, processor: Processor, partition: int, clock: Clock, topic_ids: dict[str, str] | None = None) -> None:
        self.processor = processor
        self.partition = partition
        self.wall = clock is Clock.WALL
        self.topic_ids = dict(topic_ids or {})
        self.clock = BEGINNING
        self.offsets: dict[str, int] = {}
        self.state_parts = 0
        self.state_bytes = 0
        self._codec = Codec(processor.part_type, processor.part_format)
        self._keys: dict[str, Parts] = {}
        self._timers = Timers(self._keys)
        self._readers = {topic.name: Reader(topic, partition) for topic in processor.inputs}
        self._encode = msgspec.json.Encoder().encode
        self._said = 0
        self._open()

    # -- state

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record; the last of a key counts. Raises NewerState."""
        if key == PROGRESS:
            progress = msgspec.msgpack.decode(value or b"", type=Progress)
            self.offsets, self.clock, self._said = dict(progress.offsets), progress.clock, progress.said
            self.topic_ids = progress.topic_ids or self.topic_ids
        elif key != CLAIM:
            name, part = split_record_key(key)
            if name in self._keys:
                self._end(name, part)
            if value is not None:
                self._begin(name, part, self._codec.slot(key, value))

    def restored(self) -> None:
        """The changelog was read to its end: rebuild the timers."""
        self._timers.rebuild()

    def parts(self, key: str) -> Parts:
        """The parts of one message key."""
        return self._keys.get(key) or Parts(self._codec)

    def next_due(self) -> tuple[datetime, str] | None:
        """When the next timer is due, and of which key."""
        return self._timers.next()

    def progress(self) -> Progress:
        """How far the fold has come."""
        return Progress(dict(self.offsets), self.clock, self.topic_ids, self._said)

    # -- records

    def apply(self, topic: str, records: Sequence[Record], start: int = 0) -> Slice:
        """Apply records of one input from `start` on, until a slice is full; see `Slice.taken`.

        It can be full of timers before the first record is taken: apply again, from the same record on.
        """
        self._open()
        read, self._topic = self._readers[topic].read, topic
        applied = self.offsets.get(topic, -1)
        index, skipped, last = start, 0, min(len(records), start + SLICE_RECORDS)
        while index < last:
            record = records[index]
            if record.offset > applied:
                self._record, self._source = record, ""
                try:
                    if not self._one(*read(record)):
                        break
                except Rejected as why:
                    self._rejects.append(Reject(topic, record, why.reason, why.detail, self._source))
                applied = self.offsets[topic] = record.offset
                self._said = 0
            else:
                skipped += 1
            index += 1
            if self._bytes >= SLICE_BYTES or (index % _LOOK_AT_CLOCK_EVERY == 0 and time.perf_counter() > self._end_at):
                break
        return self._cut(index - start, skipped)

    def outgoing(self, message: Message) -> Outgoing:
        """A message as bytes."""
        return Outgoing(message.topic.name, message.key.encode(), self._encode(message.event), (CONTENT_TYPE_HEADER,))

    def _one(self, key: str, event: Envelope) -> bool:
        """False: the slice is full of timers, and the event is still to be applied. Raises Rejected."""
        self._source = event.source
        if event.recordedtime > self.clock:
            recorded = self._recorded(event)
            if not self._fire(recorded, whole=False):
                return False
            self.clock = recorded
        if not isinstance(event, Tick):
            step, messages = self._judge(key, event)
            self._absorb(key, step, messages)
            self._fire(self.clock, whole=True)
        return True

    def _recorded(self, event: Envelope) -> datetime:
        recorded = event.recordedtime
        if self.wall and recorded.timestamp() > self._record.timestamp / 1000 + FUTURE_LIMIT_S:
            raise Rejected("recorded_in_the_future", "recordedtime is more than 60 s ahead of the broker's time")
        try:
            return recorded if recorded.tzinfo is UTC else recorded.astimezone(UTC)
        except OverflowError:
            raise Rejected("schema", "recordedtime is out of range") from None

    def _judge(self, key: str, event: Envelope) -> tuple[Step, list[Outgoing]]:
        """What follows from an event. A failure is a reject: no message may stop the worker, and nothing has changed yet."""
        try:
            step = self.processor.on_event(key, self.parts(key), event, self.clock)
            return step, self._messages_of(key, step)
        except Rejected:
            raise
        except Exception as error:
            raise failed(error) from error

    # -- steps

    def _fire(self, until: datetime, whole: bool) -> bool:
        """Fire what is due; False: not all, because the slice is full and need not be whole."""
        while (due := self._timers.next()) is not None and due[0] <= until:
            if not whole and (self._bytes >= SLICE_BYTES or time.perf_counter() > self._end_at):
                return False
            at, key = due
            names = tuple(self._timers.pop(due, self._touch))
            self.clock = max(self.clock, at)
            step = self.processor.on_wake(key, self.parts(key), names, at)
            for name in names:
                wake = step.wakes.get(name)
                if wake is not None and wake <= at:
                    raise RuntimeError(f"{self.processor.name} sets part {name}'s timer to {wake} when it fires at {at}")
            self._absorb(key, step, self._messages_of(key, step))
        return True

    def _messages_of(self, key: str, step: Step) -> list[Outgoing]:
        if not step.outcomes:
            return []
        # positions of all inputs together rise with every record, whatever its input
        others = sum(offset + 1 for topic, offset in self.offsets.items() if topic != self._topic)
        position = (others + self._record.offset + 1) * _OUTPUTS_OF_A_RECORD + self._said
        said = []
        for number, outcome in enumerate(step.outcomes, position):
            cause = Cause(self._topic, self.partition, self._record.offset, sequence(number))
            said.append(self.outgoing(self.processor.message(key, outcome, cause)))
        return said

    def _absorb(self, key: str, step: Step, messages: list[Outgoing]) -> None:
        for name, part in step.changed.items():
            view = self._keys.get(key)
            slot = view.slots.get(name) if view else None
            if part is None:
                self._dirty[record_key(key, name)] = None
                if slot is not None:
                    self._end(key, name)
            elif slot is None:
                slot = self._codec.new(record_key(key, name), part)
                self._begin(key, name, slot)
                self._touch(slot)
            else:
                self._touch(slot)
                slot.part, slot.body = part, None
        for name, wake in step.wakes.items():
            self._set_wake(key, name, wake)
        self._messages += messages
        self._said += len(messages)

    def _set_wake(self, key: str, name: str, wake: datetime | None) -> None:
        slot = self.parts(key).slots.get(name)
        if slot is None and wake is not None:
            raise RuntimeError(f"{self.processor.name} sets a timer on part {name}, which does not exist")
        if slot is not None and slot.wake != wake:
            self._touch(slot)
            slot.wake = None if wake is None else wake.astimezone(UTC)
            if slot.wake is not None:
                self._timers.add(slot.wake, key, name)

    def _begin(self, key: str, name: str, slot: Slot) -> None:
        view = self._keys.get(key)
        if view is None:
            view = self._keys[key] = Parts(self._codec)
        view.slots[name] = slot
        self.state_parts += 1
        self.state_bytes += slot.size_bytes

    def _end(self, key: str, name: str) -> None:
        slots = self._keys[key].slots
        slot = slots.pop(name, None)
        if slot is not None:
            self.state_parts -= 1
            self.state_bytes -= slot.size_bytes
        if not slots:
            del self._keys[key]

    def _touch(self, slot: Slot) -> None:
        """Mark a part as changed in this slice; it may grow to twice its size."""
        if self._dirty.get(slot.key) is not slot:
            self._dirty[slot.key] = slot
            self._bytes += 2 * slot.size_bytes

    # -- slices

    def _open(self) -> None:
        self._dirty: dict[bytes, Slot | None] = {}
        self._messages: list[Outgoing] = []
        self._rejects: list[Reject] = []
        self._bytes = 0
        self._end_at = time.perf_counter() + SLICE_SECONDS

    def _cut(self, taken: int, skipped: int) -> Slice:
        changed: dict[bytes, bytes | None] = {}
        value = self._codec.value
        for key, slot in self._dirty.items():
            if slot is None:
                changed[key] = None
            else:
                self.state_bytes -= slot.size_bytes
                changed[key] = value(slot)
                self.state_bytes += slot.size_bytes
        return Slice(taken, skipped, changed, self._messages, self._rejects, self.progress())
