"""The job of the throughput benchmark: readings in, closed 60 s windows out."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from load.meter import Meter
from talaia.contracts.catalogue import Changelog, Cleanup, Topic
from talaia.contracts.envelope import Envelope, Tick
from talaia.contracts.vocabulary import Access
from talaia.stream.processor import Cause, Message

WINDOW_S = 60
T0 = datetime(2026, 3, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WINDOW = timedelta(seconds=WINDOW_S)


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    sensor: str
    quantity: str
    value: float
    unit: str


class Readings(Envelope, frozen=True, kw_only=True, tag="city.talaia.bench.readings.measured.v1"):
    data: Reading


class ReadingsTick(Tick, frozen=True, kw_only=True, tag="city.talaia.bench.readings.tick.v1"):
    pass


class Window(msgspec.Struct, frozen=True, array_like=True):
    start: datetime
    count: int
    sum: float
    min: float
    max: float


class Closed(Envelope, frozen=True, kw_only=True, tag="city.talaia.bench.windows.closed.v1"):
    data: Window


def _topic(name: str, events: tuple[type[Envelope], ...], read_by: tuple[str, ...]) -> Topic:
    return Topic(
        name=name,
        purpose="benchmark",
        owner="tests",
        key="sensor",
        events=events,
        cleanup=Cleanup.DELETE,
        retention=None,
        access=Access.OPERATIONAL,
        personal_data="none",
        written_by=("tests",),
        read_by=read_by,
    )


READINGS = _topic("bench.readings.v1", (Readings, ReadingsTick), ("bench-worker",))
WINDOWS = _topic("bench.windows.v1", (Closed,), ())
TOPICS = (READINGS, WINDOWS, READINGS.rejected, Changelog(worker="bench-worker", inputs=(READINGS,)).topic)


def reading(number: int, keys: int) -> tuple[bytes, bytes]:
    """Key and value of one reading; each of `keys` sensors measures once a second of stream time."""
    sensor = f"ww-{number % keys:06d}"
    at = T0 + timedelta(seconds=number / keys)
    event = Readings(
        id=f"{sensor}-{number // keys}",
        source="scada-of-the-city:basin-17:telemetry-unit",
        subject=sensor,
        time=at,
        recordedtime=at,
        data=Reading(sensor=sensor, quantity="level", value=(number * 7919 % 100_000) / 10_000, unit="m"),
    )
    return sensor.encode(), msgspec.json.encode(event)


def advance(window: Window | None, event: Readings) -> tuple[Window, Window | None]:
    """The window after an event, and the one that closed."""
    value, at = event.data.value, event.time
    if window is None or at >= window.start + _WINDOW:
        return Window(at - (at - _EPOCH) % _WINDOW, 1, value, value, value), window
    return (
        Window(
            window.start,
            window.count + 1,
            window.sum + value,
            value if value < window.min else window.min,
            value if value > window.max else window.max,
        ),
        None,
    )


def closed(key: str, window: Window, at: datetime, cause: Cause | None = None) -> Closed:
    """A closed window as an event."""
    positions = {"sequence": cause.sequence, "cause": str(cause)} if cause else {}
    identity = f"{key}-{window.start.isoformat()}"
    return Closed(id=identity, source="bench-worker", time=window.start, recordedtime=at, data=window, **positions)


class Step(msgspec.Struct, frozen=True):
    changed: Mapping[str, Any]
    outcomes: tuple[tuple[Window, datetime], ...]
    wakes: Mapping[str, datetime | None]


_NO_WAKES: dict[str, datetime | None] = {}


class Windows:
    """The job as a processor."""

    name = "bench-worker"
    version = "1"
    inputs = (READINGS,)
    outputs = (WINDOWS,)
    part_type = Window
    part_format = 1
    gauges = ()

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        before = parts.get("window")
        if before is None:
            self._meter.start()
        window, old = advance(before, event)
        return Step({"window": window}, ((old, now),) if old else (), _NO_WAKES)

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        raise NotImplementedError

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        window, at = outcome
        return Message(WINDOWS, key, closed(key, window, at, cause))

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        return None

    def tick(self, key: str, now: datetime) -> Message:
        raise NotImplementedError
