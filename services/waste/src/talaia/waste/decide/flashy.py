"""The overflow forecast of a site that answers within minutes: a pipe, which no path of levels foresees.

The log-odds that the crest is reached are linear in the square roots of recent rain, at the site's gauge and at the mean
of all, and in the level. The weights are shared by all flashy sites of a catchment, since one alone overflows too seldom
to learn them; each adds an offset of its own. Both are learnt online: a slot counts as followed by the crest when it is
reached within the horizon, as not followed when the horizon has passed. Each example is one step of an extended Kalman
filter (West, Harrison and Migon, Dynamic Generalized Linear Models, 1985), with offset and weights taken as independent.
"""

import math
import struct
from collections.abc import Sequence
from operator import mul

import msgspec
import numpy as np

from talaia.contracts.vocabulary import Flag, Method
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.rain import Array, RainView
from talaia.waste.decide.slots import SLOT, SLOT_MIN
from talaia.waste.model.flashy import Flashy, FlashyPart
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.parts import SitePart
from talaia.waste.model.path import NO_PATH
from talaia.waste.model.policy import FlashyPolicy

Row = tuple[float, ...]
_BINS = 6
_JOINED = (0, 1, 3)
"""Lag bins that are taken together: 0-5, 5-15 and 15-45 minutes."""
_RAIN = tuple(f"{where} rain {ago} min" for where in ("own", "mean") for ago in ("0-5", "5-15", "15-45"))
FEATURES = (*_RAIN, "level", "level squared", "level to half", "constant")
SIZE = len(FEATURES)
_STEEPEST = 30.0
_ROW = struct.Struct(f"<{SIZE}d")
_GOOD, _LOGISTIC = Flag.GOOD, Method.LOGISTIC
_NO_RAIN: Row = (0.0,) * 3


def untrained(policy: FlashyPolicy) -> FlashyPart:
    """Weights that know nothing but that an overflow is rare."""
    weights, variances = np.zeros(SIZE), np.full(SIZE, policy.prior_variance)
    weights[-1], variances[-1] = policy.rare, policy.rare_variance
    return FlashyPart(weights=_bytes(weights), covariance=_bytes(np.diag(variances)))


def _bytes(array: Array) -> bytes:
    return array.astype("<f8", copy=False).tobytes()


def rain_features(view: RainView) -> tuple[list[Row], Row]:
    """Roots of recent rain at each gauge, and at their mean."""
    if view.dry:
        return [_NO_RAIN] * len(view.row), _NO_RAIN
    now = np.concatenate((view.bins[:, 0, :_BINS], view.mean[:1, :_BINS]))
    *own, mean = np.sqrt(np.maximum(np.add.reduceat(now, _JOINED, axis=1), 0.0)).tolist()
    return [tuple(row) for row in own], tuple(mean)


def features(own: Row, mean: Row, level: float) -> Row:
    """A row as FEATURES names it. own, mean: of `rain_features`; level: as a share of the crest."""
    return (*own, *mean, level, level * level, min(2 * level, 1.0), 1.0)


def probability(shared: FlashyPart, own: Flashy, row: Row) -> float:
    """That the crest follows these features."""
    odds = sum(map(mul, _ROW.unpack(shared.weights), row)) + own.offset
    odds = -_STEEPEST if odds < -_STEEPEST else _STEEPEST if odds > _STEEPEST else odds
    return 1 / (1 + math.exp(-odds))


def learn(shared: FlashyPart, own: Flashy, example: Row, followed: bool, policy: FlashyPolicy) -> tuple[FlashyPart, Flashy]:
    """Both after one more example."""
    likely, row = probability(shared, own, example), np.array(example)
    spread_of = max(likely * (1 - likely), policy.least_variance)
    covariance = np.frombuffer(shared.covariance, "<f8").reshape(SIZE, SIZE)
    spread = covariance @ row
    scale = 1 + spread_of * (float(row @ spread) + own.variance)
    error = (followed - likely) / scale
    learnt = FlashyPart(
        weights=_bytes(np.frombuffer(shared.weights, "<f8") + spread * error),
        covariance=_bytes(covariance - spread[:, None] * spread * (spread_of / scale)),
        learnt=shared.learnt + 1,
    )
    offset, variance = own.offset + own.variance * error, own.variance * (1 - own.variance * spread_of / scale)
    return learnt, msgspec.structs.replace(own, offset=offset, variance=variance)


