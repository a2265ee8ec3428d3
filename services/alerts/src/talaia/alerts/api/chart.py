"""The evidence as a drawing: level so far, the path expected, and the limits. Only numbers here; the template draws."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

from talaia.alerts.api.answers import Evidence, Expected, Limit, Reading
from talaia.alerts.api.words import local, number, spaced

WIDTH, HEIGHT = 560, 236
LEFT, RIGHT, TOP, BOTTOM = 44, 540, 14, 208
LARGEST = 1e9
_STEPS_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 360, 720, 1440)
_SUSPECT = 3
_LABEL = 14
_ROOM, _ROOM_UNDER_RAIN = 0.12, 0.45  # above all values, as a share of their range: for a label, and for bars of rain over it
Drawn = TypeVar("Drawn", Reading, Expected)


@dataclass(frozen=True)
class Mark:
    """A place on an axis and its label."""

    at: float
    label: str


@dataclass(frozen=True)
class Point:
    """A place in the drawing."""

    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Everything in the drawing's units. bars: rain, hanging from the top; doubtful: readings that quality control doubts.

    fan: outline of the band in which four of five expected values fall, empty where none is known.
    """

    unit: str
    level: str
    forecast: str
    fan: str
    last: Point | None
    doubtful: list[Point]
    crossing: Point | None
    limits: list[Mark]
    across: list[Mark]
    up: list[Mark]
    bars: list[tuple[Point, float]]
    bars_label: str
    summary: str


@dataclass(frozen=True)
class _Scale:
    start: datetime
    end: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        share = (at - self.start) / (self.end - self.start)
        return round(LEFT + share * (RIGHT - LEFT), 1)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(BOTTOM - share * (BOTTOM - TOP), 1)

    def line(self, points: Iterable[Reading | Expected]) -> str:
        return " ".join(f"{self.x(point.time)},{self.y(point.value)}" for point in points)


def chart(evidence: Evidence, expected_at: datetime | None, zone: tzinfo) -> Chart | None:
    """The drawing of some evidence; None when there is nothing to draw."""
    readings, forecast = _drawable(evidence.readings), _drawable(evidence.forecast)
    if not readings and not forecast:
        return None
    unit = (evidence.thresholds or forecast or readings)[0].unit
    levels = [reading for reading in readings if reading.unit == unit]
    path = [point for point in forecast if point.unit == unit]
    limits = [limit for limit in evidence.thresholds if limit.unit == unit and abs(limit.value) <= LARGEST]
    if not levels and not path:
        return None
    edges = [edge for _, low, high in _band(path) for edge in (low, high)]
    rain = [reading for reading in readings if reading.unit != unit and reading.value > 0]
    scale = _scale([*levels, *path], [*edges, *(limit.value for limit in limits)], expected_at, under_rain=bool(rain))
    good = [reading for reading in levels if reading.flag < _SUSPECT or reading.flag > _SUSPECT + 1]
    joined: list[Reading | Expected] = [*good[-1:], *path]
    shown = expected_at if expected_at is not None and scale.start <= expected_at <= scale.end and limits else None
    bars_unit, bars = _bars(rain, scale)
    return Chart(
        unit=unit,
        level=scale.line(good),
        forecast=scale.line(joined) if path else "",
        fan=_fan(path, good[-1:], scale),
        last=Point(scale.x(good[-1].time), scale.y(good[-1].value)) if good else None,
        doubtful=[Point(scale.x(one.time), scale.y(one.value)) for one in levels if one not in good],
        crossing=Point(scale.x(shown), scale.y(limits[0].value)) if shown else None,
        limits=_limits(limits, scale),
        across=_times(scale, zone),
        up=_values(scale),
        bars=bars,
        bars_label=bars_unit,
        summary=_summary(good, limits[0].value if limits else None, unit, expected_at, zone),
    )


def _drawable(points: Sequence[Drawn]) -> list[Drawn]:
    """What can be drawn, by time."""
    return sorted((point for point in points if abs(point.value) <= LARGEST), key=lambda point: point.time)


