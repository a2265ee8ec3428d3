"""For how much of each month the level of a site was known: the share of time that its sensor was operational."""

from collections.abc import Iterable
from datetime import UTC, datetime, tzinfo

from talaia.waste.model.spills import Watch


def watched(watch: Watch, last_s: float, times_s: Iterable[float], gap_s: float, zone: tzinfo) -> tuple[Watch, list[Watch]]:
    """After the next samples in order of time, and the months that they ended. last_s: of the sample before them.

    What lies between two samples counts unless it is a gap.
    """
    over: list[Watch] = []
    for time_s in times_s:
        if not watch.end_s:
            watch = Watch(time_s, _month_end(time_s, zone), 0.0)
        known_since_s = last_s if time_s - last_s <= gap_s else time_s
        while time_s > watch.end_s:
            over.append(_with(watch, watch.end_s - known_since_s))
            watch = Watch(watch.end_s, _month_end(watch.end_s, zone), 0.0)
            known_since_s = max(known_since_s, watch.start_s)
        watch = _with(watch, time_s - known_since_s)
        last_s = time_s
    return watch, over


def _with(watch: Watch, known_s: float) -> Watch:
    return Watch(watch.start_s, watch.end_s, watch.known_s + max(known_s, 0.0))


def _month_end(time_s: float, zone: tzinfo) -> float:
    """When the local month is over that holds this moment."""
    local = datetime.fromtimestamp(time_s, UTC).astimezone(zone)
    year, month = divmod(12 * local.year + local.month, 12)
    return datetime(year, month + 1, 1, tzinfo=zone).timestamp()
