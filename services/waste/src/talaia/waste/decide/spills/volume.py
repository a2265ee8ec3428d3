"""How much water a spill was: the integral over time of the flow over a weir, and how sure that is.

The flow is Q = k h^1.5 with the head h over the crest (Poleni: k = 2/3 Cd b sqrt(2 g)), or read from a table of flow by
head. The head is the median of three samples, so that a lone spike is not taken for water. Uncertain are the law itself
and the sensor: were every level higher by its accuracy, so much more would have flown.
"""

import math
from typing import NamedTuple

from talaia.contracts.vocabulary import VolumeMethod
from talaia.waste.model.catchment import Discharge, Weir
from talaia.waste.model.spills import Water

_GRAVITY_M_PER_S2 = 9.81


class Law(NamedTuple):
    """Flow over one weir: by k, in m^1.5/s, or by its table. accuracy_m: of the level, as a standard uncertainty."""

    crest_m: float
    accuracy_m: float
    k: float
    table: tuple[Discharge, ...]
    uncertainty_share: float

    @property
    def method(self) -> VolumeMethod:
        """By which the volume is worked out."""
        return VolumeMethod.TABLE if self.table else VolumeMethod.WEIR

    def flow_m3_per_s(self, head_m: float) -> float:
        """Over the weir, under so much head; beyond its table the last slope goes on."""
        if head_m <= 0:
            return 0.0
        return _interpolated(self.table, head_m) if self.table else self.k * head_m * math.sqrt(head_m)


def law_of(weir: Weir, crest_m: float, accuracy_m: float) -> Law | None:
    """What a weir says of itself; None when it says too little."""
    k = weir.k
    if k is None and weir.width_m is not None and weir.discharge_coefficient is not None:
        k = 2 / 3 * weir.discharge_coefficient * weir.width_m * math.sqrt(2 * _GRAVITY_M_PER_S2)
    if k is not None:
        return Law(crest_m, accuracy_m, k, (), weir.uncertainty_share)
    return Law(crest_m, accuracy_m, 0.0, weir.table, weir.uncertainty_share) if weir.table else None


class Volume(NamedTuple):
    """Of a spill. uncertainty_m3: standard uncertainty."""

    m3: float
    uncertainty_m3: float


def went_on(water: Water | None, law: Law, three_m: tuple[float, float, float], time_s: float, step_s: float) -> Water:
    """The water up to the middle one of three levels, at time_s; step_s: to it from the one before; None: it is the first."""
    head_m = sorted(three_m)[1] - law.crest_m
    flow, high = law.flow_m3_per_s(head_m), law.flow_m3_per_s(head_m + law.accuracy_m if head_m > 0 else 0.0)
    if water is None:
        return Water(flow, high, since_s=time_s)
    m3 = water.m3 + (water.flow_m3_per_s + flow) / 2 * step_s
    high_m3 = water.high_m3 + (water.high_m3_per_s + high) / 2 * step_s
    return Water(flow, high, m3, high_m3, water.m3_to_end, water.high_m3_to_end, water.since_s)


def up_to_end(water: Water, step_s: float) -> Water:
    """The water, were the sample after the one it reaches to the end of the spill, where nothing flows."""
    to_end = water.m3 + water.flow_m3_per_s / 2 * step_s
    high = water.high_m3 + water.high_m3_per_s / 2 * step_s
    return Water(water.flow_m3_per_s, water.high_m3_per_s, water.m3, water.high_m3, to_end, high, water.since_s)


def volume(water: Water, law_share: float, unknown_share: float) -> Volume:
    """Of a spill that is over. law_share: uncertainty of the law; unknown_share: of the duration, in gaps."""
    m3 = water.m3_to_end
    return Volume(m3, math.hypot(water.high_m3_to_end - m3, law_share * m3, unknown_share * m3))


def _interpolated(table: tuple[Discharge, ...], head_m: float) -> float:
    low = Discharge(head_m=0.0, flow_m3_per_s=0.0)
    for high in table:
        if head_m <= high.head_m or high is table[-1]:
            break
        low = high
    width_m = high.head_m - low.head_m
    if width_m <= 0:
        return high.flow_m3_per_s
    return low.flow_m3_per_s + (high.flow_m3_per_s - low.flow_m3_per_s) * (head_m - low.head_m) / width_m
