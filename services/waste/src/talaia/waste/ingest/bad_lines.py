"""Lines of a recording that say no event: who plays it decides whether one ends it or is put aside."""

from collections.abc import Callable
from pathlib import Path

import msgspec

from talaia.waste.ingest.units import UnknownUnit


class BadLine(ValueError):
    """A line that says no event. reason: in the words of the doors."""

    def __init__(self, path: Path, number: int, why: object, reason: str = "") -> None:
        super().__init__(f"{path}, line {number}: {why}")
        self.file = path.name
        self.number = number
        self.detail = str(why)
        self.reason = reason or _reason(why)


def _reason(why: object) -> str:
    if isinstance(why, UnknownUnit):
        return "unit"
    broken = isinstance(why, msgspec.DecodeError | UnicodeDecodeError) and not isinstance(why, msgspec.ValidationError)
    return "unreadable" if broken else "schema"


PutAside = Callable[[BadLine], None]


def ends_it(line: BadLine) -> None:
    """A recording is played whole or not at all. Raises BadLine."""
    raise line
