"""Events of waste water for tests of views and APIs."""

from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import UNSET
from msgspec.structs import replace
from talaia.contracts import alerts
from talaia.contracts.catalogue import FORECASTS, MEASUREMENTS, READINGS, SCORES, SIGNALS, SPILLS
from talaia.contracts.catchment import Catchment, Gauge, Place, Site
from talaia.contracts.envelope import sequence
from talaia.contracts.scores import Score, Scored
from talaia.contracts.spills import MonthWatched, Spill, SpillRecorded, Watch, YearCount
from talaia.contracts.vocabulary import Flag, Method, Priority, Quantity, Rule, SignalState, SiteKind, Unit, Verdict, VolumeMethod
from talaia.contracts.waste import Configured, Forecast, Forecasted, PathPoint, Read, Reading
from talaia.stream.processor import Message

START = datetime(2026, 3, 1, tzinfo=UTC)


def minute(number: float) -> datetime:
    """A moment, in minutes after the start."""
    return START + timedelta(minutes=number)


def configured(*sites: str, catchment: str = "c1", at: float = 0) -> Message:
    """A catchment with these sites, tanks with a crest of 4 m, and gauge G1."""
    content = Catchment(
        catchment=catchment,
        area="demo",
        hash=f"hash-{at}",
        valid_from=minute(at),
        decided_by="tests",
        gauges=[Gauge(id="G1", name="Hill", place=Place(lat=41.4, lon=2.1))],
        sites=[
            Site(
                id=site, kind=SiteKind.STORAGE_TANK, name=f"Tank {site}", crest_m=4.0, gauge="G1", place=Place(lat=41.4, lon=2.2)
            )
            for site in sites
        ],
    )
    event = Configured(id=f"configured-{catchment}-{at}", source="tests", time=minute(at), recordedtime=minute(at), data=content)
    return Message(MEASUREMENTS, catchment, event)


def read(
    number: int, site: str = "T1", level_m: float = 1.0, at: float | None = None, flag: Flag = Flag.GOOD, **more: Any
) -> Message:
    """Reading of measurement `number`, by default of that minute; as the worker says it for its input of that number."""
    time = minute(number if at is None else at)
    order = more.pop("order", number)
    data = Reading(
        catchment="c1",
        site=site,
        sensor=f"{site}-level",
        quantity=Quantity.LEVEL,
        value=level_m,
        unit=Unit.METRE,
        flag=flag,
        measurement=str(number),
        **more,
    )
    event = Read(id=f"{number}-{order}", source="tests", time=time, recordedtime=time, sequence=sequence(order), data=data)
    return Message(READINGS, site, event)


def forecasted(
    number: float,
    site: str = "T1",
    minutes_to_overflow: float | None = None,
    method: Method = Method.GREY_BOX,
    catchment: str = "c1",
    probability: float | None = None,
) -> Message:
    """Forecast issued in minute `number`, as the worker says it for its input of that number."""
    at = minute(number)
    data = Forecast(
        catchment=catchment,
        site=site,
        issued_at=at,
        method=method,
        level_m=3.0,
        crest_m=4.0,
        slope_m_per_min=0.02,
        rain_mm_30min=1.5,
        path=[PathPoint(time=at + timedelta(minutes=5 * step), level_m=3.0 + step / 10) for step in range(1, 7)],
        minutes_to_overflow=minutes_to_overflow,
        expected_at=None if minutes_to_overflow is None else at + timedelta(minutes=minutes_to_overflow),
        probability=UNSET if probability is None else probability,
        warning=minutes_to_overflow is not None,
        learnt_steps=400,
        configuration="hash-0",
    )
    event = Forecasted(
        id=f"forecast-{catchment}-{site}-{number}",
        source="tests",
        time=at,
        recordedtime=at,
        sequence=sequence(int(number)),
        data=data,
    )
    return Message(FORECASTS, site, event)


