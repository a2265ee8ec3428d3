"""A condition that a rule finds again and again: it begins, is said again before its word expires, and ends."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.model.conditions import Condition, Subject, condition_id
from talaia.waste.model.outcomes import Evidence, Signal
from talaia.waste.model.parts import Holder

_Held = TypeVar("_Held", bound=Holder)


def is_open(holder: Holder, kind: str, subject: Subject) -> bool:
    """Whether a condition of a thing stands."""
    return holder.conditions.get(condition_id(kind, subject.id), Condition()).open


def renewal(at: Circumstances) -> datetime:
    """When what is said now has to be said again."""
    return at.now + at.policy.signal.valid_for - at.policy.signal.renew_before


def hold(
    holder: _Held,
    kind: str,
    subject: Subject,
    stands: bool,
    at: Circumstances,
    why: Callable[[], Evidence],
    *,
    priority: Priority = Priority.LOW,
    changed: bool = False,
) -> tuple[_Held, tuple[Signal, ...]]:
    """The part with the condition as it stands now, and what is to be said of it. changed: worth a word in any case."""
    name = condition_id(kind, subject.id)
    condition = holder.conditions.get(name, Condition())
    if condition.open and stands and not changed and not must_renew(condition, at.now, at.policy.signal):
        return holder, ()
    if not (condition.open or stands):
        return holder, ()
    state = SignalState.ENDED
    if stands:
        state = SignalState.CHANGED if condition.open else SignalState.BEGAN
    told, said = tell(condition, state, kind, subject, at, priority=priority, evidence=why())
    return msgspec.structs.replace(holder, conditions=holder.conditions | {name: told}), (said,)
