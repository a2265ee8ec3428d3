"""The fold of one partition: input records in, changed parts and messages out. Pure and synchronous: the Kafka lane
and the in-memory bus run the same.

Everything that decides comes from the log: the clock is the running maximum of `recordedtime`, and before an event
recorded at t every timer due at or before t fires, in order (due, key), each key with all its parts due then.
"""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec

from talaia.contracts.envelope import CONTENT_TYPE_HEADER, Envelope, sequence
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.complaint import signal
from talaia.stream.folding.coverage import progress_in
from talaia.stream.folding.parts import CLAIM, PROGRESS, Parts, StateRefused
from talaia.stream.folding.reading import Reader, failed
from talaia.stream.folding.records import BEGINNING, END, Outgoing, Progress, Record, Reject, Slice
from talaia.stream.folding.sources import OWN_KEY, Refusal, source_in
from talaia.stream.folding.state import PartitionState
from talaia.stream.partitioning import key_of
from talaia.stream.processor import Cause, Message, Processor, Rejected, Step

SLICE_BYTES = 3 * 1_048_576
SLICE_SECONDS = 0.05
SLICE_RECORDS = 2_000
FUTURE_LIMIT = timedelta(seconds=60)
PAST_LIMIT = timedelta(days=30)
_LAST_MS = 221_000_000_000_000
_LOOK_AT_CLOCK_EVERY = 64
_OUTPUTS_OF_A_RECORD = 1_000_000
_MESSAGE_LIMIT_BYTES = 900_000  # of a record batch with one message in it
_LARGE_BYTES = 2_048  # below it an event cannot blow up a part or a message; what a larger one leads to is looked at first


