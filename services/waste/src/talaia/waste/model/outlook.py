"""What overflow forecasts have learnt of their own errors, and what a site was told last, kept until the truth is known."""

from enum import IntEnum

import msgspec


class Case(IntEnum):
    """Under what a path was forecast: its errors differ by ten times. Overflow ahead: the path reaches the crest."""

    DRY = 0
    RAIN = 1
    OVERFLOW_AHEAD = 2


def outlook_part(kind: str) -> str:
    """Name of the part that sites of one kind share."""
    return f"outlook/{kind}"


class OutlookPart(msgspec.Struct, frozen=True, kw_only=True, tag="outlook"):
    """Errors of the overflow forecasts of all sites of one kind in a catchment.

    times: logarithms of the ratio of true to forecast minutes to overflow: its first, fifth and ninth decile.
    odds: of the crest within half an hour, logarithms: of a path that takes half an hour, and more for each e-fold sooner.
    widths: logarithms of the half widths of the fan, crests, as little-endian float64: by case, side (low, high), step.
    """

    times: tuple[float, float, float]
    odds: tuple[float, float]
    widths: bytes


class Outlook(msgspec.Struct, frozen=True, gc=False):
    """How sure a path is. minutes_by_path: from the slot's end until it reaches the crest, however far off.

    probability: of the crest within half an hour. errors: from which it, the true time and the fan follow.
    """

    minutes_by_path: float
    case: Case
    probability: float
    errors: OutlookPart


class Told(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What a site was told in its last slots, up to `slot`.

    minutes: to the crest by the path alone, a slot each, oldest first. path: of the last full hour, crests, with its
    case; levels: what came of it so far, crests.
    """

    slot: int
    minutes: tuple[float, ...] = ()
    path: tuple[float, ...] = ()
    case: Case = Case.DRY
    levels: tuple[float, ...] = ()