def _band(path: Sequence[Expected]) -> Iterator[tuple[datetime, float, float]]:
    """Time, low and high of the points that say both."""
    for point in path:
        if point.low is not None and point.high is not None and max(abs(point.low), abs(point.high)) <= LARGEST:
            yield point.time, point.low, point.high


def _fan(path: Sequence[Expected], last: Sequence[Reading], scale: _Scale) -> str:
    """Along the upper edge and back along the lower one, from the last reading on."""
    band = list(_band(path))
    start = [(one.time, one.value, one.value) for one in last] if band else []
    edges = [(at, high) for at, _, high in start + band] + [(at, low) for at, low, _ in reversed(band)]
    return " ".join(f"{scale.x(at)},{scale.y(value)}" for at, value in edges)


def _scale(
    points: Sequence[Reading | Expected], besides: list[float], expected_at: datetime | None, *, under_rain: bool
) -> _Scale:
    """With room for all points, and for other values besides; lower than any bar of rain."""
    times = [point.time for point in points]
    start, end = min(times), max(times)
    if expected_at is not None and end < expected_at <= end + timedelta(hours=1):
        end = expected_at
    if end - start < timedelta(minutes=1):
        start -= timedelta(minutes=5)
        end += timedelta(minutes=5)
    values = [point.value for point in points] + besides
    low, high = min(0.0, *values), max(values)
    room = (high - low) * (_ROOM_UNDER_RAIN if under_rain else _ROOM) or 1.0
    return _Scale(start, end, low, high + room)


def _times(scale: _Scale, zone: tzinfo) -> list[Mark]:
    """At most six marks at round times of the city's day."""
    minutes = (scale.end - scale.start) / timedelta(minutes=1)
    step = next((step for step in _STEPS_MIN if minutes / step <= 6), math.ceil(minutes / 6 / 1440) * 1440)
    first = local(scale.start, zone)
    past = timedelta(minutes=(first.hour * 60 + first.minute) % step, seconds=first.second, microseconds=first.microsecond)
    at = scale.start - past + timedelta(minutes=step)
    marks: list[Mark] = []
    while at <= scale.end and len(marks) < 8:
        marks.append(Mark(scale.x(at), local(at, zone).strftime("%H:%M" if step < 1440 else "%d %b")))
        at += timedelta(minutes=step)
    return marks


def _limits(limits: Sequence[Limit], scale: _Scale) -> list[Mark]:
    """The first limit, and of the others those whose label has room."""
    marks: list[Mark] = []
    for limit in limits:
        at = scale.y(limit.value)
        if all(abs(at - mark.at) >= _LABEL for mark in marks):
            marks.append(Mark(at, f"{spaced(limit.name)} {number(limit.value)} {limit.unit}"))
    return marks


def _values(scale: _Scale) -> list[Mark]:
    """About four marks at round values."""
    rough = (scale.high - scale.low) / 4
    ten = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * ten for factor in (1, 2, 5, 10) if factor * ten >= rough)
    first = math.ceil(scale.low / step)
    values = [(first + count) * step for count in range(8)]
    return [Mark(scale.y(value), f"{value:g}") for value in values if value <= scale.high]


def _bars(readings: list[Reading], scale: _Scale) -> tuple[str, list[tuple[Point, float]]]:
    """Readings of another unit inside the time shown, hanging from the top: at most a fifth of the height."""
    inside = [reading for reading in readings if scale.start <= reading.time <= scale.end]
    inside = [reading for reading in inside if reading.unit == inside[0].unit]
    if not inside:
        return "", []
    most = max(reading.value for reading in inside)
    height = (BOTTOM - TOP) / 5
    bars = [(Point(scale.x(one.time), TOP), round(one.value / most * height, 1)) for one in inside]
    return f"rain, at most {number(most)} {inside[0].unit}", bars


def _summary(good: list[Reading], limit: float | None, unit: str, expected_at: datetime | None, zone: tzinfo) -> str:
    said = []
    if good:
        said.append(f"{number(good[-1].value)} {unit} at {local(good[-1].time, zone):%H:%M}")
    if limit is not None:
        said.append(f"limit {number(limit)} {unit}")
    if expected_at is not None:
        said.append(f"expected there at {local(expected_at, zone):%H:%M}")
    return "Chart: " + ", ".join(said)
