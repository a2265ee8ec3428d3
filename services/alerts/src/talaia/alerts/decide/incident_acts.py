"""A person puts incidents right: closes one, merges two, moves alarms to one of their own or to another."""

from collections.abc import Sequence
from typing import Any

import msgspec

from talaia.alerts.decide import incidents
from talaia.alerts.decide.certainty import MOST_APART
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.members import members, without
from talaia.alerts.decide.settle import known, settle
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import split_id_of
from talaia.alerts.model.incident import IncidentPart, incident_part
from talaia.alerts.model.inputs import Act
from talaia.alerts.model.outcomes import Cause, Entry
from talaia.alerts.model.parts import AlarmPart, alarm_part
from talaia.contracts.vocabulary import Role, Verb

VERBS = (Verb.CLOSE_INCIDENT, Verb.MERGE, Verb.SPLIT)


def judge(ledger: Ledger, act: Act, cause: Cause) -> None:
    """Judge an act on an incident; one that is refused changes nothing."""
    assert act.incident is not None
    incident, other = _known(ledger, act.incident), None if act.into is None else _known(ledger, act.into)
    rule = _rule_broken(act, incident, other)
    if rule is not None or incident is None:
        _enter(ledger, act, cause, refused=rule)
    elif act.verb is Verb.CLOSE_INCIDENT:
        closed = msgspec.structs.replace(incident, closed_at=ledger.now, closed_by=act.who, untold=True)
        incidents.tell(ledger, closed, cause)
        _enter(ledger, act, cause, state="open", to="closed")
    elif act.verb is Verb.MERGE and other is not None:
        older, younger = sorted((_reconciled(incident, other), _reconciled(other, incident)), key=incidents.age)
        merged = incidents.merge(ledger, older, younger, cause)
        incidents.tell(ledger, msgspec.structs.replace(merged, untold=True, told_at=None), cause)
        _enter(ledger, act, cause, state=younger.incident_id, to=older.incident_id)
    else:
        _split(ledger, act, cause, incident, other)


def _rule_broken(act: Act, incident: IncidentPart | None, other: IncidentPart | None) -> str | None:
    """In this order: known, allowed, still open, and not itself."""
    if incident is None or (act.into is not None and other is None):
        return "unknown_incident"
    if act.role.rank < (Role.SUPERVISOR if act.verb is Verb.CLOSE_INCIDENT else Role.OPERATOR).rank:
        return "role"
    both = [each for each in (incident, other) if each is not None]
    if any(each.merged_into is not None for each in both):
        return "already_merged"
    if any(each.closed_at is not None for each in both):
        return "already_closed"
    return "same_incident" if act.incident == act.into else None


def _split(ledger: Ledger, act: Act, cause: Cause, incident: IncidentPart, other: IncidentPart | None) -> None:
    """Alarms of the incident get one of their own, or go to another; the two do not merge again by themselves."""
    named = [part for each in dict.fromkeys(act.alarms) if isinstance(part := ledger.get(alarm_part(each)), AlarmPart)]
    leaving = [alarm for alarm in named if incidents.of_alarm(ledger, alarm) == incident.incident_id]
    for alarm_id in dict.fromkeys(act.alarms):
        if alarm_id not in {alarm.alarm_id for alarm in leaving}:
            here = alarm_id in {alarm.alarm_id for alarm in named}
            _enter(ledger, act, cause, alarm_id=alarm_id, refused="not_a_member" if here else "unknown_alarm")
    if not leaving:
        return
    if len(leaving) == incident.members:
        for alarm in leaving:
            _enter(ledger, act, cause, alarm_id=alarm.alarm_id, refused="nothing_left")
        return
    target = other or _opened(ledger, incident, leaving, act)
    source = _left_behind(ledger, incident, leaving)
    for alarm in leaving:
        target = incidents.with_activation(ledger, target, alarm)
    incidents.note(ledger, _kept_apart(source, target))
    incidents.note(ledger, _kept_apart(target, source))
    for alarm in leaving:
        _move(ledger, act, cause, alarm, incident.incident_id, target.incident_id)
    for each in (incident.incident_id, target.incident_id):
        part = _known(ledger, each)
        assert part is not None
        incidents.tell(ledger, msgspec.structs.replace(part, told_at=None), cause)


def _left_behind(ledger: Ledger, incident: IncidentPart, leaving: Sequence[AlarmPart]) -> IncidentPart:
    """The incident without those that leave, and without what they said; the first of the others is first-out now."""
    gone = frozenset(alarm.condition_id for alarm in leaving)
    left = without(ledger, incident, gone)
    if left.first_out in gone:
        first_out = members(ledger, left)[0]
        alarm = known(ledger, first_out)
        title = incidents.title(ledger, alarm) if alarm else left.title
        left = msgspec.structs.replace(left, first_out=first_out, title=title)
    return msgspec.structs.replace(
        left,
        witnesses=tuple(each for each in left.witnesses if each.condition_id not in gone),
        verdicts=tuple(each for each in left.verdicts if each.condition_id not in gone),
        came_true=None if left.came_true and left.came_true[0] in gone else left.came_true,
    )


def _opened(ledger: Ledger, incident: IncidentPart, leaving: Sequence[AlarmPart], act: Act) -> IncidentPart:
    """An incident of those that leave: the one that was activated first is first-out."""
    order = members(ledger, incident)
    first = min(leaving, key=lambda alarm: order.index(alarm.condition_id))
    return IncidentPart(
        incident_id=split_id_of(incident.incident_id, act.id),
        opened_at=ledger.now,
        first_out=first.condition_id,
        title=incidents.title(ledger, first),
    )


def _kept_apart(incident: IncidentPart, other: IncidentPart) -> IncidentPart:
    return msgspec.structs.replace(incident, apart=(*incident.apart, other.incident_id)[-MOST_APART:])


def _reconciled(incident: IncidentPart, other: IncidentPart) -> IncidentPart:
    """A person who merges takes back that the two were split."""
    return msgspec.structs.replace(incident, apart=tuple(each for each in incident.apart if each != other.incident_id))


def _move(ledger: Ledger, act: Act, cause: Cause, alarm: AlarmPart, state: str, to: str) -> None:
    turn = Turn(ledger, alarm, alarm, cause)
    turn.act, turn.text = act, act.text
    turn.stands(incident_id=to)
    turn.enter("incident", act.verb.value, state=state, to=to)
    settle(turn)


def _known(ledger: Ledger, incident_id: str) -> IncidentPart | None:
    part = ledger.get(incident_part(incident_id))
    return part if isinstance(part, IncidentPart) else None


def _enter(ledger: Ledger, act: Act, cause: Cause, **said: Any) -> None:
    """An entry of the journal about the incident itself."""
    entry = Entry(
        at=ledger.now,
        cause=cause,
        region="act" if said.get("refused") else "incident",
        event=act.verb.value,
        position=act.position,
        incident_id=act.incident,
        text=act.text,
        policy=ledger.policy(),
        **said,
    )
    ledger.say(entry)
