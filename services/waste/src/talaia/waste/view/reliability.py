"""Whether probabilities meant what they said: of all forecasts that gave one in three, did one in three come true?

Reliability diagram and Brier score (Wilks, Statistical Methods in the Atmospheric Sciences, chapter 8). Forecasts that
hardly see an overflow are left out: there are a hundred for each of the others, and saying nothing is easily right.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

HORIZON = timedelta(minutes=30)
LEAST = 0.02
"""Smaller probabilities are left out."""
EDGES = (0.02, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class Said(NamedTuple):
    """A probability that a site's overflow starts within half an hour."""

    site: str
    at: datetime
    probability: float


class Bin(NamedTuple):
    """Forecasts of like probability: how many, what they said on average, how many of them came true."""

    forecasts: int
    mean_probability: float
    came_true: int


class Reliability(NamedTuple):
    """By bins of EDGES, and the mean squared error (Brier score); None without forecasts."""

    bins: tuple[Bin, ...]
    brier: float | None


def reliability(said: Iterable[Said], starts: Mapping[str, Sequence[datetime]], known_until: datetime) -> Reliability:
    """Of forecasts whose half hour has passed. starts: of overflows by site, in order of time."""
    probabilities: list[list[float]] = [[] for _ in EDGES[1:]]
    true = [0] * len(probabilities)
    squares = 0.0
    for each in said:
        if each.probability < LEAST or each.at + HORIZON > known_until:
            continue
        came = _starts_within(starts.get(each.site, ()), each.at)
        place = min(bisect_right(EDGES, each.probability) - 1, len(probabilities) - 1)
        probabilities[place].append(each.probability)
        true[place] += came
        squares += (each.probability - came) ** 2
    bins = tuple(
        Bin(len(bin_), sum(bin_) / len(bin_) if bin_ else 0.0, hits) for bin_, hits in zip(probabilities, true, strict=True)
    )
    total = sum(each.forecasts for each in bins)
    return Reliability(bins, squares / total if total else None)


def _starts_within(starts: Sequence[datetime], at: datetime) -> bool:
    following = bisect_right(starts, at)
    return following < len(starts) and starts[following] <= at + HORIZON
