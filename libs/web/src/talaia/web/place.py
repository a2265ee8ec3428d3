"""Where a live stream is, which is also the id of its events: `view.change`, within a snapshot `view.change.until`."""

from dataclasses import dataclass
from typing import Self

_LONGEST = 18
"""Digits of a number that a database holds."""


@dataclass(frozen=True)
class Place:
    """All changes of a view up to `change` were told. until: of those after it up to this one, what stands is told first."""

    view_id: str
    change: int
    until: int | None = None

    @classmethod
    def beginning(cls, view_id: str, latest: int) -> Self:
        """Before a snapshot of a view whose last change is `latest`."""
        return cls(view_id, 0, latest)

    @classmethod
    def read(cls, event_id: str, view_id: str, latest: int) -> Self | None:
        """What an event's id says; None when it is of another view, or of a change that never was."""
        view, *numbers = event_id.split(".")
        if view != view_id or len(numbers) not in (1, 2) or not all(map(_is_number, numbers)):
            return None
        place = cls(view, *map(int, numbers))
        return place if place.change <= (latest if place.until is None else place.until) <= latest else None

    def __str__(self) -> str:
        """The id of an event after which a stream is here."""
        numbers = (self.change,) if self.until is None else (self.change, self.until)
        return ".".join((self.view_id, *map(str, numbers)))


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and len(word) <= _LONGEST
