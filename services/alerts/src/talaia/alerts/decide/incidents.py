"""Activations join the incident they belong to; incidents merge, and are over when nothing of them is left."""

from datetime import datetime, timedelta

import msgspec

from talaia.alerts.decide import certainty, related
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.members import forget, members, with_member
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.identity import incident_id_of
from talaia.alerts.model.incident import IncidentPart, Judged, incident_part
from talaia.alerts.model.outcomes import Cause, IncidentStands
from talaia.alerts.model.parts import AlarmPart

TIMER = "incident_over"
OVER_AFTER = timedelta(minutes=30)
TOLD_EVERY = timedelta(seconds=1)
"""An incident that grows is told of so often: each telling names its members, and a flood would tell of hundreds each time."""


def join(turn: Turn) -> None:
    """An activation joins the oldest incident that it belongs to, into which the others merge; without one it opens one."""
    ledger, alarm = turn.ledger, turn.alarm
    confirms = turn.word.confirms if turn.word else ()
    found = {of.incident_id: of for each in related.related(ledger, alarm, confirms) if (of := root(ledger, each))}
    open_ones = sorted((of for of in found.values() if of.is_open), key=age)
    own = _of(turn)
    if own is not None and own.is_open and own.apart:
        open_ones = [own, *(of for of in open_ones if of.incident_id != own.incident_id)]
    if open_ones:
        incident = open_ones[0]
        for other in open_ones[1:]:
            if not _apart(ledger, incident, other):
                older, younger = sorted((incident, other), key=age)
                incident = merge(ledger, older, younger, turn.cause)
    else:
        incident = opened(ledger, turn)
    incident = with_activation(ledger, incident, alarm)
    related.leave(ledger, alarm, incident.incident_id, confirms)
    turn.stands(incident_id=incident.incident_id)
    note(ledger, incident)


def opened(ledger: Ledger, turn: Turn) -> IncidentPart:
    """An incident that an activation opens."""
    alarm = turn.alarm
    assert alarm.standing.activation_id is not None
    return IncidentPart(
        incident_id=incident_id_of(alarm.standing.activation_id),
        opened_at=ledger.now,
        first_out=alarm.condition_id,
        title=title(ledger, alarm),
    )


def title(ledger: Ledger, alarm: AlarmPart) -> str:
    """What and where, in one line."""
    place = alarm.standing.location
    return f"{ledger.kind(alarm.kind).title}: {place.name or place.site}"


def with_activation(ledger: Ledger, incident: IncidentPart, alarm: AlarmPart) -> IncidentPart:
    """The incident with an alarm among its members."""
    domain = ledger.kind(alarm.kind).domain
    if domain not in incident.domains and len(incident.domains) <= certainty.MOST_DOMAINS:
        incident = msgspec.structs.replace(incident, domains=tuple(sorted((*incident.domains, domain))))
    incident = certainty.witnessed(incident, alarm, domain)
    already = of_alarm(ledger, alarm) == incident.incident_id
    return incident if already else with_member(ledger, incident, alarm.condition_id)


def count(turn: Turn) -> None:
    """A turn ends: whether its alarm keeps its incident open, until it is normal and acknowledged; the incident is told of."""
    ledger, standing, memory = turn.ledger, turn.alarm.standing, turn.alarm.memory
    quiet = standing.condition == "normal" and standing.acknowledgement == "acknowledged"
    of = None if quiet or standing.incident_id is None else root(ledger, standing.incident_id)
    before = None if memory.counted_in is None else root(ledger, memory.counted_in)
    now_in, was_in = (None if each is None else each.incident_id for each in (of, before))
    if now_in != was_in:
        if before is not None:
            note(ledger, _counted(before, -1, ledger.now))
        if of is not None:
            note(ledger, _counted(of, +1, ledger.now))
    if now_in != memory.counted_in:
        turn.remembers(counted_in=now_in)
    for incident_id in dict.fromkeys((was_in, of_alarm(ledger, turn.alarm))):
        changed = None if incident_id is None else root(ledger, incident_id)
        if changed is not None and changed.untold:
            tell(ledger, changed, turn.cause)


def judged(turn: Turn) -> None:
    """A person said of the alarm whether it is so."""
    act, of = turn.act, _of(turn)
    if act is not None and act.verdict is not None and of is not None:
        note(turn.ledger, certainty.judged(of, Judged(turn.alarm.condition_id, act.verdict, act.who)))


