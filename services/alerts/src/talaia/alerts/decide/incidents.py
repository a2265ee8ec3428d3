"""Activations join the incident they belong to; incidents merge, and are over when nothing of them is left."""

from datetime import timedelta

import msgspec

from talaia.alerts.decide import related
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import incident_id_of
from talaia.alerts.model.incident import MEMBERS_A_PART, IncidentPart, MembersPart, incident_part, members_part
from talaia.alerts.model.outcomes import Cause, IncidentStands
from talaia.alerts.model.parts import AlarmPart

TIMER = "incident_over"
OVER_AFTER = timedelta(minutes=30)


def join(turn: Turn) -> None:
    """An activation joins the oldest incident that it belongs to, into which the others merge; without one it opens one."""
    ledger, alarm = turn.ledger, turn.alarm
    confirms = turn.word.confirms if turn.word else ()
    found = {of.incident_id: of for each in related.related(ledger, alarm, confirms) if (of := root(ledger, each))}
    open_ones = sorted((of for of in found.values() if of.closed_at is None), key=lambda of: (of.opened_at, of.incident_id))
    if open_ones:
        incident = open_ones[0]
        for other in open_ones[1:]:
            incident = _merge(ledger, incident, other, turn.cause)
    else:
        assert alarm.standing.activation_id is not None
        incident = IncidentPart(
            incident_id=incident_id_of(alarm.standing.activation_id), opened_at=ledger.now, first_out=alarm.condition_id
        )
    domain = turn.kind.domain
    if domain not in incident.domains:
        incident = msgspec.structs.replace(incident, domains=tuple(sorted((*incident.domains, domain))))
    if of_alarm(ledger, alarm) != incident.incident_id:
        incident = _with_member(ledger, incident, alarm.condition_id)
    related.leave(ledger, alarm, incident.incident_id, confirms)
    turn.stands(incident_id=incident.incident_id)
    _keep(ledger, incident, turn.cause)


def count(turn: Turn) -> None:
    """Whether the alarm keeps its incident open: until it is normal and acknowledged."""
    ledger, standing, memory = turn.ledger, turn.alarm.standing, turn.alarm.memory
    quiet = standing.condition == "normal" and standing.acknowledgement == "acknowledged"
    of = None if quiet or standing.incident_id is None else root(ledger, standing.incident_id)
    before = None if memory.counted_in is None else root(ledger, memory.counted_in)
    now_in, was_in = (each and each.incident_id for each in (of, before))
    if now_in != was_in:
        if before is not None:
            _count(ledger, before, -1)
        if of is not None:
            _count(ledger, of, +1)
    if now_in != memory.counted_in:
        turn.remembers(counted_in=now_in)


def over(ledger: Ledger, incident: IncidentPart, cause: Cause) -> None:
    """Nothing of it was left for half an hour; or it is over for so long that nobody asks for its members any more."""
    if incident.closed_at is not None or incident.merged_into is not None:
        for number in range(-(-incident.members // MEMBERS_A_PART)):
            ledger.end(members_part(incident.incident_id, number))
        ledger.end(incident_part(incident.incident_id))
    elif incident.standing == 0:
        _keep(ledger, msgspec.structs.replace(incident, closed_at=ledger.now), cause)


def root(ledger: Ledger, incident_id: str) -> IncidentPart | None:
    """The incident, or the one that it was merged into in the end."""
    part = ledger.get(incident_part(incident_id))
    while isinstance(part, IncidentPart) and part.merged_into is not None:
        part = ledger.get(incident_part(part.merged_into))
    return part if isinstance(part, IncidentPart) else None


def of_alarm(ledger: Ledger, alarm: AlarmPart) -> str | None:
    """The id of the incident that an alarm belongs to, as it is after all merging."""
    found = None if alarm.standing.incident_id is None else root(ledger, alarm.standing.incident_id)
    return None if found is None else found.incident_id


def members(ledger: Ledger, incident: IncidentPart) -> tuple[str, ...]:
    """Condition ids, in the order in which they came."""
    found: list[str] = []
    for number in range(-(-incident.members // MEMBERS_A_PART)):
        part = ledger.get(members_part(incident.incident_id, number))
        assert isinstance(part, MembersPart)
        found += part.conditions
    return tuple(found)


def _merge(ledger: Ledger, older: IncidentPart, younger: IncidentPart, cause: Cause) -> IncidentPart:
    for condition in members(ledger, younger):
        older = _with_member(ledger, older, condition)
    domains = tuple(sorted({*older.domains, *younger.domains}))
    older = msgspec.structs.replace(older, domains=domains, standing=older.standing + younger.standing)
    _keep(ledger, msgspec.structs.replace(younger, merged_into=older.incident_id, standing=0), cause)
    return older


def _with_member(ledger: Ledger, incident: IncidentPart, condition_id: str) -> IncidentPart:
    if condition_id in members(ledger, incident):
        return incident
    number = incident.members // MEMBERS_A_PART
    name = members_part(incident.incident_id, number)
    part = ledger.get(name)
    known = part.conditions if isinstance(part, MembersPart) else ()
    ledger.change(name, MembersPart((*known, condition_id)))
    return msgspec.structs.replace(incident, members=incident.members + 1)


def _count(ledger: Ledger, incident: IncidentPart, change: int) -> None:
    after = msgspec.structs.replace(incident, standing=incident.standing + change)
    if incident.closed_at is not None:
        ledger.change(incident_part(incident.incident_id), after)
    else:
        wake = None if after.standing else ledger.now + OVER_AFTER
        ledger.put(incident_part(incident.incident_id), after, wake)


def _keep(ledger: Ledger, incident: IncidentPart, cause: Cause) -> None:
    """An incident changed: it is told of."""
    name = incident_part(incident.incident_id)
    if ledger.get(name) == incident:
        return
    if incident.closed_at is not None or incident.merged_into is not None:
        ledger.put(name, incident, ledger.now + related.LONGEST)
    else:
        ledger.change(name, incident)
    ledger.say(IncidentStands(at=ledger.now, cause=cause, incident=incident, members=members(ledger, incident)))
