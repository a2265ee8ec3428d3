"""What is decided about one kind of alarm: its entry in the rationalisation register, as far as the step needs it."""

from bisect import bisect_right
from collections.abc import Sequence

import msgspec

from talaia.contracts.vocabulary import Priority

DOMAIN_LENGTH = 32
"""Of the name of a domain, characters: every trace of an activation carries it."""


class Count(msgspec.Struct, frozen=True):
    """Only the n-th beginning within some seconds makes an alarm."""

    n: int
    within_s: float


class Kind(msgspec.Struct, frozen=True, kw_only=True, tag="kind"):
    """Policy of one kind. Words and defaults are those of `alarms.toml`."""

    kind: str
    title: str
    domain: str = ""
    response: str = ""
    priority: Priority = Priority.MEDIUM
    position: str = "control"
    needs_acknowledgement: bool = True
    acknowledges_itself_on_return: bool = False
    latching: bool = False
    on_delay_s: float = 0.0
    off_delay_s: float = 0.0
    count: Count | None = None
    acknowledgement_expires_min: float | None = None
    shelve_max_h: float | None = None
    review_after_h: float = 24.0
    exempt_from_masks: bool = False
    sampling_interval_s: float = 60.0
    exempt_from_flood: bool = False
    diagnostic: bool = False
    unrationalised: bool = False


def unrationalised(kind: str) -> Kind:
    """What holds for a kind that nobody entered: an alarm of medium priority, marked so."""
    return Kind(kind=kind, title=kind, domain=kind.partition(".")[0][:DOMAIN_LENGTH], unrationalised=True)


def priority_of(minutes: Sequence[float], row: Sequence[Priority], time_to_respond_min: float) -> Priority:
    """Priority of a consequence class (its row of the matrix) at a time to respond.

    minutes: bounds, rising; a time equal to a bound belongs to the longer side (ISA-18.2: priority from
    consequence and time to respond).
    """
    return row[bisect_right(minutes, time_to_respond_min)]


def higher(one: Priority, other: Priority | None) -> Priority:
    """The higher of two priorities."""
    return one if other is None or one.rank >= other.rank else other