def came_true(turn: Turn, became: str) -> None:
    """The alarm was a forecast, and it is so now."""
    of = _of(turn)
    if of is not None and of.came_true is None:
        note(turn.ledger, msgspec.structs.replace(of, came_true=(turn.alarm.condition_id, became)))


def wake(ledger: Ledger, incident: IncidentPart, cause: Cause) -> None:
    """A change of it is still to be told; nothing of it was left for half an hour; or it is over for so long that nobody asks
    for it any more: but never while an alarm still names it.
    """
    if incident.is_open:
        over_at = (incident.quiet_since or ledger.now - OVER_AFTER) + OVER_AFTER
        if incident.standing == 0 and over_at <= ledger.now:
            tell(ledger, msgspec.structs.replace(incident, closed_at=ledger.now, untold=True), cause)
        else:
            tell(ledger, incident, cause)
    elif incident.standing or (incident.merged_into is not None and root(ledger, incident.merged_into) is not None):
        ledger.put(incident_part(incident.incident_id), incident, ledger.now + related.LONGEST)
    else:
        forget(ledger, incident)
        ledger.end(incident_part(incident.incident_id))


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


def merge(ledger: Ledger, older: IncidentPart, younger: IncidentPart, cause: Cause) -> IncidentPart:
    """The older incident with the members of both; the younger points to it, and is told of."""
    for condition in members(ledger, younger):
        older = with_member(ledger, older, condition)
    domains = tuple(sorted({*older.domains, *younger.domains}))[: certainty.MOST_DOMAINS + 1]
    older = certainty.merged(msgspec.structs.replace(older, domains=domains), younger)
    standing = older.standing + younger.standing
    older = msgspec.structs.replace(older, standing=standing, quiet_since=None if standing else older.quiet_since)
    tell(ledger, msgspec.structs.replace(younger, merged_into=older.incident_id, standing=0, untold=True), cause)
    note(ledger, older)
    return older


def age(incident: IncidentPart) -> tuple[datetime, str]:
    """By which the older of two is known."""
    return incident.opened_at, incident.incident_id


def note(ledger: Ledger, incident: IncidentPart) -> None:
    """An incident changed; it is told of when the turn ends."""
    name = incident_part(incident.incident_id)
    if ledger.get(name) != incident:
        ledger.change(name, msgspec.structs.replace(incident, untold=True))


def tell(ledger: Ledger, incident: IncidentPart, cause: Cause) -> None:
    """Tell of an incident that changed, and when it is looked at next; one that is open waits while it was told just now."""
    told_at = incident.told_at
    if incident.untold and not (incident.is_open and told_at is not None and ledger.now < told_at + TOLD_EVERY):
        incident = msgspec.structs.replace(incident, told_at=ledger.now, untold=False)
        ledger.say(IncidentStands(at=ledger.now, cause=cause, incident=incident, members=members(ledger, incident)))
    ledger.put(incident_part(incident.incident_id), incident, _wake_at(ledger, incident))


def _wake_at(ledger: Ledger, incident: IncidentPart) -> datetime | None:
    if not incident.is_open:
        return ledger.now + related.LONGEST
    due = [incident.quiet_since + OVER_AFTER] if incident.quiet_since is not None else []
    if incident.untold and incident.told_at is not None:
        due.append(incident.told_at + TOLD_EVERY)
    return min(due, default=None)


def _counted(incident: IncidentPart, change: int, now: datetime) -> IncidentPart:
    standing = incident.standing + change
    return msgspec.structs.replace(incident, standing=standing, quiet_since=None if standing else now)


def _apart(ledger: Ledger, one: IncidentPart, other: IncidentPart) -> bool:
    """Whether a person split them: incidents that merged since stand for those that they were."""

    def split_from(incident: IncidentPart, another: IncidentPart) -> bool:
        roots = (root(ledger, incident_id) for incident_id in incident.apart)
        return any(of is not None and of.incident_id == another.incident_id for of in roots)

    return split_from(one, other) or split_from(other, one)


def _of(turn: Turn) -> IncidentPart | None:
    incident_id = turn.alarm.standing.incident_id
    return None if incident_id is None else root(turn.ledger, incident_id)
