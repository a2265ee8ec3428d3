"""Which sources send what must be rejected: one above its limit is told to the operators, and told again when it is clean.

Only a source that was rejected is counted, from then on and as a part of the partition, so that a good event of any other
costs nothing: before its first reject none of its records was one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from talaia.contracts.vocabulary import SignalState
from talaia.stream.folding.parts import Codec, ForeignState, Parts, Slot, named
from talaia.stream.folding.records import BEGINNING, END, Number

OWN_KEY = ""
"""The message key of the bus's own parts: no record has it."""
OWN_FORMAT = 1_001
"""Formats from 1,000 on are of the bus's own parts: a release without them refuses them like any newer state."""
WINDOW = 1_000
MOST_IN_WINDOW = 50
IN_A_ROW = 20
CLEAN_IN_A_ROW = 100
MOST_SOURCES = 64
RENEW = timedelta(minutes=10)
VALID = timedelta(minutes=30)
QUIET = timedelta(hours=1)
LONGEST_SOURCE = 200
UNKNOWN = ""
"""The source of what tells none, and of what is rejected while too many sources are counted."""
_REASONS = 10
_POSITIONS = 5


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A source since its first reject: how many records it sent, the numbers of the last ones that were rejected.

    records: of the unknown source the position in the partition. seen: position of the last reject. area: who was told, None
    while nobody was; said_at: when. total, reasons: rejects since the first.
    """

    records: Number = 0
    rejects: tuple[Number, ...] = ()
    seen: Number = 0
    total: Number = 0
    reasons: dict[str, Number] = {}
    positions: tuple[str, ...] = ()
    rejected_at: Annotated[datetime, Meta(tz=True)]
    area: str | None = None
    said_at: Annotated[datetime, Meta(tz=True)] | None = None

    @property
    def above(self) -> bool:
        """Whether it is above its limit."""
        rejects = self.rejects
        in_a_row = len(rejects) >= IN_A_ROW and rejects[-1] - rejects[-IN_A_ROW] == IN_A_ROW - 1
        return in_a_row or (len(rejects) > MOST_IN_WINDOW and rejects[0] > rejects[-1] - WINDOW)


class Complaint(NamedTuple):
    """What is said of a source."""

    source: str
    state: SignalState
    watched: Watched
    at: datetime
    cause: str


@dataclass(frozen=True)
class Step:
    """What follows for the parts of the bus's own key."""

    changed: Mapping[str, Watched | None]
    outcomes: Sequence[Complaint] = ()
    wakes: Mapping[str, datetime | None] = field(default_factory=dict)


class Refusal(NamedTuple):
    """A record that was rejected. place: its number among those of all inputs; position: topic/partition/offset."""

    source: str
    reason: str
    place: int
    position: str
    at: datetime


class _Named(msgspec.Struct):
    source: str


_named = msgspec.json.Decoder(_Named).decode


def source_in(value: bytes | None) -> str:
    """The source that a record names, whatever else is wrong with it; UNKNOWN where there is none."""
    try:
        return _named(value or b"").source[:LONGEST_SOURCE]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return UNKNOWN


