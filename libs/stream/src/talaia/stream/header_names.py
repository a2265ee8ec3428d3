"""Header names that are not UTF-8: Kafka takes them, and aiokafka's parser fails at such a record for ever.

Whoever may write a topic could so stop all who read it. With `bear_with_them` a batch that holds one is read a second
time, and what is no text in the name stands there as U+FFFD. All of this is private to aiokafka;
tests/contract/test_faust_overrides.py watches its source.
"""

from collections.abc import Iterator
from typing import Any

from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords

_BATCH_HEAD_BYTES = 12
"""Before the bytes that a batch's length counts; the length is the last four of them."""


class _Text(bytearray):
    """Bytes whose pieces decode, whatever they hold."""

    def __getitem__(self, place: Any) -> Any:
        found = super().__getitem__(place)
        return _Text(found) if isinstance(place, slice) else found

    def decode(self, *_: Any) -> str:
        return super().decode(errors="replace")


class _Bearing(_DefaultRecordBatchPy):  # type: ignore[misc]
    """aiokafka's parser in Python, over such bytes."""

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Text(self._buffer)  # type: ignore[has-type]


class Batch:
    """A record batch as aiokafka's compiled parser reads it, and as `_Bearing` does if that fails."""

    def __init__(self, parsed: Any, raw: memoryview) -> None:
        self._parsed, self._raw = parsed, raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self._parsed, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            return iter(list(self._parsed))
        except UnicodeDecodeError:
            return iter(list(_Bearing(self._raw)))


class Batches:
    """What a fetch brought of one partition."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = memoryview(data), 0
        self._parsed = MemoryRecords(data)
        self.has_next = self._parsed.has_next
        self.size_in_bytes = self._parsed.size_in_bytes

    def next_batch(self) -> Batch:
        """The next batch; `has_next` has said that there is one."""
        begin, parsed = self._at, self._parsed.next_batch()
        length_at = begin + _BATCH_HEAD_BYTES - 4
        self._at += _BATCH_HEAD_BYTES + int.from_bytes(self._data[length_at : length_at + 4], "big")
        return Batch(parsed, self._data[begin : self._at])


def bear_with_them() -> None:
    """From now on every aiokafka consumer of this process reads such records."""
    fetcher.MemoryRecords = Batches