def take_in(
    shared: FlashyPart, own: Flashy, row: Row, level_m: float, full: bool, slot: int, policy: FlashyPolicy
) -> tuple[FlashyPart, Flashy]:
    """Both after a slot: what is known now of the slots before is learnt, and this one waits for what follows.

    full: the crest is reached.
    """
    pending = own.pending if own.slot == slot - 1 else ()
    resting = max(own.resting - 1, 0)
    if full:
        for waited in pending:
            shared, own = learn(shared, own, _ROW.unpack(waited), True, policy)
        pending, resting = (), policy.rest_slots
    elif own.resting == 0:
        pending = (*pending, _ROW.pack(*row))
    if len(pending) > policy.horizon_slots:
        before = _ROW.unpack(pending[0])
        pending = pending[1:]
        if slot % policy.idle_slots == 0 or probability(shared, own, before) > policy.worth:
            shared, own = learn(shared, own, before, False, policy)
    after = Flashy(offset=own.offset, variance=own.variance, pending=pending, resting=resting, slot=slot, level_m=level_m)
    return shared, after


class Pipe(msgspec.Struct, frozen=True, gc=False):
    """A flashy site and its level. cause: of what is said of it."""

    part: SitePart
    level_m: float
    cause: str


def forecasts(
    known: FlashyPart | None, pipes: Sequence[Pipe], view: RainView, at: Circumstances
) -> tuple[FlashyPart | None, list[tuple[SitePart, Forecast]]]:
    """What flashy sites share and each site after a slot, and the forecasts issued then: a probability, no path.

    One after the other: each knows what the one before it learnt.
    """
    if not pipes:
        return known, []
    shared, policy, done = known or untrained(at.policy.flashy), at.policy.flashy, []
    own_rain, mean_rain = rain_features(view)
    for pipe in pipes:
        part, level_m, site = pipe.part, pipe.level_m, pipe.part.site
        level = min(level_m / site.crest_m, 1.0)
        row = features(own_rain[view.row[site.own_rain]], mean_rain, level)
        before = part.flashy or Flashy(variance=policy.offset_variance, level_m=level_m)
        full = level >= policy.crest and part.trail[-1].flag is _GOOD
        shared, own = take_in(shared, before, row, level_m, full, view.slot, policy)
        issued = _issued(pipe, shared, own, row, (level_m - before.level_m) / SLOT_MIN, view, at)
        done.append((msgspec.structs.replace(part, flashy=own), issued))
    return shared, done


def _issued(pipe: Pipe, shared: FlashyPart, own: Flashy, row: Row, slope: float, view: RainView, at: Circumstances) -> Forecast:
    part, site = pipe.part, pipe.part.site
    likely = probability(shared, own, row)
    warning = part.started.open or _warns(part, shared, likely, at)
    return Forecast(
        said_at=at.now,
        cause=pipe.cause,
        site=site,
        slot_end=view.end,
        method=_LOGISTIC,
        level_m=pipe.level_m,
        slope_m_per_min=slope,
        rain_mm_30min=view.half_hours[view.row[site.own_rain]],
        path=NO_PATH,
        minutes_to_overflow=None,
        expected_at=None,
        probability=None if part.started.open else likely,
        log_odds=_log_odds(shared, own, row) if warning or part.expected.open else (),
        warning=warning,
        watch=warning,
        learnt_steps=shared.learnt,
        configuration=at.configuration,
    )


def _warns(part: SitePart, shared: FlashyPart, likely: float, at: Circumstances) -> bool:
    """Whether an overflow is expected: it is likely, or a warning stands that is half as likely and not long overdue."""
    policy, began_at = at.policy.flashy, part.expected.began_at
    if shared.learnt <= policy.trusted_examples or likely < policy.hold:
        return False
    if likely >= policy.warn or not part.expected.open or began_at is None:
        return likely >= policy.warn
    return at.now <= began_at + policy.horizon_slots * SLOT + at.policy.forecast.false_after


def _log_odds(shared: FlashyPart, own: Flashy, row: Row) -> tuple[tuple[str, float], ...]:
    """What the probability is made of, by name: its log-odds are their sum."""
    shares = map(mul, _ROW.unpack(shared.weights), row)
    return (*zip(FEATURES, shares, strict=True), ("site", own.offset))
