"""What the step says: readings, forecasts, signals, and that the source is alive."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Flag, Method, Priority, Rule, SignalState, Unit, Verdict, VolumeMethod
from talaia.waste.model.catchment import Site
from talaia.waste.model.conditions import Guidance, Subject
from talaia.waste.model.events import Measurement
from talaia.waste.model.outlook import Outlook
from talaia.waste.model.parts import Part, Sample
from talaia.waste.model.path import NO_PATH, Path
from talaia.waste.model.spills import YearCount


class Reading(msgspec.Struct, frozen=True):
    """A measurement was judged. of: its id in the log; again: a judgement before is replaced."""

    said_at: datetime
    measurement: Measurement
    flag: Flag
    test: str | None = None
    reason: str | None = None
    late: bool = False
    again: bool = False


class Forecast(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Level path of a site over an hour. expected_at: when it reaches the crest, None while the path does not.

    interval_min: four of five times to overflow fall between, minutes. probability: that the crest is reached within 30
    minutes; log_odds: its terms by name, where it is made of such. Neither interval nor probability is known while it spills.
    warning: the overflow is expected within 30 minutes; watch: within 60. outlook: what these follow from, where there is a path.
    """

    said_at: datetime
    cause: str
    site: Site
    slot_end: datetime
    method: Method
    level_m: float
    slope_m_per_min: float
    rain_mm_30min: float
    path: Path
    minutes_to_overflow: float | None
    expected_at: datetime | None
    interval_min: tuple[float, float] | None = None
    probability: float | None = None
    log_odds: tuple[tuple[str, float], ...] = ()
    warning: bool
    watch: bool
    learnt_steps: int
    outlook: Outlook | None = None
    configuration: str


class Rain(msgspec.Struct, frozen=True, kw_only=True):
    """Rain that supports a signal: the site's own gauge by slot, and the sum at the mean of all gauges."""

    slots: tuple[tuple[datetime, float], ...] = ()
    own_mm_30min: float = 0.0
    mean_mm_30min: float = 0.0


class Observation(msgspec.Struct, frozen=True, array_like=True):
    """A sample of any sensor that supports a signal."""

    sensor: str
    time: datetime
    value: float
    unit: Unit
    flag: Flag = Flag.GOOD


Threshold = tuple[str, float, str]
"""A limit of a rule: name, value, and unit: of a quantity, else `s`, `min`, `h`, or `1` of what is counted or a share."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Why a signal was sent, so that a reader decides the same with nothing else.

    thresholds: what the rule compares with; facts: what it compares, and what else a person would ask.
    """

    rule: str
    rule_version: str
    configuration: str
    model: str = ""
    levels: tuple[Sample, ...] = ()
    observations: tuple[Observation, ...] = ()
    rain: Rain = Rain()
    thresholds: tuple[Threshold, ...] = ()
    path: Path = NO_PATH
    facts: tuple[tuple[str, float | str], ...] = ()


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A condition of a thing began, changed, ended or came true; evidence is None when the thing is gone."""

    said_at: datetime
    cause: str
    area: str
    kind: str
    subject: Subject
    state: SignalState
    sequence: int
    priority: Priority
    probability: float | None = None
    expected_at: datetime | None = None
    expires_at: datetime | None = None
    became: str | None = None
    evidence: Evidence | None = None
    guidance: Guidance = Guidance("")


class Alive(msgspec.Struct, frozen=True, kw_only=True):
    """The source is alive, and these conditions are open: of those after one id, up to another, where there are such."""

    said_at: datetime
    cause: str
    area: str
    open: tuple[str, ...]
    after: str | None = None
    until: str | None = None


class Scored(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a forecast: it came true, was a false alarm, or was missing when an overflow began."""

    said_at: datetime
    cause: str
    site: Site
    rule: Rule
    verdict: Verdict
    foreseen_at: datetime | None
    overflow_at: datetime | None
    configuration: str


class PumpHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A pump. Flows in metres of level a minute: of its last cycle, and usually. conditions: kinds that stand."""

    pump: str
    asked: bool | None
    running: bool | None
    conditions: tuple[str, ...]
    flow_m_per_min: float | None
    usual_flow_m_per_min: float | None
    running_h: float
    starts_today: int


class Assessed(msgspec.Struct, frozen=True, kw_only=True):
    """The pumps of a site as they stand. moment: up to when they were seen; conditions: of what they share."""

    said_at: datetime
    cause: str
    site: Site
    moment: datetime
    conditions: tuple[str, ...]
    pumps: tuple[PumpHealth, ...]
    configuration: str


class SpillRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one spill; it replaces what was said of it before.

    spill_id: for ever the same. end, volume_m3: None while it lasts; volume_m3 also without a weir law; with its
    standard uncertainty; of the time from volume_since on alone, where there is one. dry_weather: None when nobody knows;
    provisional: it may still change by rain to come.
    withdrawn: late samples showed that it was none. gaps: from and to. counts: of each year it touches. end_unknown: why
    nobody will know when it ended, of one that is over without an end.
    """

    said_at: datetime
    cause: str
    site: Site
    spill_id: str
    start: datetime
    end: datetime | None
    volume_m3: float | None
    uncertainty_m3: float | None
    method: VolumeMethod
    dry_weather: bool | None
    provisional: bool
    withdrawn: bool
    gaps: tuple[tuple[datetime, datetime], ...]
    counts: tuple[YearCount, ...]
    volume_since: datetime | None = None
    end_unknown: str = ""


class Watched(msgspec.Struct, frozen=True, kw_only=True):
    """A local month of a site is over: for how long of it its level was known. month: as 2026-09.

    end: of the month, or when the site was taken out in it.
    """

    said_at: datetime
    cause: str
    site: Site
    month: str
    start: datetime
    end: datetime
    known_s: float


Outcome = Reading | Forecast | Signal | Alive | Scored | Assessed | SpillRecord | Watched


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What follows from one event or timer. changed: parts, None ends one; wakes: timers, None stops one."""

    changed: Mapping[str, Part | None] = {}
    outcomes: tuple[Outcome, ...] = ()
    wakes: Mapping[str, datetime | None] = {}


NOTHING = Step()
"""Nothing follows."""
