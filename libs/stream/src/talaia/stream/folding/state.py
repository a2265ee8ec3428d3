"""The parts of a partition in memory, their timers, and what changed since the last slice."""

from datetime import UTC, datetime

from talaia.stream.folding.parts import Codec, ForeignState, Parts, Slot, named, record_key, split_record_key
from talaia.stream.folding.sources import OWN_KEY, Sources
from talaia.stream.folding.timers import Timers
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import PartGauge, Processor, Step

NO_AREA = "system"
"""Hears of what is rejected where nobody configured an area."""
_OWN = record_key(OWN_KEY, "")
_LOOK_EVERY = 64


class PartitionState:
    """Parts by message key, those of the bus itself under its own. changed_bytes: what the changes of this slice may take on
    the changelog.
    """

    def __init__(self, processor: Processor, partition: int) -> None:
        self._name, self._area = processor.name, processor.area
        self._partition, self._partitions = partition, processor.inputs[0].partitions
        self._codec = Codec(processor.part_type, processor.part_format)
        self._dirty: dict[bytes, Slot | None] = {}
        self.sources = Sources()
        self.keys: dict[str, Parts] = {}
        self.timers = Timers(self.keys)
        self.parts_count = 0
        self.parts_bytes = 0
        self.changed_bytes = 0

    def parts(self, key: str) -> Parts:
        """The parts of one message key."""
        view = self.keys.get(key)
        if view is None:
            return self.sources.parts if key == OWN_KEY else Parts(self._codec)
        return view

    def restore(self, record: bytes, value: bytes | None) -> None:
        """Take one part of the changelog; the last of a key counts. Raises NewerState, ForeignState."""
        key, name = split_record_key(record)
        view = self.parts(key)
        if name in view:
            self._end(key, name)
        if value is None:
            return
        if self.parts_count % _LOOK_EVERY == 0 and key != OWN_KEY:
            self._look(record, key)
        slot = view.codec.slot(record, value)
        if key == OWN_KEY:
            self.sources.check(slot)
        self._begin(key, name, slot, view)

    def _look(self, record: bytes, key: str) -> None:
        """A state that was copied from another partition is not gone on with; to look at each part would take too long."""
        if partition_of(key.encode(), self._partitions) != self._partition:
            raise ForeignState(f"part {named(record)} of another partition")

    def area(self, key: bytes | None) -> str:
        """The area of a record's key, else one of this partition, else the system's own."""
        for each in ((key or b"").decode(errors="replace"), *sorted(self.keys)):
            view = self.keys.get(each) if each != OWN_KEY else None
            area = None if view is None else self._area(each, view)
            if area is not None:
                return area
        return NO_AREA

    def sum_of(self, gauge: PartGauge) -> float:
        """What a gauge shows, asked from any thread. A part that nobody read since the recovery counts nothing."""
        slots = [view.slots.get(gauge.part) for key, view in list(self.keys.items()) if key != OWN_KEY]
        return sum(gauge.value(slot.part) for slot in slots if slot is not None and slot.part is not None)

    def absorb(self, key: str, view: Parts, step: Step) -> None:
        """Change the parts and timers of one key."""
        slots = view.slots
        for name, part in step.changed.items():
            slot = slots.get(name)
            if slot is None:
                if part is not None:
                    slot = view.codec.new(record_key(key, name), part)
                    self._begin(key, name, slot, view)
                    self._touch(slot)
            elif part is None:
                self._dirty[slot.key] = None
                self._end(key, name)
            else:
                # without a value it was changed in this slice already
                if slot.value is not None:
                    self._touch(slot)
                    slot.value = None
                slot.part = part
        if step.wakes:
            for name, wake in step.wakes.items():
                self._set_wake(key, name, slots.get(name), wake)

    def wake(self, due: tuple[datetime, str]) -> tuple[str, ...]:
        """The parts of a key whose timers are due at an instant, in order; their timers are gone."""
        return tuple(self.timers.pop(due, self._touch))

    def cut(self) -> dict[bytes, bytes | None]:
        """The changes since the last cut, as changelog records. Raises PartTooLarge."""
        changed: dict[bytes, bytes | None] = {}
        value, own = self._codec.value, self.sources.parts.codec.value
        for key, slot in self._dirty.items():
            if slot is None:
                changed[key] = None
            else:
                self.parts_bytes -= slot.size_bytes
                changed[key] = own(slot) if key.startswith(_OWN) else value(slot)
                self.parts_bytes += slot.size_bytes
        self._dirty, self.changed_bytes = {}, 0
        return changed

    def _set_wake(self, key: str, name: str, slot: Slot | None, wake: datetime | None) -> None:
        if slot is None and wake is not None:
            raise RuntimeError(f"{self._name} sets a timer on part {name}, which does not exist")
        if slot is not None and slot.wake != wake:
            self._touch(slot)
            slot.wake = None if wake is None else wake.astimezone(UTC)
            if slot.wake is not None:
                self.timers.add(slot.wake, key, name)

    def _begin(self, key: str, name: str, slot: Slot, view: Parts) -> None:
        self.keys[key] = view
        view.slots[name] = slot
        self.parts_count += 1
        self.parts_bytes += slot.size_bytes

    def _end(self, key: str, name: str) -> None:
        slots = self.keys[key].slots
        self.parts_count -= 1
        self.parts_bytes -= slots.pop(name).size_bytes
        if not slots:
            del self.keys[key]

    def _touch(self, slot: Slot) -> None:
        """Mark a part as changed in this slice; it may grow to twice its size."""
        if self._dirty.get(slot.key) is not slot:
            self._dirty[slot.key] = slot
            self.changed_bytes += 2 * slot.size_bytes
