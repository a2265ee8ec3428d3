"""What follows, in the words of the bus."""

from msgspec import UNSET, UnsetType

from talaia.contracts import scores, waste
from talaia.contracts.catalogue import EQUIPMENT, FORECASTS, READINGS, SCORES, SIGNALS, SPILLS
from talaia.stream.processor import Cause, Message
from talaia.waste.model import outcomes
from talaia.waste.worker.translate.equipment import assessed
from talaia.waste.worker.translate.identity import outcome_id, source_of
from talaia.waste.worker.translate.path import forecast_points
from talaia.waste.worker.translate.signals import alive, signalled
from talaia.waste.worker.translate.spills import recorded, watched


def message(catchment: str, outcome: outcomes.Outcome, cause: Cause, release: str) -> Message:
    """An outcome as an event of its topic."""
    match outcome:
        case outcomes.Reading():
            return Message(READINGS, outcome.measurement.site, _read(catchment, outcome, cause))
        case outcomes.Forecast():
            return Message(FORECASTS, outcome.site.id, _forecasted(catchment, outcome, cause))
        case outcomes.Signal():
            return Message(SIGNALS, outcome.area, signalled(catchment, outcome, cause))
        case outcomes.Scored():
            return Message(SCORES, outcome.site.id, _scored(catchment, outcome, cause))
        case outcomes.Assessed():
            return Message(EQUIPMENT, outcome.site.id, assessed(catchment, outcome, cause))
        case outcomes.SpillRecord():
            return Message(SPILLS, outcome.site.id, recorded(catchment, outcome, cause))
        case outcomes.Watched():
            return Message(SPILLS, outcome.site.id, watched(catchment, outcome, cause))
        case outcomes.Alive():
            return Message(SIGNALS, outcome.area, alive(catchment, outcome, cause, release))


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
            path=forecast_points(forecast.path),
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


def _scored(catchment: str, score: outcomes.Scored, cause: Cause) -> scores.Scored:
    lead_min: float | UnsetType = UNSET
    if score.foreseen_at is not None and score.overflow_at is not None:
        lead_min = (score.overflow_at - score.foreseen_at).total_seconds() / 60
    return scores.Scored(
        id=outcome_id("scored", f"{catchment}/{score.site.id}", score.cause),
        source=source_of(catchment),
        subject=score.site.id,
        time=score.overflow_at or score.foreseen_at or score.said_at,
        recordedtime=score.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=scores.Score(
            catchment=catchment,
            site=score.site.id,
            rule=score.rule,
            verdict=score.verdict,
            foreseen_at=score.foreseen_at or UNSET,
            overflow_at=score.overflow_at or UNSET,
            lead_min=lead_min,
            configuration=score.configuration,
        ),
    )
