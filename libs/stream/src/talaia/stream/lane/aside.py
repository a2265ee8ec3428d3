"""What of a rejected record is put aside: all of it, or its beginning where it is larger than its topic takes.

A record that came compressed may be larger than any record batch; so may what its sender put around its value.
"""

from typing import NamedTuple

from talaia.stream.folding.reading import KEY_LIMIT_BYTES
from talaia.stream.folding.records import Record
from talaia.stream.odd_batches import CUT

Headers = tuple[tuple[str, bytes], ...]

_LARGEST_BYTES = 1_048_576
_KEPT_BYTES = 65_536
_HEADER_BYTES = 10  # what one takes beside name and value, at most


class Kept(NamedTuple):
    """Key, value and headers as they are written."""

    key: bytes | None
    value: bytes | None
    headers: Headers


def kept(record: Record) -> Kept:
    """The record, or the beginning of its key and value; then its headers are left out and `CUT` says so."""
    key, value, headers = record.key, record.value, tuple(record.headers)
    size_bytes = len(key or b"") + len(value or b"")
    size_bytes += sum(len(name.encode()) + len(word or b"") + _HEADER_BYTES for name, word in headers)
    if size_bytes <= _LARGEST_BYTES:
        return Kept(key, value, headers)
    sizes = f"key {len(key or b'')} bytes, value {len(value or b'')} bytes, {len(headers)} headers"
    return Kept(key and key[:KEY_LIMIT_BYTES], value and value[:_KEPT_BYTES], ((CUT, sizes.encode()),))
