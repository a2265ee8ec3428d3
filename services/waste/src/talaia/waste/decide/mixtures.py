"""The rain of a site for which several gauges count: their weighted mean."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from talaia.waste.model.catchment import Gauge
from talaia.waste.model.parts import Part
from talaia.waste.model.rainfall import MIXTURES, MixturesPart


def known(parts: Mapping[str, Part]) -> Mapping[str, Mapping[str, float]]:
    """Share of each gauge, by the name that a site knows its rain by; empty where each site goes by one gauge."""
    part = parts.get(MIXTURES)
    return part.shares if isinstance(part, MixturesPart) else {}


def shares(mixed: Mapping[str, Mapping[str, float]], gauges: Sequence[Gauge]) -> NDArray[np.float64]:
    """Of each gauge, a column, in each mixture, a row: together 1."""
    weights = np.array([[share.get(gauge.id, 0.0) for gauge in gauges] for share in mixed.values()])
    return np.asarray(weights / weights.sum(1, keepdims=True))