def scored(number: int, verdict: Verdict, site: str = "T1", rule: Rule = Rule.WARNING, lead_min: float | None = None) -> Message:
    """What became of a forecast, as known in minute `number`."""
    at = minute(number)
    hit = verdict is Verdict.HIT and lead_min is not None
    data = Score(
        catchment="c1",
        site=site,
        rule=rule,
        verdict=verdict,
        foreseen_at=UNSET if verdict is Verdict.MISS else at - timedelta(minutes=lead_min or 0),
        overflow_at=UNSET if verdict is Verdict.FALSE_ALARM else at,
        lead_min=lead_min if hit and lead_min is not None else UNSET,
        configuration="hash-0",
    )
    event = Scored(
        id=f"scored-{site}-{rule}-{number}", source="tests", time=at, recordedtime=at, sequence=sequence(number), data=data
    )
    return Message(SCORES, site, event)


def signalled(number: int, site: str = "T1") -> Message:
    """A warning of minute `number`, with its evidence; its id is `signal-<number>`."""
    at = minute(number)
    evidence = alerts.Evidence(
        rule="waste.overflow_expected",
        rule_version="1",
        configuration="hash-0",
        model="linear 1, learnt from 0 steps",
        readings=[alerts.Sample(time=at, value=3.9, unit="m")],
        thresholds=[alerts.Threshold(name="crest", value=4.0, unit="m")],
        forecast=[alerts.Expectation(time=at + timedelta(minutes=5), value=4.1, unit="m")],
        facts={"minutes_to_overflow": 4.0},
        positions=["waste.measurements.v1/0/1"],
    )
    data = alerts.Signal(
        condition_id=f"waste.overflow_expected/{site}",
        kind="waste.overflow_expected",
        subject=site,
        location=alerts.Location(site=site),
        state=SignalState.BEGAN,
        sequence=1,
        priority=Priority.HIGH,
        probability=0.8,
        expected_at=at + timedelta(minutes=4),
        evidence=evidence,
        guidance="Open the gate.",
    )
    event = alerts.Signalled(
        id=f"signal-{number}", source="talaia/waste/c1", time=at, recordedtime=at, sequence=sequence(number), data=data
    )
    return Message(SIGNALS, "demo", event)


def advisory(number: int, site: str, state: SignalState) -> Message:
    """A word on the condition that too many warnings of a site were false."""
    message = signalled(number, site)
    assert isinstance(message.event, alerts.Signalled)
    subject = f"{site}/warning"
    data = replace(
        message.event.data,
        condition_id=f"waste.forecast_advisory/{subject}",
        kind="waste.forecast_advisory",
        subject=subject,
        state=state,
    )
    return message._replace(event=replace(message.event, id=f"advisory-{number}", data=data))


def spilt(number: int, site: str = "T1", start: float = 0, end: float | None = None, **more: Any) -> Message:
    """What is said of a spill, in minutes after the start, as the worker says it for its input of that number."""
    duration_s = 60 * ((start + 5 if end is None else end) - start)
    told: dict[str, Any] = {
        "spill_id": f"{site}/{start:g}",
        "site": site,
        "catchment": "c1",
        "start": minute(start),
        "end": None if end is None else minute(end),
        "duration_s": duration_s,
        "volume_m3": None if end is None else 12.34,
        "volume_uncertainty_m3": None if end is None else 2.5,
        "volume_method": VolumeMethod.WEIR,
        "dry_weather": False,
        "provisional": False,
        "withdrawn": False,
        "gaps": [],
        "counted": [YearCount(year=2026, counted=1, duration_s=duration_s)],
        "receiving_water": "River",
    }
    event = SpillRecorded(
        id=f"spill-{number}",
        source="tests",
        time=minute(start),
        recordedtime=minute(start if end is None else end),
        sequence=sequence(number),
        data=Spill(**(told | more)),
    )
    return Message(SPILLS, site, event)


def watched(
    number: int, site: str = "T1", month: int = 2, known_share: float = 1.0, catchment: str = "c1", days: float | None = None
) -> Message:
    """A month of 2026 is over at a site, or the site was taken out after some days of it."""
    start, end = (datetime(2026, each, 1, tzinfo=UTC) for each in (month, month + 1))
    end = end if days is None else start + timedelta(days=days)
    data = Watch(
        site=site,
        catchment=catchment,
        month=f"2026-{month:02d}",
        start=start,
        end=end,
        known_s=known_share * (end - start).total_seconds(),
    )
    event = MonthWatched(id=f"watched-{number}", source="tests", time=end, recordedtime=end, sequence=sequence(number), data=data)
    return Message(SPILLS, site, event)
