"""How a pump shows in the level: the rise bends down when one starts, and up when one stops.

The bend times the area of the wet well is the pump's flow, whatever flows in, as long as that stays the same for the few
minutes around the switch, and no other pump is switched among them.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import combinations
from statistics import median
from typing import NamedTuple

from talaia.contracts.vocabulary import Flag
from talaia.waste.model.parts import Sample

FEWEST = 3
_STILL_M = 0.0005


class Bend(NamedTuple):
    """Slopes of the level before and after a switch, m/min, None where too little is known; and the good levels used."""

    before: float | None = None
    after: float | None = None
    levels_before: tuple[Sample, ...] = ()
    levels_after: tuple[Sample, ...] = ()

    @property
    def down(self) -> float | None:
        """By how much the level rises more slowly after it, m/min."""
        return None if self.before is None or self.after is None else self.before - self.after

    @property
    def stop_m(self) -> float | None:
        """The level at which a pump stopped: not over those around it, of which one may be missing."""
        return min(self.levels_before[-1].value, self.levels_after[0].value) if self.levels_before and self.levels_after else None

    @property
    def highest_m(self) -> float:
        """The highest of the levels used."""
        return max(sample.value for sample in (*self.levels_before, *self.levels_after))


def bend(trail: Sequence[Sample], at: datetime, switches: Iterable[datetime]) -> Bend:
    """The bend at a switch, from the good levels between the switches before and after it."""
    others = [moment for moment in switches if moment != at]
    start = max((moment for moment in others if moment < at), default=None)
    end = min((moment for moment in others if moment > at), default=None)
    good = [sample for sample in trail if sample.flag is Flag.GOOD]
    before = tuple(each for each in good if each.time < at and (start is None or each.time >= start))
    after = tuple(each for each in good if each.time >= at and (end is None or each.time < end))
    return Bend(slope_m_per_min(before), slope_m_per_min(after), before, after)


def slope_m_per_min(samples: Sequence[Sample]) -> float | None:
    """Median of the slopes of all pairs (Theil-Sen), which no single spike moves.

    None when there are too few, or when they do not move at all: so still a level comes from a stuck sensor. Two sensors may
    measure at one moment.
    """
    if len(samples) < FEWEST:
        return None
    values = [sample.value for sample in samples]
    if max(values) - min(values) <= _STILL_M:
        return None
    minutes = [(sample.time - samples[0].time).total_seconds() / 60 for sample in samples]
    pairs = combinations(zip(minutes, values, strict=True), 2)
    slopes = [(high - low) / (later - early) for (early, low), (later, high) in pairs if later != early]
    return median(slopes) if slopes else None
