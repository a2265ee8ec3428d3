"""What is kept of a site's forecasts until they have come true or not, and of how they did."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Rule
from talaia.waste.model.conditions import Condition


class Spell(msgspec.Struct, frozen=True, array_like=True):
    """An overflow was foreseen from here on, until then. true: it came."""

    since: datetime
    until: datetime | None = None
    true: bool = False


class Foreseen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One rule at one site. recent: of its last spells that were judged, oldest first: whether it was a false alarm."""

    spell: Spell | None = None
    recent: tuple[bool, ...] = ()


class ScorePart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="score"):
    """The score of a site's forecasts, by rule. overflow_until: when its last overflow was over; spilling: now."""

    site: str
    rules: dict[Rule, Foreseen] = {}
    spilling: bool = False
    overflow_until: datetime | None = None
    conditions: dict[str, Condition] = {}


def score_part(site: str) -> str:
    """Name of the part of a site's score."""
    return f"score/{site}"
