"""The overflow forecast of a site that answers within minutes: a pipe, which no path of levels foresees.

The log-odds that the crest is reached are linear in the square roots of recent rain, at the site's gauge and at the mean
of all, and in the level. The weights are shared by all flashy sites of a catchment, since one alone overflows too seldom
to learn them; each adds an offset of its own. Both are learnt online: a slot counts as followed by the crest when it is
reached within the horizon, as not followed when the horizon has passed. Each example is one step of an extended Kalman
filter (West, Harrison and Migon, Dynamic Generalized Linear Models, 1985), with offset and weights taken as independent.
"""

import math

import msgspec
import numpy as np

from talaia.contracts.vocabulary import Flag, Method
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.rain import Array, RainView, half_hour_mm
from talaia.waste.decide.slots import SLOT, SLOT_MIN, slot_end
from talaia.waste.model.flashy import Flashy, FlashyPart
from talaia.waste.model.outcomes import Forecast
from talaia.waste.model.parts import SitePart
from talaia.waste.model.policy import FlashyPolicy

_BINS = 6
_JOINED = (0, 1, 3)
"""Lag bins that are taken together: 0-5, 5-15 and 15-45 minutes."""
_RAIN = tuple(f"{where} rain {ago} min" for where in ("own", "mean") for ago in ("0-5", "5-15", "15-45"))
FEATURES = (*_RAIN, "level", "level squared", "level to half", "constant")
SIZE = len(FEATURES)
_STEEPEST = 30.0


def untrained(policy: FlashyPolicy) -> FlashyPart:
    """Weights that know nothing but that an overflow is rare."""
    weights, variances = np.zeros(SIZE), np.full(SIZE, policy.prior_variance)
    weights[-1], variances[-1] = policy.rare, policy.rare_variance
    return FlashyPart(weights=_bytes(weights), covariance=_bytes(np.diag(variances)))


def _bytes(array: Array) -> bytes:
    return array.astype("<f8", copy=False).tobytes()


def features(view: RainView, gauge: str, level: float) -> Array:
    """A row as FEATURES names it. level: as a share of the crest."""
    row = np.empty(SIZE)
    row[:3] = np.add.reduceat(view.bins[view.row[gauge], 0, :_BINS], _JOINED)
    row[3:6] = np.add.reduceat(view.mean[0, :_BINS], _JOINED)
    row[:6] = np.sqrt(np.maximum(row[:6], 0.0))
    row[6:] = level, level * level, min(2 * level, 1.0), 1.0
    return row


def probability(shared: FlashyPart, own: Flashy, row: Array) -> float:
    """That the crest follows these features."""
    odds = float(np.frombuffer(shared.weights, "<f8") @ row) + own.offset
    return 1 / (1 + math.exp(-min(max(odds, -_STEEPEST), _STEEPEST)))


def learn(shared: FlashyPart, own: Flashy, row: Array, followed: bool, policy: FlashyPolicy) -> tuple[FlashyPart, Flashy]:
    """Both after one more example."""
    likely = probability(shared, own, row)
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
    shared: FlashyPart, own: Flashy, row: Array, full: bool, slot: int, policy: FlashyPolicy
) -> tuple[FlashyPart, Flashy]:
    """Both after a slot: what is known now of the slots before is learnt, and this one waits for what follows.

    full: the crest is reached.
    """
    pending = own.pending if own.slot == slot - 1 else ()
    resting = max(own.resting - 1, 0)
    if full:
        for waited in pending:
            shared, own = learn(shared, own, np.frombuffer(waited, "<f8"), True, policy)
        pending, resting = (), policy.rest_slots
    elif own.resting == 0:
        pending = (*pending, _bytes(row))
    if len(pending) > policy.horizon_slots:
        before = np.frombuffer(pending[0], "<f8")
        pending = pending[1:]
        if slot % policy.idle_slots == 0 or probability(shared, own, before) > policy.worth:
            shared, own = learn(shared, own, before, False, policy)
    return shared, msgspec.structs.replace(own, pending=pending, resting=resting, slot=slot)


def forecast(
    shared: FlashyPart, part: SitePart, view: RainView, level_m: float, at: Circumstances
) -> tuple[FlashyPart, SitePart, Forecast]:
    """The shared weights and the site after a slot, and the forecast issued then: a probability, no path."""
    policy, site = at.policy.flashy, part.site
    level = min(level_m / site.crest_m, 1.0)
    row = features(view, site.gauge, level)
    before = part.flashy or Flashy(variance=policy.offset_variance, level_m=level_m)
    full = level >= policy.crest and part.trail[-1].flag is Flag.GOOD
    shared, own = take_in(shared, before, row, full, view.slot, policy)
    likely = probability(shared, own, row)
    warning = part.started.open or _warns(part, shared, likely, at)
    issued = Forecast(
        said_at=at.now,
        cause=at.cause,
        site=site,
        slot_end=slot_end(view.slot),
        method=Method.LOGISTIC,
        level_m=level_m,
        slope_m_per_min=(level_m - before.level_m) / SLOT_MIN,
        rain_mm_30min=half_hour_mm(view, site.gauge),
        path=(),
        minutes_to_overflow=None,
        expected_at=None,
        probability=None if part.started.open else likely,
        log_odds=_log_odds(shared, own, row) if warning or part.expected.open else (),
        warning=warning,
        watch=warning,
        learnt_steps=shared.learnt,
        configuration=at.configuration,
    )
    return shared, msgspec.structs.replace(part, flashy=msgspec.structs.replace(own, level_m=level_m)), issued


def _warns(part: SitePart, shared: FlashyPart, likely: float, at: Circumstances) -> bool:
    """Whether an overflow is expected: it is likely, or a warning stands that is half as likely and not long overdue."""
    policy, began_at = at.policy.flashy, part.expected.began_at
    if shared.learnt <= policy.trusted_examples or likely < policy.hold:
        return False
    if likely >= policy.warn or not part.expected.open or began_at is None:
        return likely >= policy.warn
    return at.now <= began_at + policy.horizon_slots * SLOT + at.policy.forecast.false_after


def _log_odds(shared: FlashyPart, own: Flashy, row: Array) -> tuple[tuple[str, float], ...]:
    """What the probability is made of, by name: its log-odds are their sum."""
    shares = np.frombuffer(shared.weights, "<f8") * row
    return (*zip(FEATURES, shares.tolist(), strict=True), ("site", own.offset))
