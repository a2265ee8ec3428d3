"""The overflow forecast of the tanks of a catchment when a slot closes: level, path, time to overflow, warning."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from talaia.contracts.vocabulary import Method
from talaia.waste.decide import grey_box, hindsight, linear, outlook, rain_share
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.levels import last_good_m
from talaia.waste.decide.rain import RainView
from talaia.waste.decide.slots import SLOT, SLOT_MIN
from talaia.waste.model.conditions import Condition
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.outlook import Case, Outlook, OutlookPart
from talaia.waste.model.parts import Model, SitePart
from talaia.waste.model.path import Path
from talaia.waste.model.policy import ForecastPolicy

_MINUTE = timedelta(minutes=1)
_LEVELS = 4
_OVERFLOW_AHEAD, _GREY_BOX, _LINEAR = Case.OVERFLOW_AHEAD, Method.GREY_BOX, Method.LINEAR
WARNING_STEPS = 6
"""Of the path: half an hour."""


class Tank(msgspec.Struct, frozen=True, gc=False):
    """A site that stores, what its level is and when that was seen, and how its forecasts erred until now.

    cause: of what is said of it.
    """

    part: SitePart
    level_m: float
    seen_at: datetime
    errors: OutlookPart
    cause: str


def forecasts(tanks: Sequence[Tank], view: RainView, at: Circumstances) -> list[tuple[SitePart, Forecast]]:
    """Each site after the slot, and the forecast issued then."""
    if not tanks:
        return []
    policy, slot = at.policy.forecast, view.slot
    gauges = [view.row[tank.part.site.own_rain] for tank in tanks]
    models, changes = _learnt(tanks, view, gauges, policy)
    paths = _paths(tanks, models, view, gauges, changes, policy)
    blind_from = view.end - at.policy.outlook.blind_after
    done = []
    for tank, model, levels, change, gauge in zip(tanks, models, paths, changes, gauges, strict=True):
        part, crest_m = tank.part, tank.part.site.crest_m
        ahead = outlook.of(tank.errors, policy.reach * crest_m, tank.level_m, levels, view.half_hours[gauge])
        level, seen_m = tank.level_m, last_good_m(part.trail, tank.level_m)
        path = Path(view.times, tuple(levels), outlook.fan(ahead), crest_m, policy.cap * crest_m, view.end, level, seen_m)
        issued = _issued(tank, model, path, change[0], ahead, view, at)
        told = hindsight.told_after(part, issued, slot, tank.seen_at < blind_from)
        done.append((msgspec.structs.replace(part, model=model, told=told), issued))
    return done


def _learnt(
    tanks: Sequence[Tank], view: RainView, gauges: Sequence[int], policy: ForecastPolicy
) -> tuple[list[Model], list[grey_box.Changes]]:
    """The models after a slot, and the changes of level in it and in the one before, metres.

    A model learns from the change that followed its last features, and keeps the new ones.
    """
    slot, since = view.slot, view.end - SLOT
    levels = [tank.level_m for tank in tanks]
    models = [grey_box.current(tank.part.model or grey_box.untrained(policy), policy) for tank in tanks]
    changes: list[grey_box.Changes] = []
    learning: list[int] = []
    for n, (tank, model, level) in enumerate(zip(tanks, models, levels, strict=True)):
        known = model.levels if model.slot == slot - 1 else ()
        before = known[-1] if known else None
        changes.append((0.0 if before is None else level - before, known[-1] - known[-2] if len(known) > 1 else 0.0))
        fresh = tank.seen_at > since
        if before is not None and fresh and grey_box.worth_learning(before, level, tank.part.site.crest_m, policy):
            learning.append(n)
    news = _taught([models[n] for n in learning], [changes[n][0] for n in learning], [tanks[n] for n in learning], policy)
    taught = dict(zip(learning, news, strict=True))
    conditions = grey_box.conditions(view)
    after = []
    for n, (model, level, change, gauge) in enumerate(zip(models, levels, changes, gauges, strict=True)):
        features = grey_box.features(conditions[gauge], level, change)
        after.append(_after(model, taught.get(n), features, level, view, policy))
    return after, changes


def _taught(
    models: Sequence[Model], changes_m: Sequence[float], tanks: Sequence[Tank], policy: ForecastPolicy
) -> list[tuple[bytes, bytes, rain_share.Came]]:
    if not models:
        return []
    came = rain_share.after(models, changes_m, [tank.part.site.crest_m for tank in tanks], policy)
    learnt = grey_box.learn(models, changes_m, policy)
    return [(weights, covariance, each) for (weights, covariance), each in zip(learnt, came, strict=True)]


def _after(
    model: Model,
    taught: tuple[bytes, bytes, rain_share.Came] | None,
    features: bytes,
    level: float,
    view: RainView,
    policy: ForecastPolicy,
) -> Model:
    weights, covariance, came = taught or (model.weights, model.covariance, model.came)
    learnt = model.learnt + (taught is not None)
    return Model(
        weights=weights,
        covariance=covariance,
        features=features,
        levels=(*model.levels[1 - _LEVELS :], level) if model.slot == view.slot - 1 else (level,),
        slot=view.slot,
        dry_level_m=grey_box.dry_level_m(model, learnt, level, policy),
        came=rain_share.NOTHING if view.dry else came,
        learnt=learnt,
    )


def _paths(
    tanks: Sequence[Tank],
    models: Sequence[Model],
    view: RainView,
    gauges: Sequence[int],
    changes: Sequence[grey_box.Changes],
    policy: ForecastPolicy,
) -> list[list[float]]:
    """Of each by the grey box, once it is trusted, and as the level rose last until then."""
    known = [grey_box.without_rain(model) for model in models] if view.lost else models
    shares = [rain_share.of(model.came, policy) for model in models]
    paths = grey_box.paths(known, view, gauges, changes, shares, [policy.cap * tank.part.site.crest_m for tank in tanks])
    for n, model in enumerate(models):
        if model.learnt <= policy.trusted_steps:
            crest_m = tanks[n].part.site.crest_m
            paths[n] = linear.path(model.levels, crest_m, policy.linear_min_slope, SLOT_MIN, policy.cap)
    return paths


def clear_top_m(level_m: float, levels_m: Sequence[float], crest_m: float, policy: ForecastPolicy) -> float:
    """The highest level within half an hour of a path, less what a warning asks for over the crest: more the further ahead.

    Rain that is to go on may end, and often does: a path that only just reaches the crest at its end then stops short of it.
    """
    less_m = policy.clearance_a_step * crest_m
    return max(level_m, *(ahead_m - n * less_m for n, ahead_m in enumerate(levels_m[:WARNING_STEPS])))


def warns(held: Condition, top_m: float, limit_m: float, now: datetime, policy: ForecastPolicy) -> bool:
    """Whether a path with this highest level is a warning or a watch: from the limit on, held a little under it.

    One whose time passed long ago without overflow is not held.
    """
    if top_m >= limit_m:
        return True
    overdue = held.expected_at is not None and now > held.expected_at + policy.false_after
    return held.open and not overdue and top_m >= policy.hold * limit_m


def _issued(tank: Tank, model: Model, path: Path, change_m: float, ahead: Outlook, view: RainView, at: Circumstances) -> Forecast:
    """The forecast of a site by the model that has taken the slot in."""
    now, part, level, policy = at.now, tank.part, tank.level_m, at.policy.forecast
    crest_m, end, spilling = path.crest_m, view.end, part.started.open
    expected_at = interval = likely = None
    if ahead.case is _OVERFLOW_AHEAD:
        times = outlook.times_min(ahead)
        soonest, likely, latest = (max(each - (now - end) / _MINUTE, 0.0) for each in times)
        expected_at = end + timedelta(minutes=times[1])
        interval = None if spilling else (soonest, latest)
    warning, watch = spilling, spilling
    top = max(path.levels_m)
    if not spilling and max(level, top) >= policy.hold * policy.reach * crest_m:
        warning = warns(part.expected, clear_top_m(level, path.levels_m, crest_m, policy), crest_m, now, policy)
        held = part.expected if part.expected.open else part.watched
        watch = warning or warns(held, max(level, top), policy.reach * crest_m, now, policy)
    return Forecast(
        said_at=now,
        cause=tank.cause,
        site=part.site,
        slot_end=end,
        method=_GREY_BOX if model.learnt > policy.trusted_steps else _LINEAR,
        level_m=level,
        slope_m_per_min=change_m / SLOT_MIN,
        rain_mm_30min=view.half_hours[view.row[part.site.own_rain]],
        path=path,
        minutes_to_overflow=likely,
        expected_at=expected_at,
        interval_min=interval,
        probability=None if spilling else ahead.probability,
        warning=warning,
        watch=watch,
        learnt_steps=model.learnt,
        outlook=ahead,
        configuration=at.configuration,
    )