class PartitionFold:
    """State of one partition of a worker, and how records change it. An exception from `apply` leaves it unusable."""

    def __init__(self, processor: Processor, partition: int, clock: Clock, topic_ids: dict[str, str] | None = None) -> None:
        self.processor = processor
        self.partition = partition
        self.wall = clock is Clock.WALL
        self.topic_ids = dict(topic_ids or {})
        self.clock = BEGINNING
        self.offsets: dict[str, int] = {}
        self.state = PartitionState(processor, partition)
        self._timers, self._keys, self._sources = self.state.timers, self.state.keys, self.state.sources
        self._on_event = processor.on_event
        self._readers = {topic.name: Reader(topic, partition) for topic in processor.inputs}
        self._encode = msgspec.json.Encoder().encode
        self._said = 0
        # until `_latest` a record with this stamp of the broker's, or a later one, is surely not of the future
        self._stamped, self._latest = -1, BEGINNING if self.wall else END
        self._messages: list[Outgoing] = []
        self._rejects: list[Reject] = []

    # -- state

    def restore(self, key: bytes, value: bytes | None) -> None:
        """Take one changelog record; the last of a key counts. Raises StateRefused."""
        if key == PROGRESS:
            progress = progress_in(value)
            self.offsets, self.clock, self._said = dict(progress.offsets), progress.clock, progress.said
            self.topic_ids = progress.topic_ids or self.topic_ids
        elif key != CLAIM:
            self.state.restore(key, value)

    def restored(self) -> None:
        """The changelog was read to its end: rebuild the timers."""
        self._timers.rebuild()

    def parts(self, key: str) -> Parts:
        """The parts of one message key."""
        return self.state.parts(key)

    def next_due(self) -> tuple[datetime, str] | None:
        """When the next timer is due, and of which key; of the bus's own timers any key of this partition."""
        due = self._timers.next()
        return due if due is None or due[1] != OWN_KEY else (due[0], key_of(self.partition, self.processor.inputs[0].partitions))

    def progress(self) -> Progress:
        """How far the fold has come."""
        return Progress(dict(self.offsets), self.clock, self.topic_ids, self._said)

    # -- records

    def apply(self, topic: str, records: Sequence[Record], start: int = 0) -> Slice:
        """Apply records of one input from `start` on, until a slice is full; see `Slice.taken`.

        It can be full of timers before the first record is taken: apply again, from the same record on.
        """
        self._end_at = time.perf_counter() + SLICE_SECONDS
        state, timers, reader, self._topic = self.state, self._timers.heap, self._readers[topic], topic
        read, ticks, counted = reader.read, reader.ticks, self._sources.counted
        applied = known = self.offsets.get(topic, -1)
        # a slice can have ended between timers of one instant
        overdue = self._timers.due(self.clock)
        taken = skipped = 0
        for record in islice(records, start, start + SLICE_RECORDS):
            if record.offset > applied:
                self._record, event = record, None
                try:
                    key, event = read(record)
                    recorded = event.recordedtime
                    unsure = recorded >= self._latest or record.timestamp < self._stamped
                    if unsure or overdue or recorded.tzinfo is not UTC or (timers and timers[0][0] <= recorded):
                        if not self._reach(recorded):
                            break
                        overdue = False
                    elif recorded > self.clock:
                        self.clock = recorded
                    if type(event) not in ticks:
                        self._take(key, event)
                        if counted and event.source in counted:
                            self._own(self._sources.taken(event.source, self._position(), self.clock))
                except Rejected as why:
                    self._refuse(event, why)
                applied, self._said = record.offset, 0
            else:
                skipped += 1
            taken += 1
            if state.changed_bytes >= SLICE_BYTES or (taken % _LOOK_AT_CLOCK_EVERY == 0 and self._out_of_time()):
                break
        if applied > known:
            self.offsets[topic] = applied
        return self._cut(taken, skipped)

    def outgoing(self, message: Message) -> Outgoing:
        """A message as bytes."""
        return Outgoing(message.topic.name, message.key.encode(), self._encode(message.event), (CONTENT_TYPE_HEADER,))

    def _reach(self, recorded: datetime) -> bool:
        """Let time pass; False: the slice is full of timers before that. Raises Rejected."""
        try:
            recorded = recorded if recorded.tzinfo is UTC else recorded.astimezone(UTC)
        except OverflowError:
            raise Rejected("schema", "recordedtime is out of range") from None
        if self.wall:
            stamp = self._stamp()
            self._stamped, self._latest = self._record.timestamp, stamp + FUTURE_LIMIT
            if self.clock == BEGINNING:
                # one word from 1970 would let decades of timers fire
                self.clock = max(BEGINNING, stamp - PAST_LIMIT)
        # by the record's own stamp and the clock alone: what came before in this process's life decides nothing
        if recorded > self.clock and recorded > self._latest:
            raise Rejected("recorded_in_the_future", "recordedtime is more than 60 s ahead of the broker's time, or after 9000")
        until = max(recorded, self.clock)
        if not self._fire(until, whole=False):
            return False
        self.clock = until
        return True

    def _take(self, key: str, event: Envelope) -> None:
        """One event. A failure is a reject: no message may stop the worker, and nothing has changed yet. Raises Rejected."""
        view = self._keys.get(key)
        if view is None:
            view = self.state.parts(key)
        try:
            step = self._on_event(key, view, event, self.clock)
            large = len(self._record.value or b"") > _LARGE_BYTES
            if large and not all(map(view.codec.fits, step.changed.values())):
                raise Rejected("too_large", "what is kept of it makes a part of the state larger than its limit")
            messages = self._messages_of(key, step) if step.outcomes else []
            if large and any(len(message.value) > _MESSAGE_LIMIT_BYTES for message in messages):
                raise Rejected("too_large", "what follows from it is larger than a topic takes")
        except (Rejected, StateRefused):
            raise
        except Exception as error:
            raise failed(error) from error
        self.state.absorb(key, view, step)
        if messages:
            self._say(messages)
        if step.wakes and self._timers.due(self.clock):
            self._fire(self.clock, whole=True)

    # -- rejects

    def _refuse(self, event: Envelope | None, why: Rejected) -> None:
        """Put the record aside, and count it for its source."""
        record = self._record
        source = source_in(record.value) if event is None else event.source
        self._rejects.append(Reject(self._topic, record, why.reason, why.detail, source))
        # in a replay nothing is told by the wall
        at = max(BEGINNING, self._stamp()) if self.wall and self.clock == BEGINNING else self.clock
        refusal = Refusal(source, why.reason, self._place(), self._position(), at)
        self._own(self._sources.rejected(refusal, lambda: self.state.area(record.key)))

    def _own(self, step: Step) -> None:
        messages = self._messages_of(OWN_KEY, step)
        self.state.absorb(OWN_KEY, self._sources.parts, step)
        self._say(messages)

    def _stamp(self) -> datetime:
        return BEGINNING + timedelta(milliseconds=min(self._record.timestamp, _LAST_MS))

    def _position(self) -> str:
        return f"{self._topic}/{self.partition}/{self._record.offset}"

    def _place(self) -> int:
        """The record's number among those of all inputs: it rises with every record, whatever its input."""
        return sum(offset + 1 for topic, offset in self.offsets.items() if topic != self._topic) + self._record.offset + 1

    # -- timers and outcomes

    def _fire(self, until: datetime, whole: bool) -> bool:
        """Fire what is due; False: not all, because the slice is full and need not be whole."""
        while (due := self._timers.next()) is not None and due[0] <= until:
            if not whole and (self.state.changed_bytes >= SLICE_BYTES or self._out_of_time()):
                return False
            at, key = due
            names = self.state.wake(due)
            self.clock = max(self.clock, at)
            view = self.state.parts(key)
            own = key == OWN_KEY
            step = self._sources.wake(names, self._place(), at) if own else self.processor.on_wake(key, view, names, at)
            for name in names:
                wake = step.wakes.get(name)
                if wake is not None and wake <= at:
                    raise RuntimeError(f"{self.processor.name} sets part {name}'s timer to {wake} when it fires at {at}")
            messages = self._messages_of(key, step)
            self.state.absorb(key, view, step)
            self._say(messages)
        return True

    def _messages_of(self, key: str, step: Step) -> list[Outgoing]:
        said = []
        for number, outcome in enumerate(step.outcomes, self._place() * _OUTPUTS_OF_A_RECORD + self._said):
            cause = Cause(self._topic, self.partition, self._record.offset, sequence(number))
            own = key == OWN_KEY
            message = signal(self.processor.name, outcome, cause) if own else self.processor.message(key, outcome, cause)
            said.append(self.outgoing(message))
        return said

    def _say(self, messages: list[Outgoing]) -> None:
        self._messages += messages
        self._said += len(messages)

    # -- slices

    def _out_of_time(self) -> bool:
        return time.perf_counter() > self._end_at

    def _cut(self, taken: int, skipped: int) -> Slice:
        cut = Slice(taken, skipped, self.state.cut(), self._messages, self._rejects, self.progress())
        self._messages, self._rejects = [], []
        return cut
