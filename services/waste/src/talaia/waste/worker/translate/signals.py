"""What is said to the control room: signals with their evidence, and that the source is alive."""

from msgspec import UNSET

from talaia.contracts import alerts
from talaia.contracts.vocabulary import Unit
from talaia.stream.processor import Cause
from talaia.waste.model import outcomes
from talaia.waste.model.conditions import condition_id
from talaia.waste.worker.translate.identity import outcome_id, source_of
from talaia.waste.worker.translate.path import expectations

LONGEST_NAME = 200


def signalled(catchment: str, signal: outcomes.Signal, cause: Cause) -> alerts.Signalled:
    """A condition began, changed, ended or came true."""
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
            guidance=signal.guidance.text or UNSET,
            guidance_is_general=signal.guidance.general or UNSET,
        ),
    )


def alive(catchment: str, said: outcomes.Alive, cause: Cause, release: str) -> alerts.Alive:
    """The source is alive, and these conditions are open; a page after the first has an id of its own."""
    return alerts.Alive(
        id=outcome_id("alive", f"{catchment}{said.after or ''}", said.cause),
        source=source_of(catchment),
        subject=catchment,
        time=said.said_at,
        recordedtime=said.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=alerts.Presence(release=release, open=list(said.open), after=said.after or UNSET, until=said.until or UNSET),
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
        thresholds=[alerts.Threshold(name=name, value=value, unit=str(unit)) for name, value, unit in why.thresholds],
        forecast=expectations(why.path),
        facts=dict(why.facts),
        positions=[str(cause)],
    )
