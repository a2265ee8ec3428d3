"""Between the words on the bus and the words of the domain: the only file that knows both."""

from functools import partial
from typing import TypeVar

import msgspec
from msgspec import UNSET

from talaia.contracts import alerts, waste
from talaia.contracts.catalogue import FORECASTS, READINGS, SIGNALS
from talaia.contracts.catchment import Gauge, Site
from talaia.contracts.vocabulary import Unit
from talaia.stream import translation
from talaia.stream.processor import Cause, Message
from talaia.stream.translation import utc
from talaia.waste.model import catchment as places
from talaia.waste.model import events, outcomes
from talaia.waste.model.conditions import condition_id

LONGEST_NAME = 200
_Thing = TypeVar("_Thing")
source_of = partial(translation.source_of, "waste")
outcome_id = partial(translation.outcome_id, "waste")


def told(
    event: waste.Measured | waste.Nowcasted | waste.Configured,
) -> events.Measurement | events.Nowcast | events.Configuration:
    """An event of the input topic in the domain's words."""
    match event:
        case waste.Measured():
            return measurement(event)
        case waste.Nowcasted():
            return nowcast(event)
        case waste.Configured():
            return configuration(event)


def measurement(event: waste.Measured) -> events.Measurement:
    """A measured event in the domain's words."""
    data = event.data
    return events.Measurement(
        source=event.source,
        id=event.id,
        time=utc(event.time),
        recorded_at=utc(event.recordedtime),
        site=data.site,
        sensor=data.sensor,
        quantity=data.quantity,
        value=data.value,
        unit=data.unit,
        quality=data.quality,
    )


def configuration(event: waste.Configured) -> events.Configuration:
    """A configured event in the domain's words."""
    data = event.data
    return events.Configuration(
        source=event.source,
        id=event.id,
        catchment=data.catchment,
        area=data.area,
        hash=data.hash,
        gauges=tuple(_plain(gauge, places.Gauge) for gauge in data.gauges),
        sites=tuple(_plain(site, places.Site) for site in data.sites),
        zone=data.zone,
    )


def _plain(thing: Site | Gauge, to: type[_Thing]) -> _Thing:
    """A site or gauge in the domain's words, which are those of the bus but for the place."""
    said = msgspec.to_builtins(thing)
    return msgspec.convert(said | said.pop("place", {}), to)


def nowcast(event: waste.Nowcasted) -> events.Nowcast:
    """A nowcast event in the domain's words."""
    data = event.data
    return events.Nowcast(
        source=event.source,
        id=event.id,
        recorded_at=utc(event.recordedtime),
        gauge=data.gauge,
        issued_at=utc(data.issued_at),
        step_min=data.step_min,
        mm=tuple(data.mm),
    )


def message(catchment: str, outcome: outcomes.Outcome, cause: Cause, release: str) -> Message:
    """An outcome as an event of its topic."""
    match outcome:
        case outcomes.Reading():
            return Message(READINGS, outcome.measurement.site, _read(catchment, outcome, cause))
        case outcomes.Forecast():
            return Message(FORECASTS, outcome.site.id, _forecasted(catchment, outcome, cause))
        case outcomes.Signal():
            return Message(SIGNALS, outcome.area, _signalled(catchment, outcome, cause))
        case outcomes.Alive():
            return Message(SIGNALS, outcome.area, _alive(catchment, outcome, cause, release))


def _read(catchment: str, reading: outcomes.Reading, cause: Cause) -> waste.Read:
    """A reading has its measurement's identity, source and id; a second judgement of it has an id of its own."""
    of = reading.measurement
    return waste.Read(
        id=outcome_id("judged again", of.site, of.cause) if reading.again else of.id,
        source=of.source,
        subject=of.site,
        time=of.time,
        recordedtime=reading.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=waste.Reading(
            catchment=catchment,
            site=of.site,
            sensor=of.sensor,
            quantity=of.quantity,
            value=of.value,
            unit=of.unit,
            flag=reading.flag,
            test=reading.test or UNSET,
            reason=reading.reason or UNSET,
            measurement=of.id,
            late=reading.late,
        ),
    )


