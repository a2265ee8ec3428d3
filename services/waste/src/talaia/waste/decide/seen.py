"""Which samples of a sensor were seen: their marks in a row, eight bytes each, so that a duplicate changes nothing.

What makes a sample of a sensor the same as another is its source and time.
"""

import struct
from functools import lru_cache
from hashlib import blake2b

from talaia.waste.model.parts import SEEN_SAMPLES

_MARK = struct.Struct("<Q")
_KEPT = _MARK.size * (SEEN_SAMPLES - 1)
_MOST = 2**64 - 1


def after(seen: bytes | tuple[int, ...], source: str, time_s: float) -> bytes | None:
    """The marks of a sensor's last samples, after one of this source and time; None: it is seen already."""
    if not isinstance(seen, bytes):
        seen = b"".join(_MARK.pack(each & _MOST) for each in seen)
    mark = _MARK.pack(_mark_of(source) ^ int(time_s * 1_000_000) & _MOST)
    place = seen.find(mark)
    while place > 0 and place % _MARK.size:
        place = seen.find(mark, place + 1)
    return seen[-_KEPT:] + mark if place < 0 else None


@lru_cache
def _mark_of(source: str) -> int:
    return int.from_bytes(blake2b(source.encode(), digest_size=8).digest(), "little")
