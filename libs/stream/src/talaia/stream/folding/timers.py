"""Timers of the parts of a partition, in order (due, key, part). A slot's wake is the truth; the heap may be behind it."""

import heapq
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime

from talaia.stream.folding.parts import Parts, Slot

_SMALL = 1_024


class Timers:
    """`heap`: (due, key, part). What its part no longer wants is dropped when it comes up, or when it is too much."""

    def __init__(self, keys: Mapping[str, Parts]) -> None:
        self._keys = keys
        self.heap: list[tuple[datetime, str, str]] = []
        self._limit = _SMALL

    def rebuild(self) -> None:
        """From the slots alone."""
        self.heap[:] = [
            (slot.wake, key, name)
            for key, parts in self._keys.items()
            for name, slot in parts.slots.items()
            if slot.wake is not None
        ]
        heapq.heapify(self.heap)
        self._limit = max(_SMALL, 4 * len(self.heap))

    def due(self, until: datetime) -> bool:
        """Whether a timer may be due at or before an instant."""
        return bool(self.heap) and self.heap[0][0] <= until

    def add(self, due: datetime, key: str, name: str) -> None:
        """A part wants to be woken."""
        heapq.heappush(self.heap, (due, key, name))
        if len(self.heap) > self._limit:
            self.rebuild()

    def next(self) -> tuple[datetime, str] | None:
        """When the next timer is due, and of which key."""
        while self.heap:
            due, key, name = self.heap[0]
            slot = self._slot(key, name)
            if slot is not None and slot.wake == due:
                return due, key
            heapq.heappop(self.heap)
        return None

    def pop(self, due: tuple[datetime, str], touch: Callable[[Slot], None]) -> Iterator[str]:
        """Names of the parts of a key due at an instant, in order; each is touched and loses its timer."""
        while self.next() == due:
            name = heapq.heappop(self.heap)[2]
            slot = self._slot(due[1], name)
            assert slot is not None
            touch(slot)
            slot.wake = None
            yield name

    def _slot(self, key: str, name: str) -> Slot | None:
        parts = self._keys.get(key)
        return None if parts is None else parts.slots.get(name)
