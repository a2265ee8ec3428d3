"""How sure an incident is, in words with their reasons. It hides nothing, and rings nothing: people read it."""

import msgspec

from talaia.alerts.model.incident import IncidentPart, Judged, Witness
from talaia.alerts.model.parts import AlarmPart
from talaia.contracts.vocabulary import Certainty, OperatorVerdict

WITNESSES_A_DOMAIN = 3
MOST_DOMAINS = 10
MOST_VERDICTS = 20
MOST_APART = 50


def witnessed(incident: IncidentPart, alarm: AlarmPart, domain: str) -> IncidentPart:
    """A member was activated: it is a witness if none of its source was about its thing."""
    standing = alarm.standing
    return _with(incident, (Witness(alarm.condition_id, domain, standing.source, standing.subject),))


def judged(incident: IncidentPart, said: Judged) -> IncidentPart:
    """A person said of a member whether it is so; what is said last of one counts."""
    others = tuple(each for each in incident.verdicts if each.condition_id != said.condition_id)
    return msgspec.structs.replace(incident, verdicts=(*others, said)[-MOST_VERDICTS:])


def merged(older: IncidentPart, younger: IncidentPart) -> IncidentPart:
    """The older incident with what is known of both."""
    both = _with(older, younger.witnesses)
    for said in younger.verdicts:
        both = judged(both, said)
    apart = tuple(dict.fromkeys((*older.apart, *younger.apart)))[:MOST_APART]
    return msgspec.structs.replace(both, came_true=older.came_true or younger.came_true, apart=apart)


def certainty(incident: IncidentPart) -> tuple[Certainty, tuple[str, ...]]:
    """The word, and its reasons, a sentence each. A witness that a person denied counts no more."""
    confirmed = [each for each in incident.verdicts if each.verdict is OperatorVerdict.TRUE]
    if confirmed:
        return Certainty.CONFIRMED, tuple(f"{each.who} says that {each.condition_id} is so" for each in confirmed)
    if incident.came_true is not None:
        forecast, became = incident.came_true
        return Certainty.CONFIRMED, (f"{forecast} came true as {became}",)
    denied = {each.condition_id: each.who for each in incident.verdicts if each.verdict is OperatorVerdict.FALSE}
    left = [each for each in incident.witnesses if each.condition_id not in denied]
    refuted = tuple(f"{who} says that {condition} is not so" for condition, who in denied.items())
    if denied and not left:
        return Certainty.DENIED, refuted
    said = tuple(f"{each.source} says {each.condition_id}" for each in left)
    if len({each.domain for each in left}) > 1:
        return Certainty.CORROBORATED_ACROSS_DOMAINS, said + refuted
    return (Certainty.CORROBORATED if len(left) > 1 else Certainty.SINGLE_SOURCE), said + refuted


def _with(incident: IncidentPart, more: tuple[Witness, ...]) -> IncidentPart:
    """Some of a domain are enough, and some domains: the incident stays small."""
    witnesses = incident.witnesses
    for new in more:
        of_domain = sum(each.domain == new.domain for each in witnesses)
        known = any((each.source, each.subject) == (new.source, new.subject) for each in witnesses)
        if not known and of_domain < WITNESSES_A_DOMAIN and (of_domain or len(incident.domains) <= MOST_DOMAINS):
            witnesses += (new,)
    return msgspec.structs.replace(incident, witnesses=witnesses)
