"""Between the words on the bus and the words of the domain: the only file that knows both."""

from functools import partial

import msgspec
from msgspec import UNSET

from talaia.alerts.model import inputs, kind, outcomes, parts
from talaia.alerts.model.identity import caused_id
from talaia.alerts.model.shown import shown
from talaia.alerts.worker.fit import fitted, short
from talaia.contracts import alerts
from talaia.contracts.catalogue import ALARMS, JOURNAL
from talaia.contracts.envelope import Envelope
from talaia.contracts.register import PriorityMatrix, RegisterEntry
from talaia.stream import translation
from talaia.stream.processor import Cause, Message, Rejected
from talaia.stream.translation import utc

TITLE_BYTES = 400
GUIDANCE_BYTES = 1_500
NAME_BYTES = 100
LONGEST_S = 366 * 86_400.0
LANGUAGE = "en"
LONGEST_AREA, MOST_SIGNALS = 100, 2**63  # characters, so that names made of it are names too; a number beyond could not be kept
source_of = partial(translation.source_of, "alerts")


def told(area: str, event: Envelope) -> inputs.Input:
    """An event in the domain's words. Raises Rejected."""
    if len(area) > LONGEST_AREA:
        raise Rejected("area_too_long", f"the record's key is an area, which has at most {LONGEST_AREA} characters")
    match event:
        case alerts.Signalled():
            return _word(event)
        case alerts.Alive():
            return inputs.Alive(
                id=event.id,
                source=event.source,
                time=utc(event.time),
                recorded_at=utc(event.recordedtime),
                release=event.data.release,
                open=frozenset(event.data.open),
                after=event.data.after or None,
                until=event.data.until or None,
            )
        case alerts.Acted():
            return _act(event)
        case alerts.PolicyConfigured():
            if event.data.area != area:
                raise Rejected("wrong_key", f"the register is of area {event.data.area}, the record's key is {area}")
            return _policy(event)
        case _:
            raise Rejected("unknown_event", f"{type(event).__name__} is no input of alerts")


def _word(event: alerts.Signalled) -> inputs.Word:
    data = event.data
    if data.sequence and data.sequence >= MOST_SIGNALS:
        raise Rejected("schema", "sequence is beyond 63 bits")
    return inputs.Word(
        id=event.id,
        source=event.source,
        time=utc(event.time),
        recorded_at=utc(event.recordedtime),
        condition_id=data.condition_id,
        kind=data.kind,
        subject=data.subject,
        location=inputs.Location(
            site=data.location.site,
            name=short(data.location.name, NAME_BYTES),
            lat=None if data.location.lat is UNSET else data.location.lat,
            lon=None if data.location.lon is UNSET else data.location.lon,
        ),
        state=data.state,
        sequence=data.sequence or None,
        priority=data.priority or None,
        expires_at=utc(data.expires_at) if data.expires_at else None,
        became=data.became or None,
        details=inputs.Details(
            expected_at=utc(data.expected_at) if data.expected_at else None,
            probability=None if data.probability is UNSET else data.probability,
            evidence=fitted(data.evidence) if data.evidence else b"",
            guidance=short(data.guidance or "", GUIDANCE_BYTES),
            guidance_is_general=data.guidance_is_general is True,
        ),
    )


def _act(event: alerts.Acted) -> inputs.Act:
    data = event.data
    return inputs.Act(
        id=event.id,
        source=event.source,
        verb=data.verb,
        alarms=tuple(data.alarms),
        who=data.who,
        role=data.role,
        position=data.position,
        text=data.text or data.reason or "",
        if_version=None if data.if_version is UNSET else data.if_version,
    )


def _policy(event: alerts.PolicyConfigured) -> inputs.Policy:
    register = event.data
    return inputs.Policy(
        id=event.id,
        source=event.source,
        hash=register.hash,
        decided_by=register.decided_by,
        kinds=tuple(_kind(register.priority, entry) for entry in register.kinds),
    )


def _kind(matrix: PriorityMatrix, entry: RegisterEntry) -> kind.Kind:
    row = matrix.classes.get(entry.consequence_class)
    if row is None or len(row) != len(matrix.minutes) + 1:
        raise Rejected("register", f"consequence class of {entry.kind} needs one priority more than the matrix has minutes")
    count = None
    if entry.count_n is not None and entry.count_within_s is not None:
        count = kind.Count(min(entry.count_n, 100), min(entry.count_within_s, LONGEST_S))
    expires_min = entry.acknowledgement_expires_min
    return kind.Kind(
        kind=entry.kind,
        title=short(entry.title.get(LANGUAGE) or next(iter(entry.title.values()), entry.kind), TITLE_BYTES),
        response=short(entry.response, GUIDANCE_BYTES),
        priority=kind.priority_of(matrix.minutes, row, entry.time_to_respond_min),
        position=entry.position,
        needs_acknowledgement=entry.needs_acknowledgement,
        acknowledges_itself_on_return=entry.acknowledges_itself_on_return,
        latching=entry.latching,
        on_delay_s=min(entry.on_delay_s, LONGEST_S),
        off_delay_s=min(entry.off_delay_s, LONGEST_S),
        count=count,
        acknowledgement_expires_min=None if expires_min is None else min(expires_min, LONGEST_S / 60),
        sampling_interval_s=min(entry.sampling_interval_s, LONGEST_S / 10),
        exempt_from_flood=entry.exempt_from_flood,
        diagnostic=entry.diagnostic,
    )


def message(area: str, outcome: outcomes.Outcome, cause: Cause) -> Message:
    """An outcome as an event of its topic."""
    match outcome:
        case outcomes.Stands():
            return Message(ALARMS, outcome.alarm.alarm_id, _stands(area, outcome, cause))
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
        data=_alarm(alarm, outcome.kind),
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
        notes=list(standing.notes),
    )


def _guidance(details: inputs.Details, policy: kind.Kind) -> str:
    """What was said of this thing goes before the register's response, and that before what is done in general."""
    if details.guidance_is_general:
        return policy.response or details.guidance
    return details.guidance or policy.response


def _location(place: inputs.Location) -> alerts.Location:
    return alerts.Location(**{name: value for name, value in msgspec.structs.asdict(place).items() if value is not None})


def _journalled(area: str, entry: outcomes.Entry, cause: Cause) -> alerts.Journalled:
    alarm = entry.alarm
    transition = f"{entry.alarm_id or entry.position}|{entry.region}|{entry.event}|{entry.state}|{entry.to}"
    return alerts.Journalled(
        id=caused_id(entry.cause.identity, transition),
        source=source_of(area),
        subject=entry.alarm_id or area,
        time=entry.at,
        recordedtime=entry.at,
        sequence=cause.sequence,
        cause=str(cause),
        data=alerts.Transition(
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
            announced=entry.announced,
            silent=entry.silent,
            refused=entry.refused,
            answer=entry.answer,
            notes=list(entry.notes),
            who=entry.cause.who,
            text=entry.text or None,
            policy=entry.policy,
        ),
    )
