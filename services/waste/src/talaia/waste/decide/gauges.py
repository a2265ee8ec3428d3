"""How far each rain gauge is to be trusted, by how it agreed with its neighbours while it rained.

A blocked gauge reports nothing while it rains elsewhere; one that reports more than the others may stand under the
storm. So only a gauge that measured a small share of what its neighbours did loses its weight, and what fell there
is then taken from them. A gauge that says nothing at all is not dry: it has no weight either.
"""

import numpy as np
from numpy.typing import NDArray

from talaia.waste.model.rain_policy import GaugePolicy

Array = NDArray[np.float64]


def trusts(own_mm: Array, others_mm: Array, policy: GaugePolicy) -> Array:
    """Weight of each gauge, 0 to 1, from the rain it measured and the rain of its neighbours meanwhile."""
    share = (own_mm + policy.doubt_mm) / (others_mm + policy.doubt_mm)
    return np.clip((share - policy.blocked_share) / (policy.sound_share - policy.blocked_share), 0.0, 1.0)


def compared(own_mm: Array, others_mm: Array, trust: Array, fallen_mm: Array, policy: GaugePolicy) -> tuple[Array, Array]:
    """Both sums after a slot. fallen_mm: by gauge, NaN where it is not known. Rain long ago counts ever less."""
    known = ~np.isnan(fallen_mm)
    fallen = np.where(known, fallen_mm, 0.0)
    weight = trust * known
    rest = weight.sum() - weight
    others = (weight @ fallen - weight * fallen) / np.where(rest > 0, rest, 1.0)
    wet = known & (rest > 0) & ((others > 0) | (fallen > 0))
    keep = np.where(wet, 0.5 ** (1 / policy.memory_slots), 1.0)
    return own_mm * keep + np.where(wet, fallen, 0.0), others_mm * keep + np.where(wet, others, 0.0)


def filled(rain_mm: Array, trust: Array) -> tuple[Array, Array]:
    """Rain of each gauge by slot, with what is unknown or not to be trusted taken from the others; and their mean.

    rain_mm: a row a gauge, NaN where it is not known. A lone slot is taken from the mean; a gauge without trust has the
    rain of the next one that is trusted, which a model can tell from the mean. Where nobody knows, nothing fell.
    """
    known = ~np.isnan(rain_mm)
    if known.all() and (trust == 1.0).all():
        return rain_mm, rain_mm.mean(0)
    rain = np.where(known, rain_mm, 0.0)
    weight = trust[:, None] * known
    total = weight.sum(0)
    mean = (weight * rain).sum(0) / np.where(total > 0, total, 1.0)
    told = np.where(known, rain, mean)
    next_to = told[_next_trusted(trust)]
    return trust[:, None] * told + (1.0 - trust[:, None]) * next_to, mean


def _next_trusted(trust: Array) -> NDArray[np.int64]:
    """For each gauge the next one in order, around, that is trusted most."""
    count = len(trust)
    around = (np.arange(count)[:, None] + np.arange(1, count + 1)) % count
    return np.asarray(around[np.arange(count), trust[around].argmax(1)])
