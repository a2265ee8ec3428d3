"""How a site stands, in one word: a site of which nobody can tell is unknown, never normal."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel

from talaia.contracts.vocabulary import Flag, Priority
from talaia.waste.view.tables import ConditionRow, LevelRow

UNKNOWN_AFTER = timedelta(hours=1)
"""Without a level for so long nobody knows how a site stands, whatever its sensors are said to be."""
_BLIND = ("waste.sensor_silent", "waste.sensor_flat", "waste.sensor_out_of_range")


class SiteState(StrEnum):
    """What an operator sees first; of several the last."""

    UNKNOWN = "unknown"
    NORMAL = "normal"
    WATCH = "watch"
    WARNING = "warning"
    OVERFLOWING = "overflowing"


_BY_KIND = {
    "waste.overflow_started": SiteState.OVERFLOWING,
    "waste.overflow_expected": SiteState.WARNING,
    "waste.overflow_watch": SiteState.WATCH,
}
"""The worst first."""


class ConditionAnswer(BaseModel):
    """A condition that stands. said_at: its last word; subject: the site, or a pump or sensor there, as PS1/P1."""

    condition: str
    kind: str
    subject: str
    priority: Priority | None
    said_at: datetime
    expires_at: datetime | None


def state(level: LevelRow | None, conditions: Sequence[ConditionRow], now: datetime) -> SiteState:
    """Of a site with its newest level and the conditions that stand there. Unknown goes before all."""
    if level is None or now - level.time > UNKNOWN_AFTER or level.flag == Flag.FAIL:
        return SiteState.UNKNOWN
    sensor = f"{level.site}/{level.sensor}"
    kinds = {each.kind for each in conditions}
    if any(each.kind in _BLIND and each.subject == sensor for each in conditions):
        return SiteState.UNKNOWN
    return next((said for kind, said in _BY_KIND.items() if kind in kinds), SiteState.NORMAL)
