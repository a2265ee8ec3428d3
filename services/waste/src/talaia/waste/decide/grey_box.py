"""The grey box of a storage tank: the change of level in a step from rain, outflow, slope and time of day.

dh = sum a_b R_b(own gauge) + sum c_b R_b(mean of gauges) + k sqrt(h) + s dh_1 + u dh_2 + m + daily sine and cosine, where
dh_1 and dh_2 are the changes of the last step and of the one before: two of them tell a rise from the noise of one. It is
learnt online by recursive least squares with forgetting (Ljung, System Identification, 1999, section 11.2). The tanks of
a catchment that close a slot together are learnt and rolled forward together: a row of every array is a tank.
"""

import math
import struct
from collections.abc import Sequence

import msgspec
import numpy as np

from talaia.waste.decide.rain import LAG_BINS, PATH_STEPS, Array, RainView
from talaia.waste.model.parts import Model
from talaia.waste.model.policy import ForecastPolicy

BINS = len(LAG_BINS)
RAINS = 2 * BINS
"""So many coefficients of rain come first."""
_WAVE, _ROOT, _SLOPES = RAINS, RAINS + 3, RAINS + 4
SIZE = RAINS + 6
_DAY = 288
NO_RAIN = np.zeros(RAINS).tobytes()
_OF_TANK = struct.Struct("<3d")
_LOOK_EVERY = 288
"""Learnt steps from one look at the variances to the next: they grow within months."""
Changes = tuple[float, float]
"""Of a level in the last step and in the one before, metres."""
_ANGLES = 2 * np.pi * (np.arange(_DAY + PATH_STEPS) % _DAY) / _DAY
_WAVES = np.stack((np.ones(len(_ANGLES)), np.sin(_ANGLES), np.cos(_ANGLES)), 1)


def untrained(policy: ForecastPolicy) -> Model:
    """A model that knows nothing."""
    return Model(weights=np.zeros(SIZE).tobytes(), covariance=(np.eye(SIZE) * policy.prior_variance).tobytes())


def current(model: Model, policy: ForecastPolicy) -> Model:
    """A model that may be of a release before, which knew fewer coefficients: those that came since stand last, unlearnt."""
    known = len(model.weights) // 8
    if known == SIZE:
        return model
    covariance = np.eye(SIZE) * policy.prior_variance
    covariance[:known, :known] = np.frombuffer(model.covariance, "<f8").reshape(known, known)
    rest = bytes(8 * (SIZE - known))
    features = model.features + rest if model.features else b""
    return msgspec.structs.replace(model, weights=model.weights + rest, covariance=covariance.tobytes(), features=features)


def joined(rows: Sequence[bytes]) -> Array:
    """Rows of SIZE numbers."""
    return np.frombuffer(b"".join(rows), "<f8").reshape(-1, SIZE)


def conditions(view: RainView) -> list[bytes]:
    """What the changes of the coming step are learnt from besides the tank itself, by gauge: rain and the time of day."""
    now = _WAVES[view.slot % _DAY].tobytes()
    if view.dry:
        return [NO_RAIN + now] * len(view.row)
    mean = view.mean[0].tobytes()
    return [own.tobytes() + mean + now for own in view.bins[:, 0]]


def features(conditions: bytes, level_m: float, changes_m: Changes) -> bytes:
    """What the change of the coming step is learnt from."""
    return conditions + _OF_TANK.pack(math.sqrt(level_m) if level_m > 0.0 else 0.0, *changes_m)


def worth_learning(before_m: float, level_m: float, crest_m: float, policy: ForecastPolicy) -> bool:
    """Neither empty nor spilling, where the level says nothing of the inflow, nor a change that no storm makes."""
    return (
        policy.learn_from * crest_m < before_m < policy.learn_to * crest_m
        and level_m < policy.learn_to * crest_m
        and abs(level_m - before_m) < policy.learn_change * crest_m
    )


