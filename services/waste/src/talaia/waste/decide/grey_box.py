"""The grey box of one storage tank: the change of level in a step from rain, outflow, slope and time of day.

dh = sum a_b R_b(own gauge) + sum c_b R_b(mean of gauges) + k sqrt(h) + s dh_before + m + daily sine and cosine,
learnt online by recursive least squares with forgetting (Ljung, System Identification, 1999, section 11.2).
"""

import math

import msgspec
import numpy as np

from talaia.waste.decide.rain import LAG_BINS, PATH_STEPS, Array, RainView
from talaia.waste.model.parts import Model
from talaia.waste.model.policy import ForecastPolicy

BINS = len(LAG_BINS)
_WAVE, _ROOT, _SLOPE = 2 * BINS, 2 * BINS + 3, 2 * BINS + 4
SIZE = 2 * BINS + 5
_DAY = 288
_ANGLES = 2 * np.pi * (np.arange(_DAY + PATH_STEPS) % _DAY) / _DAY
_WAVES = np.stack((np.ones(len(_ANGLES)), np.sin(_ANGLES), np.cos(_ANGLES)), 1)


def untrained(policy: ForecastPolicy) -> Model:
    """A model that knows nothing."""
    return Model(weights=_bytes(np.zeros(SIZE)), covariance=_bytes(np.eye(SIZE) * policy.prior_variance))


def _bytes(array: Array) -> bytes:
    return array.astype("<f8", copy=False).tobytes()


def inputs(view: RainView, gauge: str) -> Array:
    """What the path does not feed back: a row a step, of rain at the gauge and at the mean, constant, sine and cosine."""
    day = view.slot % _DAY
    rows = np.empty((PATH_STEPS, _ROOT))
    rows[:, :BINS] = view.bins[view.row[gauge]]
    rows[:, BINS:_WAVE] = view.mean
    rows[:, _WAVE:] = _WAVES[day : day + PATH_STEPS]
    return rows


def features(rows: Array, level_m: float, change_m: float) -> bytes:
    """What the change of the coming step is learnt from."""
    row = np.empty(SIZE)
    row[:_ROOT] = rows[0]
    row[_ROOT] = math.sqrt(max(level_m, 0.0))
    row[_SLOPE] = change_m
    return _bytes(row)


def worth_learning(before_m: float, level_m: float, crest_m: float, policy: ForecastPolicy) -> bool:
    """Neither empty nor spilling, where the level says nothing of the inflow, nor a change that no storm makes."""
    return (
        policy.learn_from * crest_m < before_m < policy.learn_to * crest_m
        and level_m < policy.learn_to * crest_m
        and abs(level_m - before_m) < policy.learn_change * crest_m
    )


def learn(model: Model, change_m: float, policy: ForecastPolicy) -> tuple[bytes, bytes]:
    """Weights and covariance after one more change that followed from the model's features."""
    row = np.frombuffer(model.features, "<f8")
    weights = np.frombuffer(model.weights, "<f8")
    covariance = np.frombuffer(model.covariance, "<f8").reshape(SIZE, SIZE)
    spread = covariance @ row
    scale = policy.forget + float(row @ spread)
    updated = (covariance - spread[:, None] * spread / scale) / policy.forget
    return _bytes(weights + spread * ((change_m - float(row @ weights)) / scale)), _bytes(updated)


def without_rain(model: Model) -> Model:
    """The same model for a time when nobody knows the rain: what regression on all else would have learnt.

    It follows from the same normal equations, which the covariance and the weights hold together.
    """
    weights = np.frombuffer(model.weights, "<f8")
    information = np.linalg.inv(np.frombuffer(model.covariance, "<f8").reshape(SIZE, SIZE))
    alone = np.zeros(SIZE)
    alone[_WAVE:] = np.linalg.solve(information[_WAVE:, _WAVE:], (information @ weights)[_WAVE:])
    return msgspec.structs.replace(model, weights=_bytes(alone))


def path(model: Model, rows: Array, level_m: float, change_m: float, crest_m: float, cap: float) -> list[float]:
    """Levels at the end of the coming steps, metres. rows: of `inputs`."""
    weights = np.frombuffer(model.weights, "<f8")
    outflow, slope = weights[_ROOT:].tolist()
    low, high = max(model.dry_level_m, 0.0), cap * crest_m
    levels = []
    for inflow in (rows @ weights[:_ROOT]).tolist():
        change_m = inflow + outflow * math.sqrt(max(level_m, 0.0)) + slope * change_m
        level_m = min(max(level_m + change_m, low), high)
        levels.append(level_m)
    return levels


def dry_level_m(model: Model, learnt: int, level_m: float, policy: ForecastPolicy) -> float:
    """A low quantile of the level, followed slowly: where the tank stands when it is dry."""
    if not learnt:
        return level_m
    share = policy.dry_level_quantile
    return model.dry_level_m + policy.dry_level_step_m * (share - 1 if level_m < model.dry_level_m else share)
