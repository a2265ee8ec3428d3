"""Rain of a catchment as the forecast sees it: what fell in lag bins before each step of the path.

Rain to come is the mean of the last 15 minutes, halving every 20. Sums over bins are differences of one cumulative sum.
"""

from collections.abc import Mapping
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
PATH_STEPS = 6
HISTORY = 24
_KEPT = 32
_RECENT = 3
_SHOWN = 12
_HALF_HOUR = 6
_STEPS = np.arange(PATH_STEPS)[:, None]
_NEAR = HISTORY + _STEPS - np.array([near for near, _ in LAG_BINS])
_FAR = HISTORY + _STEPS - np.array([far for _, far in LAG_BINS])


class RainView(NamedTuple):
    """Rain up to one slot: millimetres by slot of each gauge, its bins along the path, and the bins of their mean."""

    slot: int
    windows: Mapping[str, Array]
    bins: Mapping[str, Array]
    mean: Array


def with_rain(part: GaugePart, slot: int, rain_mm: float) -> tuple[bytes, int]:
    """The gauge's slots after so much more rain in one of them; what is older than they reach is forgotten."""
    newest = max(part.slot, slot)
    rain = _window(part, newest, _KEPT)
    place = slot - newest + _KEPT - 1
    if place >= 0:
        rain[place] += rain_mm
    return rain.astype("<f8").tobytes(), newest


def _window(part: GaugePart, slot: int, length: int) -> Array:
    """Rain of the `length` slots up to `slot`; none is known where there is none."""
    rain = np.zeros(length)
    known = np.frombuffer(part.rain, "<f8")
    first = slot - length + 1
    known_first = part.slot - len(known) + 1
    low, high = max(first, known_first), min(slot, part.slot) + 1
    if low < high:
        rain[low - first : high - first] = known[low - known_first : high - known_first]
    return rain


def look(parts: Mapping[str, Part], catchment: CatchmentPart, slot: int, policy: ForecastPolicy) -> RainView:
    """The rain of all gauges up to a slot."""
    windows: dict[str, Array] = {}
    bins: dict[str, Array] = {}
    fading = 0.5 ** ((np.arange(PATH_STEPS - 1) + 0.5) * SLOT_MIN / policy.rain_half_life_min)
    for gauge in catchment.gauges:
        part = parts.get(gauge_part(gauge.id))
        assert isinstance(part, GaugePart)
        window = windows[gauge.id] = _window(part, slot, HISTORY)
        sums = np.zeros(HISTORY + PATH_STEPS)
        np.cumsum(np.concatenate((window, window[-_RECENT:].mean() * fading)), out=sums[1:])
        bins[gauge.id] = sums[_NEAR] - sums[_FAR]
    mean = sum(bins.values(), np.zeros((PATH_STEPS, len(LAG_BINS)))) / max(len(bins), 1)
    return RainView(slot, windows, bins, mean)


def evidence(view: RainView, gauge: str) -> Rain:
    """The rain window that supports a signal."""
    own = view.windows[gauge][-_SHOWN:].tolist()
    first = view.slot - _SHOWN + 1
    mean = sum(half_hour_mm(view, each) for each in view.windows) / len(view.windows)
    return Rain(
        slots=tuple((slot_end(first + n), mm) for n, mm in enumerate(own)),
        own_mm_30min=half_hour_mm(view, gauge),
        mean_mm_30min=mean,
    )


def half_hour_mm(view: RainView, gauge: str) -> float:
    """Rain of one gauge in the last 30 minutes."""
    return float(view.windows[gauge][-_HALF_HOUR:].sum())
