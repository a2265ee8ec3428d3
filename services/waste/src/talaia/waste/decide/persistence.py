"""How rain goes on, learnt: what falls in each slot to come, from what fell until now.

Four measures of the past say it: rain of the last slot, of the last 15 minutes and of the last hour at the gauge, and of
15 minutes at the mean of all gauges, each a slot. A lead has a weight for each of them, the same at all gauges: those by
which past rain would have been foreseen with the least squares of errors, with forgetting. Heavy rain errs by more and
counts less. The weights start from rain of 15 minutes that halves in a fixed time, and move with evidence.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from talaia.waste.decide.slots import SLOT_MIN
from talaia.waste.model.rain_policy import PersistencePolicy

Array = NDArray[np.float64]

LEADS = 12
"""Steps ahead: an hour."""
HISTORY = 24
"""Slots of windows: an hour to look back, and one that came of it."""
_QUARTER, _HOUR = 3, 12
_MEASURES = 4
_FIRST = 1
"""The measure that rain goes on from before anything is learnt."""


def coming(sums: bytes, windows: Array, policy: PersistencePolicy) -> Array:
    """Rain of the LEADS slots that follow the windows, millimetres, a row a gauge. windows: the last HISTORY slots."""
    return np.asarray(np.maximum(_measures(windows) @ _weights(sums, policy), 0.0))


def foreseen(sums: bytes, windows: Array, policy: PersistencePolicy) -> Array:
    """Rain of the last slot of the windows as it would have been foreseen 1 to LEADS slots before, a row a gauge."""
    said = [_measures(windows[:, : -n - 1]) @ weights for n, weights in enumerate(_weights(sums, policy).T)]
    return np.asarray(np.maximum(np.stack(said, 1), 0.0))


def learnt(sums: bytes, windows: Array, heard: NDArray[np.bool_], policy: PersistencePolicy) -> bytes:
    """The sums after one more slot: what was known an hour ago is compared with what has fallen since.

    heard: slots of which any gauge told; of another one nothing is learnt: it counts as it was foreseen.
    sums: of products of the measures with one another, and with what fell at each lead; little-endian float64.
    """
    known = _measures(windows[:, :-LEADS])
    if not known.any():
        return sums
    counts = (known[:, _FIRST] + policy.usual_mm) ** -policy.heavy
    weighted = (known * counts[:, None]).T
    fallen = windows[:, -LEADS:]
    if not heard[-LEADS:].all():
        fallen = np.where(heard[-LEADS:], fallen, known @ _weights(sums, policy))
    keep = 0.5 ** (1 / policy.memory_slots)
    after: Array = _sums(sums) * keep + weighted @ np.concatenate((known, fallen), 1)
    return after.astype("<f8", copy=False).tobytes()


def _measures(windows: Array) -> Array:
    """What the last slots of windows say of those to come, a row a gauge, millimetres a slot."""
    known = np.empty((len(windows), _MEASURES))
    known[:, 0] = windows[:, -1]
    known[:, _FIRST] = windows[:, -_QUARTER:].sum(1) / _QUARTER
    known[:, 2] = windows[:, -_HOUR:].sum(1) / _HOUR
    known[:, 3] = known[:, _FIRST].mean()
    return known


def _sums(sums: bytes) -> Array:
    if not sums:
        return np.zeros((_MEASURES, _MEASURES + LEADS))
    return np.frombuffer(sums, "<f8").reshape(_MEASURES, _MEASURES + LEADS)


@lru_cache(maxsize=64)
def _weights(sums: bytes, policy: PersistencePolicy) -> Array:
    """By measure and lead. They change when it rains only."""
    known, first = _sums(sums), np.zeros((_MEASURES, LEADS))
    first[_FIRST] = 0.5 ** ((np.arange(LEADS) + 0.5) * SLOT_MIN / policy.half_life_min)
    believed = policy.doubt * np.eye(_MEASURES)
    weights = np.asarray(np.linalg.solve(known[:, :_MEASURES] + believed, known[:, _MEASURES:] + believed @ first))
    weights.setflags(write=False)
    return weights
