"""The overflow forecast of one tank when a slot closes: level, path, time to overflow, warning."""

from datetime import datetime, timedelta

from talaia.contracts.vocabulary import Flag, Method
from talaia.waste.decide import grey_box, linear, outlook
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.rain import Array, RainView, half_hour_mm
from talaia.waste.decide.slots import SLOT_MIN, slot_end
from talaia.waste.model.conditions import Condition
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.outlook import Case, OutlookPart
from talaia.waste.model.parts import Model, Sample, SitePart
from talaia.waste.model.policy import ForecastPolicy

_MINUTE = timedelta(minutes=1)
_MEDIAN_OF = 3
_LEVELS = 4
WARNING_STEPS = 6
"""Of the path: half an hour."""


def level_m(trail: tuple[Sample, ...], policy: ForecastPolicy) -> float | None:
    """Median of the last three good samples. Of fewer, only what is already judged: one sample is no level."""
    recent: list[Sample] = []
    for sample in reversed(trail):
        if recent and recent[0].time - sample.time > policy.level_age:
            break
        if sample.usable:
            recent.append(sample)
            if len(recent) == _MEDIAN_OF:
                break
    if len(recent) < _MEDIAN_OF:
        recent = [sample for sample in recent if sample.flag is Flag.GOOD]
    good = sorted(sample.value for sample in recent)
    return good[len(good) // 2] if good else None


def level_at(trail: tuple[Sample, ...]) -> datetime | None:
    """When the last good sample was taken."""
    return next((sample.time for sample in reversed(trail) if sample.usable), None)


def model_after(part: SitePart, view: RainView, rows: Array, level: float, policy: ForecastPolicy) -> Model:
    """The model after a slot: it learns from the change that followed its last features, and keeps the new ones."""
    model = part.model or grey_box.untrained(policy)
    follows = bool(model.levels) and model.slot == view.slot - 1
    before = model.levels[-1] if follows else level
    weights, covariance, learnt = model.weights, model.covariance, model.learnt
    taken_at = level_at(part.trail)
    fresh = taken_at is not None and taken_at > slot_end(view.slot - 1)
    if follows and fresh and grey_box.worth_learning(before, level, part.site.crest_m, policy):
        weights, covariance = grey_box.learn(model, level - before, policy)
        learnt += 1
    return Model(
        weights=weights,
        covariance=covariance,
        features=grey_box.features(rows, level, level - before),
        levels=((*model.levels, level) if follows else (level,))[-_LEVELS:],
        slot=view.slot,
        dry_level_m=grey_box.dry_level_m(model, learnt, level, policy),
        learnt=learnt,
    )


def warns(held: Condition, top_m: float, crest_m: float, now: datetime, policy: ForecastPolicy) -> bool:
    """Whether a path with this highest level is a warning or a watch: from the crest on, held a little under it.

    One whose time passed long ago without overflow is not held.
    """
    limit = policy.reach * crest_m
    if top_m >= limit:
        return True
    overdue = held.expected_at is not None and now > held.expected_at + policy.false_after
    return held.open and not overdue and top_m >= policy.hold * limit


def issue(part: SitePart, model: Model, view: RainView, rows: Array, errors: OutlookPart, at: Circumstances) -> Forecast:
    """The forecast of a site by the model that has taken the slot in. errors: of those before it."""
    crest_m, policy = part.site.crest_m, at.policy.forecast
    level = model.levels[-1]
    change = level - model.levels[-2] if len(model.levels) > 1 else 0.0
    method, path = _path(model, rows, change, crest_m, policy)
    rain_mm, end, spilling = half_hour_mm(view, part.site.gauge), slot_end(view.slot), part.started.open
    ahead = outlook.of(errors, policy.reach * crest_m, level, path, rain_mm)
    soonest, likely, latest = (max(each - (at.now - end) / _MINUTE, 0.0) for each in ahead.times_min)
    reaches = ahead.case is Case.OVERFLOW_AHEAD
    warning = spilling or warns(part.expected, max(level, *path[:WARNING_STEPS]), crest_m, at.now, policy)
    held = part.expected if part.expected.open else part.watched
    return Forecast(
        said_at=at.now,
        cause=at.cause,
        site=part.site,
        slot_end=end,
        method=method,
        level_m=level,
        slope_m_per_min=change / SLOT_MIN,
        rain_mm_30min=rain_mm,
        path=outlook.fan(ahead, view.times, path, crest_m, policy.cap),
        minutes_to_overflow=likely if reaches else None,
        expected_at=end + timedelta(minutes=ahead.times_min[1]) if reaches else None,
        interval_min=(soonest, latest) if reaches and not spilling else None,
        probability=None if spilling else ahead.probability,
        warning=warning,
        watch=warning or warns(held, max(level, *path), crest_m, at.now, policy),
        learnt_steps=model.learnt,
        outlook=ahead,
        configuration=at.configuration,
    )


def _path(model: Model, rows: Array, change: float, crest_m: float, policy: ForecastPolicy) -> tuple[Method, list[float]]:
    if model.learnt > policy.trusted_steps:
        return Method.GREY_BOX, grey_box.path(model, rows, model.levels[-1], change, crest_m, policy.cap)
    return Method.LINEAR, linear.path(model.levels, crest_m, policy.linear_min_slope, SLOT_MIN, policy.cap)
