"""What a reader needs to work the path of a grey box out again: coefficients, rain by slot, level, its changes and bounds.

In every step of five minutes the level changes as the formula of `grey_box` says. The rain of a lag bin is the sum of the
slots in it, of which the last 24 that are over come first, and the 11 to come after them.
"""

from hashlib import sha256

import numpy as np

from talaia.waste.decide import grey_box, rain_share
from talaia.waste.decide.rain import LAG_BINS, Array, RainView
from talaia.waste.decide.slots import SLOT_MIN
from talaia.waste.model.parts import Model, SitePart
from talaia.waste.model.policy import ForecastPolicy

_BINS = tuple(f"{SLOT_MIN * near:g}_{SLOT_MIN * far:g}_min" for near, far in LAG_BINS)
NAMES = (
    *(f"{gauge}_{lag}" for gauge in ("own", "mean") for lag in _BINS),
    *("constant", "sine", "cosine", "root_of_level", "change", "change_before"),
)
"""Of the coefficients, in their order: rain of the own gauge and of the mean, time of day (UTC), outflow, last changes."""
_HASH_DIGITS = 12


def version(model: Model, view: RainView) -> str:
    """Of the coefficients that a path follows: the first digits of their SHA-256, as little-endian float64."""
    return sha256(_followed(model, view).weights).hexdigest()[:_HASH_DIGITS]


def facts(part: SitePart, view: RainView, policy: ForecastPolicy) -> dict[str, float | str]:
    """By name. Coefficients give metres; rain is in millimetres, and left out where there is none."""
    model = part.model
    assert model is not None
    weights = np.frombuffer(_followed(model, view).weights, "<f8")
    levels = model.levels
    told: dict[str, float | str] = {
        "coefficients": " ".join(f"{name}={weight:.7g}" for name, weight in zip(NAMES, weights.tolist(), strict=True)),
        "slot_level_m": levels[-1],
        "slot_change_m": levels[-1] - levels[-2] if len(levels) > 1 else 0.0,
        "slot_change_before_m": levels[-2] - levels[-3] if len(levels) > 2 else 0.0,
        "lowest_m": max(model.dry_level_m, 0.0),
        "highest_m": policy.cap * part.site.crest_m,
    }
    if view.dry:
        return told
    row = view.row[part.site.own_rain]
    return told | {
        "rain_share": rain_share.of(model.came, policy),
        "rain_own_mm_by_slot": _mm(view.windows[row], view.bins[row]),
        "rain_mean_mm_by_slot": _mm(view.mean_window, view.mean),
    }


def _followed(model: Model, view: RainView) -> Model:
    return grey_box.without_rain(model) if view.lost else model


def _mm(window: Array, bins: Array) -> str:
    """Of the slots in reach of the path; the nearest bin of every step but the first is a slot to come."""
    past = window[-LAG_BINS[-1][1] :]
    return " ".join(f"{mm:.5g}" for mm in (*past.tolist(), *bins[1:, 0].tolist()))
