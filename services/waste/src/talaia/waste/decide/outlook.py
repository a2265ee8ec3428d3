"""How sure a forecast of the level is, by the errors of those before: time to overflow, its probability, a fan.

The true time to overflow is a multiple of the time that the path takes; the deciles of that multiple are learnt, and the
odds that the crest is reached within half an hour (logistic in the logarithm of the path's time). The fan is learnt for
each step of the path. `hindsight` learns.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from talaia.waste.decide.rain import PATH_STEPS, Array
from talaia.waste.decide.slots import SLOT_MIN
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.outlook import Case, Outlook, OutlookPart
from talaia.waste.model.policy import OutlookPolicy

HALF_HOUR_MIN = 30.0
_SOON_MIN = 1.0
_NEVER_MIN = 4_320.0
_STEPS = np.arange(1, PATH_STEPS + 1)
_DRY, _RAIN, _OVERFLOW_AHEAD = Case.DRY, Case.RAIN, Case.OVERFLOW_AHEAD


@lru_cache
def untrained(policy: OutlookPolicy) -> OutlookPart:
    """What is believed before any forecast came true or did not."""
    first, half, last = map(math.log, policy.time_ratios)
    widths = np.log(np.array(policy.widths_a_step)[:, :, None] * _STEPS)
    return OutlookPart(times=(first, half, last), odds=policy.odds, widths=widths.astype("<f8").tobytes())


def minutes_by_path(limit_m: float, level_m: float, path: Sequence[float]) -> float:
    """Minutes until a path reaches a level, straight between its points; past its end it goes on as it rose in all.

    Three days stand for never.
    """
    if level_m >= limit_m:
        return 0.0
    top, before = max(path), level_m
    if top >= limit_m:
        for step, after in enumerate(path):
            if after >= limit_m:
                return SLOT_MIN * (step + (limit_m - before) / (after - before))
            before = after
    rise = top - level_m
    hour = SLOT_MIN * len(path)
    return hour * (limit_m - level_m) / rise if rise * _NEVER_MIN > hour * (limit_m - level_m) else _NEVER_MIN


def of(errors: OutlookPart, limit_m: float, level_m: float, path: Sequence[float], rain_mm: float) -> Outlook:
    """How sure a path is of when it reaches a level. rain_mm: of the last half hour."""
    minutes = minutes_by_path(limit_m, level_m, path)
    case = _OVERFLOW_AHEAD if minutes <= SLOT_MIN * len(path) else _RAIN if rain_mm > 0 else _DRY
    return Outlook(minutes, case, probability(errors, minutes), errors)


def times_min(ahead: Outlook) -> tuple[float, float, float]:
    """First, fifth and ninth decile of the true time to overflow, from the slot's end."""
    first, half, last = (ahead.minutes_by_path * math.exp(ratio) for ratio in sorted(ahead.errors.times))
    return first, half, last


def sooner(minutes: float) -> float:
    """By how many e-folds a path's time is shorter than half an hour."""
    minutes = _SOON_MIN if minutes < _SOON_MIN else _NEVER_MIN if minutes > _NEVER_MIN else minutes
    return math.log(HALF_HOUR_MIN / minutes)


def probability(errors: OutlookPart, minutes: float) -> float:
    """That the crest is reached within half an hour, of a path that takes so many minutes."""
    even, slope = errors.odds
    return 1 / (1 + math.exp(-(even + slope * sooner(minutes))))


def fan(ahead: Outlook) -> tuple[tuple[float, float], ...]:
    """How far under and over a path four of five levels lie at each step, crests."""
    return _half_widths(ahead.errors.widths)[ahead.case]


@lru_cache(maxsize=256)
def _half_widths(widths: bytes) -> tuple[tuple[tuple[float, float], ...], ...]:
    """By case and step. They change once an hour, and are asked for in every slot."""
    by_case = np.exp(widths_of(widths)).transpose(0, 2, 1).tolist()
    return tuple(tuple((under, over) for under, over in steps) for steps in by_case)


def widths_of(widths: bytes) -> Array:
    """Logarithms of half widths of the fan: by case, side (low, high), step."""
    return np.frombuffer(widths, "<f8").reshape(len(Case), 2, PATH_STEPS)


def facts(forecast: Forecast) -> dict[str, float | str]:
    """What a reader needs to work a forecast's minutes and probability out again."""
    ahead = forecast.outlook
    if ahead is None:
        terms: dict[str, float | str] = {f"log-odds, {name}": value for name, value in forecast.log_odds}
        return terms if forecast.probability is None else terms | {"probability": forecast.probability}
    shown: dict[str, float | str] = {"minutes_by_path": ahead.minutes_by_path}
    if forecast.probability is not None:
        shown["probability"] = forecast.probability
        shown["log_odds_at_30_min"], shown["log_odds_an_efold_sooner"] = ahead.errors.odds
    if forecast.interval_min is not None:
        shown["soonest_min"], shown["latest_min"] = forecast.interval_min
        for decile, ratio in zip((10, 50, 90), sorted(ahead.errors.times), strict=True):
            shown[f"time_ratio_{decile}"] = math.exp(ratio)
    return shown
