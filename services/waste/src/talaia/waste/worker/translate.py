"""Between the words on the bus and the words of the domain: the only file that knows both."""

from functools import partial

from msgspec import UNSET

from talaia.contracts import alerts, waste
from talaia.contracts.catalogue import FORECASTS, READINGS, SIGNALS
from talaia.contracts.vocabulary import Unit
from talaia.stream import translation
from talaia.stream.processor import Cause, Message
from talaia.stream.translation import utc
from talaia.waste.decide.signals import condition_id
from talaia.waste.model import events, outcomes

LONGEST_NAME = 200
source_of = partial(translation.source_of, "waste")
outcome_id = partial(translation.outcome_id, "waste")


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
        gauges=tuple(events.Gauge(id=gauge.id, name=gauge.name) for gauge in data.gauges),
        sites=tuple(_site(site) for site in data.sites),
    )


def _site(site: waste.Site) -> events.Site:
    place = site.place or None
    return events.Site(
        id=site.id,
        kind=site.kind,
        crest_m=site.crest_m,
        gauge=site.gauge,
        name=site.name,
        lat=None if place is None else place.lat,
        lon=None if place is None else place.lon,
        receiving_water=site.receiving_water,
        guidance=site.guidance,
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
            path=[waste.PathPoint(time=point.time, level_m=point.level_m) for point in forecast.path],
            minutes_to_overflow=forecast.minutes_to_overflow,
            expected_at=forecast.expected_at,
            warning=forecast.warning,
            learnt_steps=forecast.learnt_steps,
            configuration=forecast.configuration,
        ),
    )


def _signalled(catchment: str, signal: outcomes.Signal, cause: Cause) -> alerts.Signalled:
    site, condition = signal.site, condition_id(signal.kind, signal.site.id)
    return alerts.Signalled(
        id=outcome_id(f"{signal.kind} {signal.state.value}", f"{catchment}/{site.id}", signal.cause),
        source=source_of(catchment),
        subject=site.id,
        time=signal.said_at,
        recordedtime=signal.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=alerts.Signal(
            condition_id=condition,
            kind=signal.kind,
            subject=site.id,
            location=alerts.Location(
                site=site.id,
                name=site.name[:LONGEST_NAME],
                lat=UNSET if site.lat is None else site.lat,
                lon=UNSET if site.lon is None else site.lon,
            ),
            state=signal.state,
            sequence=signal.sequence,
            priority=signal.priority,
            expected_at=signal.expected_at or UNSET,
            expires_at=signal.expires_at or UNSET,
            became=signal.became or UNSET,
            evidence=UNSET if signal.evidence is None else _evidence(signal.evidence, cause),
            guidance=site.guidance or UNSET,
        ),
    )


def _evidence(why: outcomes.Evidence, cause: Cause) -> alerts.Evidence:
    levels = [alerts.Sample(time=each.time, value=each.value, unit=Unit.METRE.value, flag=each.flag) for each in why.levels]
    rain = [alerts.Sample(time=time, value=mm, unit=Unit.MILLIMETRE.value) for time, mm in why.rain.slots]
    return alerts.Evidence(
        rule=why.rule,
        rule_version=why.rule_version,
        configuration=why.configuration,
        model=why.model,
        readings=levels + rain,
        thresholds=[alerts.Threshold(name=name, value=value, unit=Unit.METRE.value) for name, value in why.thresholds],
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
