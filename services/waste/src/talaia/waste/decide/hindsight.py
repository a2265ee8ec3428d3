"""Forecasts are judged when the truth is known, and the errors of all sites of a kind are learnt from together.

A forecast of an overflow is judged when one starts, or when an hour has passed without. Of the paths, that of each full
hour is judged an hour later: paths that overlap teach the same. Quantiles follow by steps against their misses, adaptive
conformal inference (Gibbs and Candes 2021; Angelopoulos, Candes and Tibshirani 2023), the odds by the logistic gradient.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

import msgspec
import numpy as np

from talaia.waste.decide import outlook, overflow
from talaia.waste.decide.levels import level_m
from talaia.waste.decide.rain import PATH_STEPS, Array
from talaia.waste.decide.slots import SLOT_MIN, slot_end
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.outlook import Case, OutlookPart, Told, outlook_part
from talaia.waste.model.parts import Part, SitePart
from talaia.waste.model.policy import OutlookPolicy, Policy

_MINUTE = timedelta(minutes=1)
_HOUR_MIN = SLOT_MIN * PATH_STEPS
_DECILES = np.array((0.1, 0.5, 0.9))
_MISSED = 0.1
"""So many levels fall under the fan, and so many over it."""
_SIDES = np.array([[-1.0], [1.0]])


class Lesson(NamedTuple):
    """What became of forecasts of a site.

    times: minutes to the crest by the path, and true ones, None when an hour passed without. misses: by which the level
    left a path, step by step, crests, and its case.
    """

    times: tuple[tuple[float, float | None], ...] = ()
    misses: tuple[Case, list[float]] | None = None


def learnt(sites: Iterable[SitePart], parts: Mapping[str, Part], slot: int, policy: Policy) -> dict[str, OutlookPart]:
    """The errors of each kind of site, by part name, after what this slot of the sites has shown; none that learnt nothing."""
    lessons: dict[str, list[Lesson]] = {}
    for part in sites:
        lesson = judged(part, slot, policy)
        if lesson is not None:
            lessons.setdefault(outlook_part(part.site.kind), []).append(lesson)
    return {name: taught(errors_of(name, policy.outlook, parts), of_kind, policy.outlook) for name, of_kind in lessons.items()}


def errors_of(name: str, policy: OutlookPolicy, *known: Mapping[str, Any]) -> OutlookPart:
    """What is known of the errors of a kind of site, by part name: the first part that there is."""
    found = next((parts[name] for parts in known if name in parts), None)
    return found if isinstance(found, OutlookPart) else outlook.untrained(policy)


def judged(part: SitePart, slot: int, policy: Policy) -> Lesson | None:
    """What a slot shows of the forecasts told before it; None when it shows nothing."""
    told = part.told
    if told is None or told.slot != slot - 1:
        return None
    full_hour = slot % PATH_STEPS == 0
    if not (full_hour or part.started.open or (len(told.minutes) == PATH_STEPS and told.minutes[0] <= policy.outlook.far_min)):
        return None
    lesson = Lesson(_times(part, told, policy), _misses(part, told, policy) if full_hour else None)
    return lesson if lesson.times or lesson.misses else None


def _times(part: SitePart, told: Told, policy: Policy) -> tuple[tuple[float, float | None], ...]:
    times: list[tuple[float, float | None]] = []
    if part.started.open:
        crossed = overflow.crossed_at(part.trail, part.site.crest_m, policy.signal)
        first = told.slot - len(told.minutes) + 1
        times = [(minutes, (crossed - slot_end(first + n)) / _MINUTE) for n, minutes in enumerate(told.minutes)]
    elif len(told.minutes) == PATH_STEPS:
        times = [(told.minutes[0], None)]
    return tuple(each for each in times if each[0] <= policy.outlook.far_min)


def _misses(part: SitePart, told: Told, policy: Policy) -> tuple[Case, list[float]] | None:
    if len(told.levels) != PATH_STEPS - 1:
        return None
    level = level_m(part.trail, policy.forecast)
    if level is None:
        return None
    levels = (*told.levels, level / part.site.crest_m)
    return told.case, [min(seen, 1.0) - min(foreseen, 1.0) for seen, foreseen in zip(levels, told.path, strict=True)]


def told_after(part: SitePart, issued: Forecast, slot: int, blind: bool) -> Told:
    """What the site is told now; while it spills no overflow is forecast, nor is the level.

    blind: it has had no level for so long that nobody knows what became of what was told before.
    """
    if blind:
        return Told(slot=slot)
    told, ahead = part.told, issued.outlook
    assert ahead is not None
    spilling, crest_m = part.started.open, part.site.crest_m
    before = told if told is not None and told.slot == slot - 1 else Told(slot=slot - 1)
    minutes = () if spilling else (*before.minutes[1 - PATH_STEPS :], ahead.minutes_by_path)
    if slot % PATH_STEPS == 0:
        path = () if spilling else tuple([level / crest_m for level in issued.path.levels_m])
        return Told(slot=slot, minutes=minutes, path=path, case=ahead.case)
    levels = (*before.levels, issued.level_m / crest_m) if before.path else ()
    return Told(slot=slot, minutes=minutes, path=before.path, case=before.case, levels=levels)


def taught(errors: OutlookPart, lessons: Sequence[Lesson], policy: OutlookPolicy) -> OutlookPart:
    """The errors after more lessons, one after the other."""
    for lesson in lessons:
        if lesson.times:
            errors = _timed(errors, lesson.times, policy)
    misses = [lesson.misses for lesson in lessons if lesson.misses is not None]
    if not misses:
        return errors
    return msgspec.structs.replace(errors, widths=_widened(errors.widths, misses, policy.fan_step))


def _timed(errors: OutlookPart, lesson: Sequence[tuple[float, float | None]], policy: OutlookPolicy) -> OutlookPart:
    times, odds = errors.times, errors.odds
    for minutes, took in lesson:
        soon = took is not None and took <= outlook.HALF_HOUR_MIN
        wrong = policy.odds_step * (soon - outlook.probability(errors, minutes))
        odds = odds[0] + wrong, odds[1] + wrong * outlook.sooner(minutes)
        if took is not None and minutes <= _HOUR_MIN and SLOT_MIN <= took <= _HOUR_MIN:
            seen = np.log(took / max(minutes, SLOT_MIN))
            first, half, last = _towards(np.array(times), _DECILES, seen, policy.time_step).tolist()
            times = first, half, last
    return msgspec.structs.replace(errors, times=times, odds=odds)


def _towards(quantile: Array, share: Array | float, seen: Array, step: float) -> Array:
    """Quantiles after one more value: up by their share when it lies above, down by the rest when not."""
    return quantile + step * np.where(seen > quantile, share, share - 1)


def _widened(widths: bytes, misses: Sequence[tuple[Case, list[float]]], step: float) -> bytes:
    known = outlook.widths_of(widths).copy()
    missed = np.array([by_step for _, by_step in misses])[:, None]
    asides = np.log(np.maximum(_SIDES * missed, 1e-9))
    for (case, _), aside in zip(misses, asides, strict=True):
        known[case] = _towards(known[case], 1 - _MISSED, aside, step)
    return known.tobytes()
