"""How sure a forecast of the level is, by the errors of those before: time to overflow, its probability, a fan.

The true time to overflow is a multiple of the time that the path takes; the deciles of that multiple are learnt, and the
odds that the crest is reached within half an hour (logistic in the logarithm of the path's time). The fan is learnt for
each step of the path. `hindsight` learns.
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from talaia.waste.decide.rain import PATH_STEPS
from talaia.waste.decide.slots import SLOT_MIN
from talaia.waste.model.outcomes import Forecast
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


def fan(errors: OutlookPart, case: Case, path: Sequence[float], crest_m: float, cap: float) -> tuple[list[float], list[float]]:
    """Between which levels four of five fall at each step of a path, metres. cap: of the path, crests."""
    widths = np.frombuffer(errors.widths, "<f8").reshape(len(Case), 2, PATH_STEPS)[case]
    low, high = (np.exp(widths) * crest_m).round(3).tolist()
    lows = [max(min(level, crest_m) - width, min(level, 0.0)) for level, width in zip(path, low, strict=True)]
    highs = [max(min(min(level, crest_m) + width, cap * crest_m), level) for level, width in zip(path, high, strict=True)]
    return lows, highs


def facts(forecast: Forecast) -> dict[str, float | str]:
    """What a reader needs to work a forecast's minutes and probability out again."""
    ahead = forecast.outlook
    shown: dict[str, float | str] = {"minutes_by_path": ahead.minutes_by_path}
    if forecast.probability is not None:
        shown["probability"] = forecast.probability
        shown["log_odds_at_30_min"], shown["log_odds_an_efold_sooner"] = ahead.errors.odds
    if forecast.interval_min is not None:
        shown["soonest_min"], shown["latest_min"] = forecast.interval_min
        for decile, ratio in zip((10, 50, 90), sorted(ahead.errors.times), strict=True):
            shown[f"time_ratio_{decile}"] = math.exp(ratio)
    return shown
