"""What the step says: readings, forecasts, signals, and that the source is alive."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Flag, Method, Priority, SignalState
from talaia.waste.model.events import Measurement, Site
from talaia.waste.model.parts import Part, Sample


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A measurement was judged. of: its id in the log; again: a judgement before is replaced."""

    said_at: datetime
    measurement: Measurement
    flag: Flag
    test: str | None = None
    reason: str | None = None
    late: bool = False
    again: bool = False


class PathPoint(msgspec.Struct, frozen=True):
    """Level expected at a time."""

    time: datetime
    level_m: float


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """Level path of a site over 30 minutes. expected_at: when it reaches the crest, None while it does not."""

    said_at: datetime
    cause: str
    site: Site
    slot_end: datetime
    method: Method
    level_m: float
    slope_m_per_min: float
    rain_mm_30min: float
    path: tuple[PathPoint, ...]
    minutes_to_overflow: float | None
    expected_at: datetime | None
    warning: bool
    learnt_steps: int
    configuration: str


class Rain(msgspec.Struct, frozen=True, kw_only=True):
    """Rain that supports a signal: the site's own gauge by slot, and the sum at the mean of all gauges."""

    slots: tuple[tuple[datetime, float], ...] = ()
    own_mm_30min: float = 0.0
    mean_mm_30min: float = 0.0


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a signal was sent. thresholds: metres by name; facts: what else a person would ask."""

    rule: str
    rule_version: str
    configuration: str
    model: str
    levels: tuple[Sample, ...]
    rain: Rain
    thresholds: tuple[tuple[str, float], ...]
    path: tuple[PathPoint, ...] = ()
    facts: tuple[tuple[str, float | str], ...] = ()


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A condition of a site began, changed, ended or came true; evidence is None when the site is gone."""

    said_at: datetime
    cause: str
    area: str
    kind: str
    site: Site
    state: SignalState
    sequence: int
    priority: Priority
    expected_at: datetime | None = None
    expires_at: datetime | None = None
    became: str | None = None
    evidence: Evidence | None = None


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The source is alive, and these conditions are open."""

    said_at: datetime
    cause: str
    area: str
    open: tuple[str, ...]


Outcome = Reading | Forecast | Signal | Alive


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from one event or timer. changed: parts, None ends one; wakes: timers, None stops one."""

    changed: Mapping[str, Part | None] = {}
    outcomes: tuple[Outcome, ...] = ()
    wakes: Mapping[str, datetime | None] = {}
