"""Rain of a catchment as the forecast sees it: what fell in lag bins before each step of the path.

Rain to come is the mean of the last 15 minutes, halving every 20. Sums over bins are differences of one cumulative sum,
taken once for all gauges and sites of a slot.
"""

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from talaia.waste.decide.slots import SLOT_MIN, slot_end
from talaia.waste.model.outcomes import Rain
from talaia.waste.model.parts import CatchmentPart, GaugePart, Part, gauge_part
from talaia.waste.model.policy import ForecastPolicy

Array = NDArray[np.float64]

LAG_BINS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 6), (6, 9), (9, 12), (12, 18), (18, 24))
"""Steps before a moment, from and to: 0-5, 5-10 ... 90-120 minutes."""
PATH_STEPS = 12
HISTORY = 24
_KEPT = 32
_RECENT = 3
_SHOWN = 12
_HALF_HOUR = 6
_STEPS = np.arange(PATH_STEPS)[:, None]
_NEAR = HISTORY + _STEPS - np.array([near for near, _ in LAG_BINS])
_FAR = HISTORY + _STEPS - np.array([far for _, far in LAG_BINS])


class RainView(NamedTuple):
    """Rain up to one slot. windows: millimetres by slot, a row a gauge; bins: along the path, by gauge; mean: of them all.

    row: which row a gauge is. times: the ends of the path's steps.
    """

    slot: int
    row: Mapping[str, int]
    windows: Array
    bins: Array
    mean: Array
    times: tuple[datetime, ...]


def with_rain(part: GaugePart, slot: int, rain_mm: float) -> tuple[bytes, int]:
    """The gauge's slots after so much more rain in one of them; what is older than they reach is forgotten."""
    newest = max(part.slot, slot)
    rain = np.zeros(_KEPT)
    _fill(rain, part, newest)
    place = slot - newest + _KEPT - 1
    if place >= 0:
        rain[place] += rain_mm
    return rain.astype("<f8", copy=False).tobytes(), newest


def _fill(rain: Array, part: GaugePart, slot: int) -> None:
    """Put a gauge's slots up to `slot` in their places; none is known where there is none."""
    known = np.frombuffer(part.rain, "<f8")
    first = slot - len(rain) + 1
    known_first = part.slot - len(known) + 1
    low, high = max(first, known_first), min(slot, part.slot) + 1
    if low < high:
        rain[low - first : high - first] = known[low - known_first : high - known_first]


@lru_cache
def _fading(half_life_min: float) -> Array:
    return np.asarray(0.5 ** ((np.arange(PATH_STEPS - 1) + 0.5) * SLOT_MIN / half_life_min))


def look(parts: Mapping[str, Part], catchment: CatchmentPart, slot: int, policy: ForecastPolicy) -> RainView:
    """The rain of all gauges up to a slot."""
    row: dict[str, int] = {}
    sums = np.zeros((len(catchment.gauges), 1 + HISTORY + PATH_STEPS - 1))
    windows = sums[:, 1 : HISTORY + 1]
    for n, gauge in enumerate(catchment.gauges):
        part = parts.get(gauge_part(gauge.id))
        assert isinstance(part, GaugePart)
        row[gauge.id] = n
        _fill(windows[n], part, slot)
    windows = windows.copy()
    sums[:, HISTORY + 1 :] = windows[:, -_RECENT:].mean(1)[:, None] * _fading(policy.rain_half_life_min)
    np.cumsum(sums, axis=1, out=sums)
    bins = sums[:, _NEAR] - sums[:, _FAR]
    return RainView(slot, row, windows, bins, bins.mean(0), tuple(slot_end(slot + 1 + n) for n in range(PATH_STEPS)))


def evidence(view: RainView, gauge: str) -> Rain:
    """The rain window that supports a signal."""
    own = view.windows[view.row[gauge], -_SHOWN:].tolist()
    first = view.slot - _SHOWN + 1
    return Rain(
        slots=tuple((slot_end(first + n), mm) for n, mm in enumerate(own)),
        own_mm_30min=half_hour_mm(view, gauge),
        mean_mm_30min=float(view.windows[:, -_HALF_HOUR:].sum(1).mean()),
    )


def half_hour_mm(view: RainView, gauge: str) -> float:
    """Rain of one gauge in the last 30 minutes."""
    return float(view.windows[view.row[gauge], -_HALF_HOUR:].sum())