def learn(models: Sequence[Model], changes_m: Sequence[float], policy: ForecastPolicy) -> list[tuple[bytes, bytes]]:
    """Weights and covariance of each after one more change that followed from the model's features."""
    rows = joined([model.features for model in models])
    # weights w under the covariance P: one product tells P x and what was expected, w x; one rank-one step updates both
    both = bytearray().join([each for model in models for each in (model.covariance, model.weights)])
    known = np.frombuffer(both, "<f8").reshape(-1, SIZE + 1, SIZE)
    gains = np.matvec(known, rows)
    gains[:, SIZE] -= changes_m
    scale = np.vecdot(rows, gains[:, :SIZE]) + policy.forget
    gains /= np.sqrt(scale)[:, None]
    known -= gains[:, :, None] * gains[:, None, :SIZE]  # in place: no second copy of them all
    known[:, :SIZE] /= policy.forget
    for model, each in zip(models, known, strict=True):
        if model.learnt % _LOOK_EVERY == 0:
            _bound(each[:SIZE], policy.most_variance)
    return [(each[SIZE].tobytes(), each[:SIZE].tobytes()) for each in known]


def _bound(covariance: Array, most: float) -> None:
    """Forget no coefficient further than this variance: what no change excites would else be forgotten without end.

    As if such a coefficient were observed, as it stands, so well that just this variance is left. Where the rain of the
    only gauge is also the mean, that says something of their difference, which nothing excites, and nothing of their sum.
    """
    for n in np.flatnonzero(covariance.diagonal() > most):
        variance = covariance[n, n]
        if variance > most:
            shared = covariance[n] * (math.sqrt(variance - most) / variance)
            covariance -= shared[:, None] * shared


def without_rain(model: Model) -> Model:
    """The same model for a time when nobody knows the rain: what regression on all else would have learnt.

    It follows from the same normal equations, which the covariance and the weights hold together.
    """
    weights = np.frombuffer(model.weights, "<f8")
    information = np.linalg.inv(np.frombuffer(model.covariance, "<f8").reshape(SIZE, SIZE))
    alone = np.zeros(SIZE)
    alone[_WAVE:] = np.linalg.solve(information[_WAVE:, _WAVE:], (information @ weights)[_WAVE:])
    return msgspec.structs.replace(model, weights=alone.tobytes())


def paths(
    models: Sequence[Model],
    view: RainView,
    gauges: Sequence[int],
    changes_m: Sequence[Changes],
    shares: Sequence[float],
    most_m: Sequence[float],
) -> list[list[float]]:
    """Levels of each at the end of the coming steps, metres. shares: of the rain that come in; most_m: no level is higher."""
    weights = joined([model.weights for model in models])
    inflows = _inflows(view, gauges, weights, shares).tolist()
    outflows = weights[:, _ROOT:].tolist()
    return [
        _path(inflow, outflow, model.levels[-1], changes, max(model.dry_level_m, 0.0), most)
        for model, inflow, outflow, changes, most in zip(models, inflows, outflows, changes_m, most_m, strict=True)
    ]


def _inflows(view: RainView, gauges: Sequence[int], weights: Array, shares: Sequence[float]) -> Array:
    """What the path does not feed back, metres: a column a step."""
    day = view.slot % _DAY
    inflows = weights[:, _WAVE:_ROOT] @ _WAVES[day : day + PATH_STEPS].T
    if not view.dry:
        by_rain = weights[:, BINS:_WAVE] @ view.mean.T
        by_rain += np.matmul(view.bins[gauges], weights[:, :BINS, None])[:, :, 0]
        inflows += by_rain * np.array(shares)[:, None]
    return np.asarray(inflows)


def _path(
    inflows: Sequence[float], outflow: Sequence[float], level_m: float, changes_m: Changes, low_m: float, high_m: float
) -> list[float]:
    by_root, by_change, by_change_before = outflow
    change_m, before_m = changes_m
    sqrt, root = math.sqrt, math.sqrt(max(level_m, 0.0))
    levels = []
    for inflow in inflows:
        change_m, before_m = inflow + by_root * root + by_change * change_m + by_change_before * before_m, change_m
        level_m += change_m
        if level_m < low_m:
            level_m = low_m
        elif level_m > high_m:
            level_m = high_m
        root = sqrt(level_m)
        levels.append(level_m)
    return levels


def dry_level_m(model: Model, learnt: int, level_m: float, policy: ForecastPolicy) -> float:
    """A low quantile of the level, followed slowly: where the tank stands when it is dry."""
    if not learnt:
        return level_m
    share = policy.dry_level_quantile
    return model.dry_level_m + policy.dry_level_step_m * (share - 1 if level_m < model.dry_level_m else share)
