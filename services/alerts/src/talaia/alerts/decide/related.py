"""Which incidents an activation belongs to: by what confirms what, by the city's topology, by place and time."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from math import cos, floor, hypot, radians

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.model.identity import alarm_id_of
from talaia.alerts.model.incident import (
    SEEN_AT_SITE,
    SEEN_IN_CELL,
    Near,
    Seen,
    TracesPart,
    around_part,
    cell_part,
    confirmed_part,
)
from talaia.alerts.model.inputs import Location, Place
from talaia.alerts.model.parts import AlarmPart, alarm_part

LINKED = timedelta(hours=2)
"""Activations at linked sites belong together for as long."""
LONGEST = timedelta(hours=24)
FARTHEST_M = 1_000.0
_DEGREE_M = 111_195.0
_ROW_DEGREES, _COLUMN_DEGREES = 0.01, 0.02
"""Of a cell: no side under a kilometre up to 63 degrees of latitude, so that what is near lies in the cells around."""


def related(ledger: Ledger, alarm: AlarmPart, confirms: tuple[str, ...]) -> Iterator[str]:
    """Incidents of members that the alarm belongs together with; one may come twice, or be over."""
    for condition in confirms:
        part = ledger.get(alarm_part(alarm_id_of(ledger.area, condition)))
        if isinstance(part, AlarmPart) and part.standing.incident_id is not None:
            yield part.standing.incident_id
    yield from (seen.incident_id for seen in _traces(ledger, confirmed_part(alarm.alarm_id)))
    for site in linked(ledger, alarm.standing.location.site):
        yield from (seen.incident_id for seen in _traces(ledger, around_part(site)) if seen.at > ledger.now - LINKED)
    yield from _near(ledger, alarm.standing.location, ledger.kind(alarm.kind).domain)


def leave(ledger: Ledger, alarm: AlarmPart, incident_id: str, confirms: tuple[str, ...]) -> None:
    """Leave traces of an activation, by which those after it find its incident."""
    place = alarm.standing.location
    seen = Seen(incident_id, ledger.now, ledger.kind(alarm.kind).domain, place.lat or 0.0, place.lon or 0.0)
    _add(ledger, around_part(place.site), seen, LINKED, SEEN_AT_SITE)
    if place.lat is not None and place.lon is not None:
        longest = max((timedelta(minutes=rule.within_min) for rule in ledger.near()), default=None)
        if longest is not None:
            _add(ledger, cell_part(*_cell(place.lat, place.lon)), seen, longest, SEEN_IN_CELL)
    for condition in confirms:
        _add(ledger, confirmed_part(alarm_id_of(ledger.area, condition)), seen, LONGEST, SEEN_AT_SITE)


def linked(ledger: Ledger, site: str) -> list[str]:
    """A site, those next to it up and down, and those that share a line with it."""
    place = ledger.place(site)
    lines = set(place.lines)
    on_line = [other.site for other in ledger.places() if lines.intersection(other.lines)] if lines else []
    return sorted({site, *_along(ledger, place, upstream=True), *_along(ledger, place, upstream=False), *on_line})


def _along(ledger: Ledger, start: Place, *, upstream: bool) -> set[str]:
    found, waiting = {start.site}, [start]
    while waiting:
        place = waiting.pop()
        for site in place.upstream if upstream else place.downstream:
            if site not in found:
                found.add(site)
                waiting.append(ledger.place(site))
    return found


def _near(ledger: Ledger, place: Location, domain: str) -> Iterator[str]:
    rules = [rule for rule in ledger.near() if domain in rule.domains]
    if not rules or place.lat is None or place.lon is None:
        return
    row, column = _cell(place.lat, place.lon)
    for number in range(9):
        for seen in _traces(ledger, cell_part(row + number // 3 - 1, column + number % 3 - 1)):
            if any(_holds(rule, domain, seen, place.lat, place.lon, ledger.now) for rule in rules):
                yield seen.incident_id


def _holds(rule: Near, domain: str, seen: Seen, lat: float, lon: float, now: datetime) -> bool:
    return (
        {domain, seen.domain} == set(rule.domains)
        and seen.at > now - timedelta(minutes=rule.within_min)
        and _distance_m(seen, lat, lon) <= rule.distance_m
    )


def _distance_m(seen: Seen, lat: float, lon: float) -> float:
    """On the plane that touches the Earth there: within a kilometre that is exact to a millimetre."""
    return _DEGREE_M * hypot(lat - seen.lat, (lon - seen.lon) * cos(radians(lat)))


def _cell(lat: float, lon: float) -> tuple[int, int]:
    return floor(lat / _ROW_DEGREES), floor(lon / _COLUMN_DEGREES)


def _traces(ledger: Ledger, name: str) -> tuple[Seen, ...]:
    part = ledger.get(name)
    return part.seen if isinstance(part, TracesPart) else ()


def _add(ledger: Ledger, name: str, seen: Seen, kept: timedelta, most: int) -> None:
    """One more trace; what is older than the longest that asks for it goes."""
    since = ledger.now - kept
    known = tuple(each for each in _traces(ledger, name) if each.at > since)
    ledger.put(name, TracesPart((*known, seen)[-most:]), ledger.now + kept)
