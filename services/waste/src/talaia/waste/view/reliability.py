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


class Sums(NamedTuple):
    """Of forecasts of one bin: how many, what they said together, how many came true, the sum of their squared errors."""

    forecasts: int = 0
    probabilities: float = 0.0
    came_true: int = 0
    squares: float = 0.0

    def plus(self, more: "Sums") -> "Sums":
        """Both together."""
        return Sums(
            self.forecasts + more.forecasts,
            self.probabilities + more.probabilities,
            self.came_true + more.came_true,
            self.squares + more.squares,
        )


class Reliability(NamedTuple):
    """By bins of EDGES, and the mean squared error (Brier score); None without forecasts.

    skill: by how much that is less than the error of always saying how often it came true (Brier skill score, Wilks,
    same chapter); 1 is perfect, None where all or none came true.
    """

    bins: tuple[Bin, ...]
    brier: float | None
    skill: float | None = None


def reliability(said: Iterable[Said], starts: Mapping[str, Sequence[datetime]], known_until: datetime) -> Reliability:
    """Of forecasts whose half hour has passed. starts: of overflows by site, in order of time."""
    return summed((place, sums) for (_, place), sums in judged(said, starts, known_until).items())


def judged(
    said: Iterable[Said], starts: Mapping[str, Sequence[datetime]], known_until: datetime
) -> Mapping[tuple[str, int], Sums]:
    """By site and bin, of forecasts whose half hour has passed. starts: of overflows by site, in order of time."""
    found: dict[str, list[list[float]]] = {}
    last = len(EDGES) - 2
    for site, at, probability in said:
        if probability < LEAST or at + HORIZON > known_until:
            continue
        if (bins := found.get(site)) is None:
            bins = found[site] = [[0, 0.0, 0, 0.0] for _ in range(last + 1)]
        came = _starts_within(starts.get(site, ()), at)
        sums = bins[min(bisect_right(EDGES, probability) - 1, last)]
        sums[0] += 1
        sums[1] += probability
        sums[2] += came
        sums[3] += (probability - came) ** 2
    return {
        (site, place): Sums(int(count), said_, int(true), squares)
        for site, bins in found.items()
        for place, (count, said_, true, squares) in enumerate(bins)
        if count
    }


def summed(sums: Iterable[tuple[int, Sums]]) -> Reliability:
    """Of sums by bin, of which a bin may have several."""
    bins = [Sums()] * (len(EDGES) - 1)
    for place, more in sums:
        bins[place] = bins[place].plus(more)
    total = Sums()
    for each in bins:
        total = total.plus(each)
    shown = tuple(Bin(each.forecasts, each.probabilities / max(each.forecasts, 1), each.came_true) for each in bins)
    if not total.forecasts:
        return Reliability(shown, None)
    brier, share = total.squares / total.forecasts, total.came_true / total.forecasts
    by_share = share * (1 - share)
    return Reliability(shown, brier, 1 - brier / by_share if by_share else None)


def _starts_within(starts: Sequence[datetime], at: datetime) -> bool:
    following = bisect_right(starts, at)
    return following < len(starts) and starts[following] <= at + HORIZON