def _forecasted(catchment: str, forecast: outcomes.Forecast, cause: Cause) -> waste.Forecasted:
    site = forecast.site
    return waste.Forecasted(
        id=outcome_id("forecast", f"{catchment}/{site.id}", forecast.cause),
        source=source_of(catchment),
        subject=site.id,
        time=forecast.slot_end,
        recordedtime=forecast.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=waste.Forecast(
            catchment=catchment,
            site=site.id,
            issued_at=forecast.said_at,
            method=forecast.method,
            level_m=forecast.level_m,
            crest_m=site.crest_m,
            slope_m_per_min=forecast.slope_m_per_min,
            rain_mm_30min=forecast.rain_mm_30min,
            path=[_point(point) for point in forecast.path],
            minutes_to_overflow=forecast.minutes_to_overflow,
            expected_at=forecast.expected_at,
            soonest_min=UNSET if forecast.interval_min is None else forecast.interval_min[0],
            latest_min=UNSET if forecast.interval_min is None else forecast.interval_min[1],
            probability=UNSET if forecast.probability is None else forecast.probability,
            warning=forecast.warning,
            watch=forecast.watch,
            learnt_steps=forecast.learnt_steps,
            configuration=forecast.configuration,
        ),
    )


def _point(point: outcomes.PathPoint) -> waste.PathPoint:
    return waste.PathPoint(
        time=point.time,
        level_m=point.level_m,
        low_m=UNSET if point.low_m is None else point.low_m,
        high_m=UNSET if point.high_m is None else point.high_m,
    )


def _signalled(catchment: str, signal: outcomes.Signal, cause: Cause) -> alerts.Signalled:
    subject, condition = signal.subject, condition_id(signal.kind, signal.subject.id)
    return alerts.Signalled(
        id=outcome_id(f"{signal.kind} {signal.state.value}", f"{catchment}/{subject.id}", signal.cause),
        source=source_of(catchment),
        subject=subject.id,
        time=signal.said_at,
        recordedtime=signal.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=alerts.Signal(
            condition_id=condition,
            kind=signal.kind,
            subject=subject.id,
            location=alerts.Location(
                site=subject.location,
                name=subject.name[:LONGEST_NAME],
                lat=UNSET if subject.lat is None else subject.lat,
                lon=UNSET if subject.lon is None else subject.lon,
            ),
            state=signal.state,
            sequence=signal.sequence,
            priority=signal.priority,
            probability=UNSET if signal.probability is None else signal.probability,
            expected_at=signal.expected_at or UNSET,
            expires_at=signal.expires_at or UNSET,
            became=signal.became or UNSET,
            evidence=UNSET if signal.evidence is None else _evidence(signal.evidence, cause),
            guidance=signal.guidance or UNSET,
        ),
    )


def _evidence(why: outcomes.Evidence, cause: Cause) -> alerts.Evidence:
    levels = [alerts.Sample(time=each.time, value=each.value, unit=Unit.METRE.value, flag=each.flag) for each in why.levels]
    others = [
        alerts.Sample(time=each.time, value=each.value, unit=each.unit.value, flag=each.flag, sensor=each.sensor)
        for each in why.observations
    ]
    rain = [alerts.Sample(time=time, value=mm, unit=Unit.MILLIMETRE.value) for time, mm in why.rain.slots]
    return alerts.Evidence(
        rule=why.rule,
        rule_version=why.rule_version,
        configuration=why.configuration,
        model=why.model,
        readings=levels + others + rain,
        thresholds=[alerts.Threshold(name=name, value=value, unit=unit.value) for name, value, unit in why.thresholds],
        forecast=[alerts.Expectation(time=each.time, value=each.level_m, unit=Unit.METRE.value) for each in why.path],
        facts=dict(why.facts),
        positions=[str(cause)],
    )


def _alive(catchment: str, alive: outcomes.Alive, cause: Cause, release: str) -> alerts.Alive:
    return alerts.Alive(
        id=outcome_id("alive", catchment, alive.cause),
        source=source_of(catchment),
        subject=catchment,
        time=alive.said_at,
        recordedtime=alive.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=alerts.Presence(release=release, open=list(alive.open)),
    )
