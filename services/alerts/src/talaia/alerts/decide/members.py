"""Who belongs to an incident: its members by condition id, in parts of some each, in the order in which they came."""

from collections.abc import Iterator

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.model.incident import MEMBERS_A_PART, IncidentPart, MembersPart, members_part


def members(ledger: Ledger, incident: IncidentPart) -> tuple[str, ...]:
    """All of them."""
    return tuple(condition for part in _parts(ledger, incident) for condition in part)


def with_member(ledger: Ledger, incident: IncidentPart, condition_id: str) -> IncidentPart:
    """The incident with one more, if it is none of it."""
    if any(condition_id in part for part in _parts(ledger, incident)):
        return incident
    name = members_part(incident.incident_id, incident.members // MEMBERS_A_PART)
    part = ledger.get(name)
    known = part.conditions if isinstance(part, MembersPart) else ()
    ledger.change(name, MembersPart((*known, condition_id)))
    return msgspec.structs.replace(incident, members=incident.members + 1)


def without(ledger: Ledger, incident: IncidentPart, leaving: frozenset[str]) -> IncidentPart:
    """The incident without some of its members; the others keep their order."""
    staying = [condition for condition in members(ledger, incident) if condition not in leaving]
    forget(ledger, incident)
    incident = msgspec.structs.replace(incident, members=len(staying))
    for number, start in enumerate(range(0, len(staying), MEMBERS_A_PART)):
        ledger.change(members_part(incident.incident_id, number), MembersPart(tuple(staying[start : start + MEMBERS_A_PART])))
    return incident


def forget(ledger: Ledger, incident: IncidentPart) -> None:
    """Nobody asks for them any more."""
    for number in range(-(-incident.members // MEMBERS_A_PART)):
        ledger.end(members_part(incident.incident_id, number))


def _parts(ledger: Ledger, incident: IncidentPart) -> Iterator[tuple[str, ...]]:
    for number in range(-(-incident.members // MEMBERS_A_PART)):
        part = ledger.get(members_part(incident.incident_id, number))
        assert isinstance(part, MembersPart)
        yield part.conditions
