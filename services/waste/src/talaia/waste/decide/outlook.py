"""How sure a forecast of the level is, by the errors of those before: time to overflow, its probability, a fan.

The true time to overflow is a multiple of the time that the path takes; the deciles of that multiple are learnt, and the
odds that the crest is reached within half an hour (logistic in the logarithm of the path's time). The fan is learnt for
each step of the path. `hindsight` learns.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import numpy as np

from talaia.waste.decide.rain import PATH_STEPS, Array
from talaia.waste.decide.slots import SLOT_MIN
from talaia.waste.model.outcomes import Forecast, PathPoint
from talaia.waste.model.outlook import Case, Outlook, OutlookPart
from talaia.waste.model.policy import OutlookPolicy

HALF_HOUR_MIN = 30.0
_SOON_MIN = 1.0
_NEVER_MIN = 4_320.0
_STEPS = np.arange(1, PATH_STEPS + 1)


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
    before = level_m
    for step, after in enumerate(path):
        if after >= limit_m:
            return SLOT_MIN * (step + (limit_m - before) / (after - before))
        before = after
    rise = max(path) - level_m
    hour = SLOT_MIN * len(path)
    return hour * (limit_m - level_m) / rise if rise * _NEVER_MIN > hour * (limit_m - level_m) else _NEVER_MIN


def of(errors: OutlookPart, limit_m: float, level_m: float, path: Sequence[float], rain_mm: float) -> Outlook:
    """How sure a path is of when it reaches a level. rain_mm: of the last half hour."""
    minutes = minutes_by_path(limit_m, level_m, path)
    case = Case.OVERFLOW_AHEAD if minutes <= SLOT_MIN * len(path) else Case.RAIN if rain_mm > 0 else Case.DRY
    first, half, last = (minutes * math.exp(ratio) for ratio in sorted(errors.times))
    return Outlook(minutes, case, (first, half, last), probability(errors, minutes), errors)


def sooner(minutes: float) -> float:
    """By how many e-folds a path's time is shorter than half an hour."""
    return math.log(HALF_HOUR_MIN / min(max(minutes, _SOON_MIN), _NEVER_MIN))


def probability(errors: OutlookPart, minutes: float) -> float:
    """That the crest is reached within half an hour, of a path that takes so many minutes."""
    even, slope = errors.odds
    return 1 / (1 + math.exp(-(even + slope * sooner(minutes))))


def fan(ahead: Outlook, times: Sequence[datetime], path: Sequence[float], crest_m: float, cap: float) -> tuple[PathPoint, ...]:
    """A path with its fan: between which levels four of five fall at each step, metres. cap: of the path, crests."""
    most_m = cap * crest_m
    points = []
    for time, level, (under, over) in zip(times, path, _half_widths(ahead.errors.widths)[ahead.case], strict=True):
        known = level if level < crest_m else crest_m
        low, high = known - under * crest_m, known + over * crest_m
        high = high if high < most_m else most_m
        points.append(PathPoint(time, level, low if low > 0.0 else min(level, 0.0), high if high > level else level))
    return tuple(points)


@lru_cache(maxsize=256)
def _half_widths(widths: bytes) -> list[list[tuple[float, float]]]:
    """Under and over the path, crests, by case and step. They change once an hour, and are asked for in every slot."""
    under_over: list[list[tuple[float, float]]] = np.exp(widths_of(widths)).transpose(0, 2, 1).tolist()
    return under_over


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
