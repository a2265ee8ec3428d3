"""Record batches that Kafka takes and that would end every process that reads them, each time it starts.

A header name that is not UTF-8 is read with U+FFFD for what is no text in it; aiokafka's parser fails at it. A batch that
unfolds to more than a process may hold is not unfolded: one record without key and value stands in its place, so that a
worker rejects it and goes on. All of this is private to aiokafka; tests/contract/test_faust_overrides.py watches its source.
"""

import mmap
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import _DefaultRecordBatchPy, _DefaultRecordPy
from aiokafka.record.memory_records import MemoryRecords

LARGEST_BYTES = 64 * 1_048_576
"""To what a batch may unfold: 64 times what its topic takes of one that is not compressed."""
CUT = "cut"
"""Header of a record that is not whole: how large it was."""
_LENGTH_ENDS_AT = 12
_RECORDS_BEGIN_AT = 61


class _Codec(NamedTuple):
    """How it unfolds into a buffer, and how often its own size the result can be; None: there is no bound."""

    module: Any
    most: int | None


_CODECS: Mapping[int, _Codec] = {1: _Codec(cramjam.gzip, 1_040), 3: _Codec(cramjam.lz4, 256), 4: _Codec(cramjam.zstd, None)}
"""By number; snappy unfolds to some twenty times its size."""


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
    """A record batch. parsed: what aiokafka's compiled parser knows of it."""

    __slots__ = ("_raw", "parsed")

    def __init__(self, parsed: Any, raw: memoryview) -> None:
        self.parsed, self._raw = parsed, raw

    def __getattr__(self, name: str) -> Any:
        return getattr(self.parsed, name)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.records())

    def records(self) -> list[Any]:
        """Its records, or what is said above."""
        if self._too_large():
            last, stamp, kind = self.next_offset - 1, self.max_timestamp, self.timestamp_type
            why = f"a batch of {len(self._raw)} bytes that does not unfold to at most {LARGEST_BYTES}"
            return [_DefaultRecordPy(last, stamp, kind, None, None, [(CUT, why.encode())])]
        try:
            return list(self.parsed)
        except UnicodeDecodeError:
            return list(_Bearing(self._raw))

    def _too_large(self) -> bool:
        """Only what could be is unfolded to see it: what our own clients send is not."""
        codec = _CODECS.get(self.parsed.compression_type) if self.parsed.magic > 1 else None
        if codec is None or (codec.most is not None and len(self._raw) * codec.most <= LARGEST_BYTES):
            return False
        try:
            with mmap.mmap(-1, LARGEST_BYTES) as room:  # takes memory only where it is written
                codec.module.decompress_into(self._raw[_RECORDS_BEGIN_AT:], room)
        except cramjam.DecompressionError:
            return True
        return False


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
        length = self._data[begin + _LENGTH_ENDS_AT - 4 : begin + _LENGTH_ENDS_AT]
        self._at += _LENGTH_ENDS_AT + int.from_bytes(length, "big")
        return Batch(parsed, self._data[begin : self._at])


def bear_with_them() -> None:
    """From now on every aiokafka consumer of this process reads such batches."""
    fetcher.MemoryRecords = Batches
