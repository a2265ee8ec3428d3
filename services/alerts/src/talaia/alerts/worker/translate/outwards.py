"""What the domain says in the words of the bus: alarms as they stand, and entries of the journal."""

from functools import partial
from typing import TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from talaia.alerts.decide.certainty import certainty
from talaia.alerts.model import inputs, kind, outcomes, parts
from talaia.alerts.model.identity import caused_id
from talaia.alerts.model.incident import IncidentPart
from talaia.alerts.model.shown import shown
from talaia.contracts import alerts, incidents, journal
from talaia.contracts.catalogue import ALARMS, INCIDENTS, JOURNAL
from talaia.stream import translation
from talaia.stream.processor import Cause, Message

T = TypeVar("T")
MOST_MEMBERS = 2_000
source_of = partial(translation.source_of, "alerts")


def message(area: str, outcome: outcomes.Outcome, cause: Cause) -> Message:
    """An outcome as an event of its topic."""
    match outcome:
        case outcomes.Stands():
            return Message(ALARMS, outcome.alarm.alarm_id, _stands(area, outcome, cause))
        case outcomes.IncidentStands():
            return Message(INCIDENTS, outcome.incident.incident_id, _incident(area, outcome, cause))
        case outcomes.Entry():
            return Message(JOURNAL, area, _journalled(area, outcome, cause))


def _stands(area: str, outcome: outcomes.Stands, cause: Cause) -> alerts.AlarmStands:
    alarm = outcome.alarm
    return alerts.AlarmStands(
        id=caused_id(outcome.cause.identity, f"stands|{alarm.alarm_id}"),
        source=source_of(area),
        subject=alarm.alarm_id,
        time=outcome.at,
        recordedtime=outcome.at,
        sequence=cause.sequence,
        cause=str(cause),
        data=_with_acts(_alarm(alarm, outcome.kind), alarm.standing),
    )


def _alarm(alarm: parts.AlarmPart, policy: kind.Kind) -> alerts.Alarm:
    standing, details = alarm.standing, alarm.standing.details
    return alerts.Alarm(
        alarm_id=alarm.alarm_id,
        area=alarm.area,
        condition_id=alarm.condition_id,
        kind=alarm.kind,
        title=policy.title,
        subject=standing.subject,
        location=_location(standing.location),
        source=standing.source,
        shown=shown(standing),
        condition=standing.condition,
        freshness=standing.freshness,
        design=standing.design,
        acknowledgement=standing.acknowledgement,
        shelf=standing.shelf,
        service=standing.service,
        priority=standing.priority,
        position=policy.position,
        activation_id=standing.activation_id,
        activations=standing.activations,
        incident_id=standing.incident_id,
        version=alarm.version,
        unrationalised=policy.unrationalised,
        chattering=standing.chattering,
        began_at=standing.began_at,
        changed_at=alarm.changed_at,
        announced_at=standing.announced_at,
        expected_at=details.expected_at or UNSET,
        expires_at=standing.expires_at or UNSET,
        probability=UNSET if details.probability is None else details.probability,
        evidence=msgspec.json.decode(details.evidence, type=alerts.Evidence) if details.evidence else UNSET,
        guidance=_guidance(details, policy),
        acknowledged_by=standing.acknowledged_by or UNSET,
        acknowledged_at=standing.acknowledged_at or UNSET,
        suppressed_by=standing.suppressed_by or UNSET,
        notes=list(standing.notes),
        labels=details.labels or UNSET,
    )


def _with_acts(alarm: alerts.Alarm, standing: parts.Standing) -> alerts.Alarm:
    """What people decided of it besides acknowledging: most alarms know nothing of the kind."""
    if not (standing.shelved or standing.out_of_service or standing.assigned_to or standing.verdict):
        return alarm
    return msgspec.structs.replace(
        alarm,
        shelved=_shelved(standing.shelved),
        out_of_service=_told(standing.out_of_service, alerts.OutOfService),
        assigned_to=standing.assigned_to or UNSET,
        verdict=standing.verdict or UNSET,
    )


def _shelved(known: parts.Shelved | None) -> alerts.Shelved | UnsetType:
    told = _told(known, alerts.Shelved)
    return told if isinstance(told, UnsetType) else msgspec.structs.replace(told, silence=told.silence or UNSET)


def _incident(area: str, outcome: outcomes.IncidentStands, cause: Cause) -> incidents.IncidentStands:
    incident = outcome.incident
    changed = (
        f"incident|{incident.incident_id}|{incident.members}|{incident.standing}|{incident.merged_into}|{incident.closed_at}"
    )
    sure, reasons = certainty(incident)
    return incidents.IncidentStands(
        id=caused_id(outcome.cause.identity, changed),
        source=source_of(area),
        subject=incident.incident_id,
        time=outcome.at,
        recordedtime=outcome.at,
        sequence=cause.sequence,
        cause=str(cause),
        data=incidents.Incident(
            incident_id=incident.incident_id,
            area=area,
            opened_at=incident.opened_at,
            first_out=incident.first_out,
            members=list(outcome.members[:MOST_MEMBERS]),
            member_count=incident.members,
            standing=incident.standing,
            domains=list(incident.domains),
            title=_title(incident),
            certainty=sure,
            reasons=list(reasons),
            closed_by=incident.closed_by or UNSET,
            merged_into=incident.merged_into or UNSET,
            closed_at=incident.closed_at or UNSET,
        ),
    )


def _title(incident: IncidentPart) -> str:
    others = incident.members - 1
    return f"{incident.title} and {others} more" if others else incident.title


def _told(known: msgspec.Struct | None, kind: type[T]) -> T | UnsetType:
    """The same in the words of the bus, if it is so at all."""
    return UNSET if known is None else kind(**msgspec.structs.asdict(known))


def _guidance(details: inputs.Details, policy: kind.Kind) -> str:
    """What was said of this thing goes before the register's response, and that before what is done in general."""
    if details.guidance_is_general:
        return policy.response or details.guidance
    return details.guidance or policy.response


def _location(place: inputs.Location) -> alerts.Location:
    return alerts.Location(**{name: value for name, value in msgspec.structs.asdict(place).items() if value is not None})


def _journalled(area: str, entry: outcomes.Entry, cause: Cause) -> journal.Journalled:
    alarm = entry.alarm
    transition = f"{entry.alarm_id or entry.position}|{entry.region}|{entry.event}|{entry.state}|{entry.to}"
    return journal.Journalled(
        id=caused_id(entry.cause.identity, transition),
        source=source_of(area),
        subject=entry.alarm_id or area,
        time=entry.at,
        recordedtime=entry.at,
        sequence=cause.sequence,
        cause=str(cause),
        data=journal.Transition(
            at=entry.at,
            cause_type=entry.cause.type,
            cause_id=entry.cause.id,
            region=entry.region,
            event=entry.event,
            from_=entry.state,
            to=entry.to,
            alarm_id=entry.alarm_id,
            condition_id=alarm.condition_id if alarm else None,
            kind=alarm.kind if alarm else None,
            position=entry.position,
            priority=alarm.standing.priority if alarm else None,
            activation_id=alarm.standing.activation_id if alarm else None,
            incident_id=entry.incident_id or (alarm.standing.incident_id if alarm else None),
            announced=entry.announced,
            silent=entry.silent,
            refused=entry.refused,
            answer=entry.answer,
            notes=list(entry.notes),
            verdict=entry.verdict,
            who=entry.cause.who,
            text=entry.text or None,
            policy=entry.policy,
            handover_id=entry.handover_id,
        ),
    )
