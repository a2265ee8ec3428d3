"""Silences are made, begin, and end: by their time, or by a person."""

from datetime import datetime, timedelta

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.play import play
from talaia.alerts.decide.settle import settle
from talaia.alerts.decide.shelf import MOST_H
from talaia.alerts.decide.silenced import holds_for, labels_of, shelve, silences
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.labels import all_match
from talaia.alerts.model.outcomes import Cause, Entry, Step
from talaia.alerts.model.parts import AlarmPart
from talaia.alerts.model.silence import (
    MOST_SILENCES,
    SILENCES,
    Silence,
    SilencePart,
    SilencesPart,
    Unsilence,
    silence_part,
)
from talaia.contracts.vocabulary import Role, Verb

TIMER = "silence_due"
REGION = "silence"
MATCHERS_BYTES = 6_000
"""Names and values of a silence's matchers together: it is kept as one part."""


def silence(ledger: Ledger, wanted: Silence) -> Step:
    """Judge a silence; what matches goes on the shelf at its start."""
    if not ledger.first_time(wanted.id):
        return ledger.step()
    cause = Cause(type="act", id=wanted.id, identity=f"{wanted.source}#{wanted.id}", who=wanted.who)
    part = SilencePart(
        silence_id=wanted.silence_id,
        matchers=wanted.matchers,
        starts_at=max(wanted.starts_at, ledger.now),
        ends_at=wanted.ends_at,
        comment=wanted.comment,
        by=wanted.who,
        role=wanted.role,
        position=wanted.position,
    )
    refused = _rule_broken(ledger, part, wanted.replaces)
    if refused is not None:
        _enter(ledger, part, cause, "silence", refused=refused)
        return ledger.step()
    _keep(ledger, part, part.starts_at)
    _enter(ledger, part, cause, "silence", to="pending")
    if part.starts_at <= ledger.now:
        _begin(ledger, part, cause)
    replaced = _known(ledger, wanted.replaces)
    if replaced is not None:
        _lift(ledger, replaced, cause, "replaced")
    return ledger.step()


def unsilence(ledger: Ledger, wanted: Unsilence) -> Step:
    """End a silence before its time; what it alone kept on the shelf comes back."""
    if not ledger.first_time(wanted.id):
        return ledger.step()
    cause = Cause(type="act", id=wanted.id, identity=f"{wanted.source}#{wanted.id}", who=wanted.who)
    part = _known(ledger, wanted.silence_id)
    if part is None or wanted.role.rank < Role.OPERATOR.rank:
        refused = "unknown_silence" if part is None else "role"
        entry = Entry(at=ledger.now, cause=cause, region=REGION, event="unsilence", position=wanted.position, refused=refused)
        ledger.say(msgspec.structs.replace(entry, policy=ledger.policy()))
    else:
        _lift(ledger, part, cause, "unsilence")
    return ledger.step()


def wake(ledger: Ledger, part: SilencePart, cause: Cause) -> None:
    """Its start, or its end: the shelves that it set end with it by their own clocks."""
    if part.ends_at <= ledger.now:
        _forget(ledger, part)
        _enter(ledger, part, cause, "silence_over", state="active", to="expired")
    else:
        _begin(ledger, part, cause)


def _begin(ledger: Ledger, part: SilencePart, cause: Cause) -> None:
    """What stands and matches goes on the shelf, or stays there longer; what a person shelved is left as it is."""
    _keep(ledger, part, part.ends_at)
    _enter(ledger, part, cause, "silence_began", state="pending", to="active")
    for alarm in _by_condition(ledger):
        standing, shelved = alarm.standing, alarm.standing.shelved
        longer = shelved is None or (shelved.silence is not None and shelved.until < part.ends_at)
        if standing.condition != "normal" and longer and all_match(part.matchers, labels_of(alarm, standing)):
            turn = Turn(ledger, alarm, alarm, cause)
            shelve(turn, part)
            settle(turn)


def _lift(ledger: Ledger, part: SilencePart, cause: Cause, event: str) -> None:
    """What the silence keeps on the shelf comes back, unless another one holds for it."""
    _forget(ledger, part)
    _enter(ledger, part, cause, event, state="active" if part.starts_at <= ledger.now else "pending", to="expired")
    for alarm in _by_condition(ledger):
        shelved = alarm.standing.shelved
        if shelved is not None and shelved.silence == part.silence_id:
            turn = Turn(ledger, alarm, alarm, cause)
            other = holds_for(ledger, alarm, alarm.standing)
            if other is not None:
                shelve(turn, other)
            else:
                play(turn, Verb.UNSHELVE.value)
            settle(turn)


def _rule_broken(ledger: Ledger, part: SilencePart, replaces: str | None) -> str | None:
    """The first rule that a silence breaks; those of shelving, as far as they speak of no alarm."""
    if part.role.rank < Role.OPERATOR.rank:
        return "role"
    if not part.comment.strip():
        return "reason"
    if part.ends_at <= part.starts_at:
        return "end"
    if part.ends_at - part.starts_at > timedelta(hours=MOST_H[part.role]):
        return "limit_of_role"
    if sum(len(matcher.name.encode()) + len(matcher.value.encode()) for matcher in part.matchers) > MATCHERS_BYTES:
        return "matchers_too_long"
    if not all(matcher.readable for matcher in part.matchers):
        return "matcher"
    if all_match(part.matchers, {}):
        return "matches_everything"
    if replaces is not None and _known(ledger, replaces) is None:
        return "unknown_silence"
    if sum(1 for _ in silences(ledger)) >= MOST_SILENCES:
        return "too_many_silences"
    return None


def _known(ledger: Ledger, silence_id: str | None) -> SilencePart | None:
    part = None if silence_id is None else ledger.get(silence_part(silence_id))
    return part if isinstance(part, SilencePart) else None


def _keep(ledger: Ledger, part: SilencePart, wake_at: datetime) -> None:
    known = [silence.silence_id for silence in silences(ledger)]
    if part.silence_id not in known:
        ledger.change(SILENCES, SilencesPart(silence_ids=(*known, part.silence_id)))
    ledger.put(silence_part(part.silence_id), part, wake_at)


def _forget(ledger: Ledger, part: SilencePart) -> None:
    left = tuple(silence.silence_id for silence in silences(ledger) if silence.silence_id != part.silence_id)
    ledger.end(silence_part(part.silence_id))
    if left:
        ledger.change(SILENCES, SilencesPart(silence_ids=left))
    else:
        ledger.end(SILENCES)


def _by_condition(ledger: Ledger) -> list[AlarmPart]:
    return sorted(ledger.alarms(), key=lambda alarm: alarm.condition_id)


def _enter(
    ledger: Ledger,
    part: SilencePart,
    cause: Cause,
    event: str,
    *,
    state: str | None = None,
    to: str | None = None,
    refused: str | None = None,
) -> None:
    """An entry of the journal. Its text: what matches, and why."""
    entry = Entry(
        at=ledger.now,
        cause=cause,
        region=REGION,
        event=event,
        state=state,
        to=to,
        position=part.position,
        refused=refused,
        text=f"{part.silence_id} {{{', '.join(map(str, part.matchers))}}}: {part.comment}"[:2_000],
        policy=ledger.policy(),
    )
    ledger.say(entry)
