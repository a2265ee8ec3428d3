"""A catchment driven by hand: tells the waste service's step events, lets its timers fire as the bus does, keeps what it said."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

import msgspec
from talaia.contracts.vocabulary import UNIT_OF, Quantity, SiteKind
from talaia.waste.decide.step import advance
from talaia.waste.model.catchment import Gauge, Site
from talaia.waste.model.events import Configuration, Measurement, Nowcast, Wake
from talaia.waste.model.outcomes import Forecast, Outcome, Reading, Signal, SpillRecord
from talaia.waste.model.parts import Part
from talaia.waste.model.policy import Policy

MIDNIGHT = datetime(2020, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)
TANK = Site(id="T1", kind=SiteKind.STORAGE_TANK, crest_m=5.0, gauge="RG1", guidance="Open the gate.", lat=41.4, lon=2.2)
PIPE = Site(id="CSO1", kind=SiteKind.PIPE_CSO, crest_m=1.0, gauge="RG1")
Said = TypeVar("Said", bound=Outcome)


def configuration(
    sites: Iterable[Site] = (TANK, PIPE), gauges: Iterable[str] = ("RG1", "RG2"), area: str = "city", version: str = "1"
) -> Configuration:
    """A small catchment; another version has another hash."""
    return Configuration(
        source="city file",
        id=f"configuration {version}",
        catchment="upper",
        area=area,
        hash=f"hash {version}",
        gauges=tuple(Gauge(id=gauge) for gauge in gauges),
        sites=tuple(sites),
    )


def measured(  # one sample, ten seconds after it was taken unless said
    quantity: Quantity,
    site: str,
    value: float,
    time: datetime,
    *,
    after: timedelta = 10 * SECOND,
    sensor: str | None = None,
    source: str = "telemetry",
    id: str | None = None,
    quality: str = "good",
) -> Measurement:
    name = sensor or f"{site}.{quantity.value}"
    return Measurement(
        source=source,
        id=id or f"{name} {time.isoformat()} {after.total_seconds():g}",
        time=time,
        recorded_at=time + after,
        site=site,
        sensor=name,
        quantity=quantity,
        value=value,
        unit=UNIT_OF[quantity],
        quality=quality,
    )


@dataclass
class Town:
    """Parts and timers of one catchment, and everything said so far."""

    policy: Policy = field(default_factory=partial(Policy, look_round_every_min=1))  # tests look at each minute
    parts: dict[str, Part] = field(default_factory=dict)
    wakes: dict[str, datetime] = field(default_factory=dict)
    said: list[Outcome] = field(default_factory=list)
    now: datetime = MIDNIGHT

    def configured(self, told: Configuration | None = None) -> "Town":
        """Under this configuration from now on."""
        self._take(told or configuration())
        return self

    def tell(self, told: Measurement) -> list[Outcome]:
        """One measurement; returns what it and the timers due before it led to."""
        before = len(self.said)
        self.pass_to(max(self.now, told.recorded_at))
        self._take(told)
        return self.said[before:]

    def level(self, value: float, minute: float, site: str = "T1", **how: object) -> list[Outcome]:
        """A level at so many minutes after midnight."""
        return self.tell(measured(Quantity.LEVEL, site, value, MIDNIGHT + minute * MINUTE, **how))  # type: ignore[arg-type]

    def rain(self, value: float, minute: float, gauge: str = "RG1", **how: object) -> list[Outcome]:
        """Rain at so many minutes after midnight."""
        return self.tell(measured(Quantity.RAINFALL, gauge, value, MIDNIGHT + minute * MINUTE, **how))  # type: ignore[arg-type]

    def levels(self, values: Iterable[float], start: float = 5, site: str = "T1") -> float:
        """A level every five minutes; returns the minute after the last."""
        minute = start
        for value in values:
            self.level(value, minute, site)
            minute += 5
        return minute

    def pass_to(self, moment: datetime) -> None:
        """Let the stream clock run on, firing what is due in order."""
        while due := [(at, name) for name, at in self.wakes.items() if at <= moment]:
            at = min(due)[0]
            names = tuple(sorted(name for when, name in due if when == at))
            for name in names:
                del self.wakes[name]
            self.now = max(self.now, at)
            self._take(Wake(names))
        self.now = max(self.now, moment)

    def restarted(self, *, reverse: bool = False) -> "Town":
        """Another process that has read the state from its bytes, in whatever order; it has said nothing yet."""
        encoded = [(name, msgspec.msgpack.encode(part)) for name, part in self.parts.items()]
        assert all(len(body) <= 16_384 for _, body in encoded)
        order = reversed(encoded) if reverse else encoded
        parts = {name: msgspec.msgpack.decode(body, type=Part) for name, body in order}
        return Town(self.policy, parts, dict(self.wakes), [], self.now)

    def of(self, kind: type[Said], site: str | None = None) -> list[Said]:
        """What was said of one kind."""
        return [each for each in self.said if isinstance(each, kind) and site in (None, _site_of(each))]

    def signals(self, site: str = "T1") -> list[tuple[str, str]]:
        """Kind and state of every signal of a site, or of a thing at it (`T1/P1`)."""
        return [(each.kind.removeprefix("waste."), each.state.value) for each in self.of(Signal) if each.subject.id == site]

    def flags(self, site: str = "T1") -> dict[float, tuple[int, str | None]]:
        """Flag and test by minute after midnight, as they stand."""
        return {(each.measurement.time - MIDNIGHT) / MINUTE: (int(each.flag), each.test) for each in self.of(Reading, site)}

    def _take(self, told: Configuration | Measurement | Nowcast | Wake) -> None:
        step = advance(self.parts, told, self.policy, self.now)
        for name, part in step.changed.items():
            if part is None:
                self.parts.pop(name, None)
                self.wakes.pop(name, None)
            else:
                self.parts[name] = part
        self._wake(step.wakes)
        self.said += step.outcomes

    def _wake(self, wakes: Mapping[str, datetime | None]) -> None:
        for name, at in wakes.items():
            if at is None:
                self.wakes.pop(name, None)
            else:
                self.wakes[name] = at


def _site_of(outcome: Outcome) -> str | None:
    match outcome:
        case Reading():
            return outcome.measurement.site
        case Forecast() | SpillRecord():
            return outcome.site.id
        case Signal():
            return outcome.subject.location
    return None
