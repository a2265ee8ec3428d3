"""Which samples of a sensor were seen already: a duplicate changes nothing.

What makes a sample of a sensor the same as another is its source and time, of which a mark keeps the millisecond. Two
times of one source have the same mark when they are 50 days apart, and only what is not newer than all is looked up.
"""

import struct
from functools import lru_cache
from hashlib import blake2b

from talaia.waste.model.parts import SEEN_SAMPLES, Marks

_MARK = struct.Struct("<L")
_MOST = 2**32 - 1


def after(before: Marks, source: str, time_s: float, most: int = SEEN_SAMPLES) -> Marks | None:
    """The marks of a sensor's last samples, so many at most, after one of this source and time; None: it is seen already."""
    kept = _MARK.size * (most - 1)
    mark, marks = _MARK.pack(_mark_of(source) ^ int(time_s * 1_000) & _MOST), before.marks
    if time_s > before.newest_s:
        return Marks(marks[-kept:] + mark, time_s)
    return None if _is_among(marks, mark) else Marks(marks[-kept:] + mark, before.newest_s)


def _is_among(marks: bytes, mark: bytes) -> bool:
    place = marks.find(mark)
    while place > 0 and place % _MARK.size:
        place = marks.find(mark, place + 1)
    return place >= 0


@lru_cache
def _mark_of(source: str) -> int:
    return int.from_bytes(blake2b(source.encode(), digest_size=4).digest(), "little")
