"""A condition of which nobody can tell any more whether it stands, as its sensors are silent or its site has no good level.

Its own rule is not asked then, and lets its word run out. Just before, it is said that nobody knows; from there on it is
shown stale, and listed as open, until its rule finds it standing or over.
"""

import msgspec

from talaia.contracts.vocabulary import SignalState
from talaia.waste.decide.rules import Round
from talaia.waste.decide.signals import tell
from talaia.waste.decide.standing import standing, who, with_condition
from talaia.waste.model.conditions import Condition
from talaia.waste.model.outcomes import Evidence, Signal, Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Part

_WHY = "nothing was heard for too long that tells of it: whether it still stands is unknown"


def unknown(told: Round) -> Step:
    """What is about to expire though its rule would have said it again long before."""
    catchment = told.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    if catchment.open == ():
        return Step()
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for name in sorted(name for name, part in told.parts.items() if _running_out(part, told)):
        part = told.parts[name]
        for condition_id, condition in _running_out(part, told):
            stands, word = _said(told, condition_id, condition)
            changed[name] = part = with_condition(part, condition_id, stands)
            said.append(word)
    return Step(changed=changed, outcomes=tuple(said))


def _running_out(part: Part, told: Round) -> list[tuple[str, Condition]]:
    """The conditions of a part whose word is about to expire, by condition id."""
    now, policy = told.at.now, told.at.policy.signal
    last = now + policy.unknown_before
    return sorted(each for each in standing(part) if each[1].expires_at is not None and now < each[1].expires_at <= last)


def _said(told: Round, condition_id: str, condition: Condition) -> tuple[Condition, Signal]:
    """The condition is said to stand as before, by a word that expires as it is said."""
    kind, _, subject = condition_id.partition("/")
    at = told.at
    stands, word = tell(
        condition,
        SignalState.CHANGED,
        kind,
        who(told.parts, told.catchment, subject),
        at,
        priority=condition.priority,
        probability=condition.probability,
        expected_at=condition.expected_at,
        evidence=Evidence(
            rule=kind,
            rule_version=at.policy.signal.rule_version,
            configuration=at.configuration,
            facts=(("reason", _WHY),),
        ),
    )
    expired = msgspec.structs.replace(stands, expires_at=at.now)
    return expired, msgspec.structs.replace(word, expires_at=at.now)
