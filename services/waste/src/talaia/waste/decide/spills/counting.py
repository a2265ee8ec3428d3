"""The 12/24 count of spills (England, Environment Agency).

From the start of a discharge the first 12 hours count 1, and each following 24 hours with any discharge 1 more; 24 hours
without one end the sequence. The end of a block is not part of it.
"""

from datetime import UTC, datetime, tzinfo

from talaia.waste.model.spills import Blocks, YearCount

FIRST_BLOCK_S = 12 * 3_600
NEXT_BLOCK_S = 24 * 3_600


def counted(blocks: Blocks, start_s: float, end_s: float) -> Blocks:
    """The count of a year after its next discharge, in order of time."""
    count, until_s = blocks.counted, blocks.until_s
    if start_s >= until_s + NEXT_BLOCK_S:
        count, until_s = count + 1, start_s + FIRST_BLOCK_S
    elif start_s >= until_s:
        count, until_s = count + 1, until_s + NEXT_BLOCK_S
    while end_s > until_s:
        count, until_s = count + 1, until_s + NEXT_BLOCK_S
    return Blocks(blocks.year, count, until_s)


def counted_by_year(blocks: Blocks, start_s: float, end_s: float, zone: tzinfo) -> tuple[Blocks, tuple[YearCount, ...]]:
    """The count after the next discharge, and how it stands in each local year that the discharge touches."""
    counts: list[YearCount] = []
    while True:
        year = datetime.fromtimestamp(start_s, UTC).astimezone(zone).year
        new_year_s = datetime(year + 1, 1, 1, tzinfo=zone).timestamp()
        if year != blocks.year:
            blocks = Blocks(year)
        until_s = min(end_s, new_year_s)
        blocks = counted(blocks, start_s, until_s)
        counts.append(YearCount(year, blocks.counted, until_s - start_s))
        if end_s <= new_year_s:
            return blocks, tuple(counts)
        start_s = new_year_s
