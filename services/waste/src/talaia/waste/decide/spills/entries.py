"""Which spill of a course is which that was said before: a spill keeps its name while any of it stays."""

import math
from collections.abc import Sequence

from talaia.waste.model.spills import Entry, Spill


def matched(spills: Sequence[Spill], entries: Sequence[Entry]) -> tuple[list[Entry | None], tuple[Entry, ...]]:
    """What was said of each spill, and the entries of which nothing is left.

    A spill that starts where another was first said to start is that one, so that no name is given twice.
    """
    free = {entry.first_s: entry for entry in entries}
    of = [free.pop(spill.start_s, None) for spill in spills]
    for n, spill in enumerate(spills):
        if of[n] is None:
            meets = next((entry.first_s for entry in free.values() if _meet(entry.spill, spill)), math.nan)
            of[n] = free.pop(meets, None)
    return of, tuple(free.values())


def _meet(one: Spill, other: Spill) -> bool:
    ends_s = [math.inf if each.end_s is None else each.end_s for each in (one, other)]
    return one.start_s < ends_s[1] and other.start_s < ends_s[0]