class Sources:
    """The sources of one partition that are counted. parts: by source, as the state keeps them."""

    def __init__(self) -> None:
        self.parts = Parts(Codec(Watched, OWN_FORMAT, OWN_FORMAT))
        self.counted = self.parts.slots

    def check(self, slot: Slot) -> None:
        """Whether a part on the changelog can be one of these: timers and events rely on it. Raises ForeignState."""
        watched: Watched = self.parts.codec.part(slot)
        numbers, times = watched.rejects, (watched.rejected_at, watched.said_at or watched.rejected_at)
        told = watched.area is not None
        if not (
            0 < len(numbers) <= MOST_IN_WINDOW + 1
            and all(one < next_ for one, next_ in pairwise(numbers))
            and numbers[-1] <= watched.records
            and told == (watched.said_at is not None) == (slot.wake is not None)
            and all(BEGINNING <= time <= END for time in times)
        ):
            raise ForeignState(f"an impossible value of part {named(slot.key)}")

    def rejected(self, refusal: Refusal, area: Callable[[], str]) -> Step:
        """A record was rejected. area: who is to hear of it.

        While there are more sources than can be counted its reject counts for the unknown one too: names that change with
        every record must not hide each other.
        """
        name, ended = self._name(refusal.source)
        step = self._count(name, refusal, area)
        if ended:
            crowd = self._count(UNKNOWN, refusal, area)
            step = Step({**step.changed, **crowd.changed}, (*step.outcomes, *crowd.outcomes), {**step.wakes, **crowd.wakes})
        return Step({**ended, **step.changed}, step.outcomes, step.wakes)

    def _count(self, name: str, refusal: Refusal, area: Callable[[], str]) -> Step:
        before = self.parts.get(name) or Watched(rejected_at=refusal.at)
        number = refusal.place if name == UNKNOWN else before.records + 1
        reason = refusal.reason if len(before.reasons) < _REASONS or refusal.reason in before.reasons else "other"
        after = msgspec.structs.replace(
            before,
            records=number,
            rejects=(*before.rejects, number)[-MOST_IN_WINDOW - 1 :],
            seen=refusal.place,
            total=before.total + 1,
            reasons=before.reasons | {reason: before.reasons.get(reason, 0) + 1},
            positions=(*before.positions, refusal.position)[-_POSITIONS:],
            rejected_at=refusal.at,
        )
        if before.area is not None or not after.above:
            return Step({name: after})
        after = msgspec.structs.replace(after, area=area(), said_at=refusal.at)
        began = Complaint(name, SignalState.BEGAN, after, refusal.at, refusal.position)
        return Step({name: after}, (began,), {name: refusal.at + RENEW})

    def taken(self, name: str, position: str, now: datetime) -> Step:
        """A good event of a source that is counted."""
        before: Watched = self.parts[name]
        after = msgspec.structs.replace(before, records=before.records + 1)
        good = after.records - after.rejects[-1]
        if before.area is not None and good >= CLEAN_IN_A_ROW:
            return _over(name, after, now, position)
        return Step({name: None if good >= WINDOW else after})

    def wake(self, names: Sequence[str], place: int, now: datetime) -> Step:
        """Sources that were told of are told of again, or are over. place: of the record that let the time pass."""
        changed: dict[str, Watched | None] = {}
        outcomes: list[Complaint] = []
        wakes: dict[str, datetime | None] = {}
        for name in names:
            known: Watched = self.parts[name]
            clean = name == UNKNOWN and place - known.seen > CLEAN_IN_A_ROW
            if clean or now - known.rejected_at >= QUIET:
                step = _over(name, known, now, now.isoformat())
            else:
                after = msgspec.structs.replace(known, said_at=now)
                changes = Complaint(name, SignalState.CHANGED, after, now, now.isoformat())
                step = Step({name: after}, (changes,), {name: now + RENEW})
            changed |= step.changed
            outcomes += step.outcomes
            wakes |= step.wakes
        return Step(changed, outcomes, wakes)

    def _name(self, source: str) -> tuple[str, dict[str, Watched | None]]:
        """Under which name a source is counted; when there are too many, the one rejected longest ago is no more."""
        if source in self.counted or len(self.counted) < MOST_SOURCES or source == UNKNOWN:
            return source, {}
        quiet = [(part.seen, name) for name, part in self.parts.items() if part.area is None and name != UNKNOWN]
        return (source, {min(quiet)[1]: None}) if quiet else (UNKNOWN, {})


def _over(name: str, known: Watched, now: datetime, cause: str) -> Step:
    """It is clean again, and what was counted is forgotten."""
    assert known.said_at is not None
    at = max(now, known.said_at)
    return Step({name: None}, (Complaint(name, SignalState.ENDED, known, at, cause),))
