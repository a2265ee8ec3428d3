"""For how much of each month the level of a site was known: the share of time that its sensor was operational."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from talaia.waste.model.spills import Watch


def watched(watch: Watch, last_s: float, times_s: Iterable[float], gap_s: float, zone: tzinfo) -> tuple[Watch, list[Watch]]:
    """After the next samples in order of time, and the months that they ended. last_s: of the sample before them.

    What lies between two samples counts unless it is a gap.
    """
    over: list[Watch] = []
    start_s, end_s, known_s = watch.start_s, watch.end_s, watch.known_s
    for time_s in times_s:
        if not end_s:
            start_s, end_s, known_s = time_s, _month_end(time_s, zone), 0.0
        known_since_s = last_s if time_s - last_s <= gap_s else time_s
        while time_s > end_s:
            over.append(Watch(start_s, end_s, known_s + max(end_s - known_since_s, 0.0)))
            start_s, end_s, known_s = end_s, _month_end(end_s, zone), 0.0
            known_since_s = max(known_since_s, start_s)
        known_s += max(time_s - known_since_s, 0.0)
        last_s = time_s
    return Watch(start_s, end_s, known_s), over


def _month_end(time_s: float, zone: tzinfo) -> float:
    """When the local month is over that holds this moment."""
    local = datetime.fromtimestamp(time_s, UTC).astimezone(zone)
    year, month = divmod(12 * local.year + local.month, 12)
    return datetime(year, month + 1, 1, tzinfo=zone).timestamp()
