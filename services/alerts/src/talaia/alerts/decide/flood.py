"""Flood mode of a position: never more announcements than a person can take; the others wait their turn.

Ten announcements in ten minutes are the most that one operator can answer (EEMUA 191).
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from talaia.alerts.decide import incidents
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.outcomes import Cause, Entry
from talaia.alerts.model.parts import AlarmPart, FloodPart, Waiting, flood_part

TIMER = "flood_minute"
_MINUTE = timedelta(minutes=1)
_NEWS = timedelta(minutes=10)
_BURST = 5
_MOST = 10


def swallows(turn: Turn) -> bool:
    """An alarm wants to be announced: is its position in flood mode, or is this one too many, with no slot free?"""
    part = turn.ledger.flood(turn.kind.position)
    flooded = part.on or _too_many(part.announced, turn.now)
    return flooded and not turn.kind.exempt_from_flood and _slot(part) > turn.now


def announced(turn: Turn) -> None:
    """An alarm was announced at once."""
    _keep(turn.ledger, _rung(_wanted(turn), turn.now), turn.cause)


def swallowed(turn: Turn, bell: str) -> None:
    """An alarm is silent by flood, which may begin with it; from now on it waits."""
    part = _wanted(turn)
    if not part.on:
        part = _switch(turn.ledger, part, turn.cause, on=True)
    turn.remembers(waiting=Waiting(position=part.position, bell=bell, since=turn.now), unheard=True)
    _keep(turn.ledger, msgspec.structs.replace(part, waiting=part.waiting + 1), turn.cause)


def forget(turn: Turn) -> None:
    """The alarm no longer waits for its bell."""
    waiting = turn.alarm.memory.waiting
    if waiting is not None:
        turn.remembers(waiting=None)
        part = turn.ledger.flood(waiting.position)
        _keep(turn.ledger, msgspec.structs.replace(part, waiting=part.waiting - 1), turn.cause)


def minute(ledger: Ledger, part: FloodPart, cause: Cause) -> tuple[AlarmPart, Waiting] | None:
    """A minute of the flood is over: who rings now, as what. What waited for ten minutes is no longer news."""
    waiting = list(_waiting(ledger, part.position))
    news = [each for each in waiting if each[1].since > ledger.now - _NEWS]
    for alarm, its in waiting:
        if its.since <= ledger.now - _NEWS:
            turn = Turn(ledger, alarm, alarm, cause)
            forget(turn)
            ledger.put_alarm(turn.alarm)
    if not news or _slot(part) > ledger.now:
        _keep(ledger, ledger.flood(part.position), cause)
        return None
    _speak_for_its_incident(ledger, news, cause)
    return news[0]


def _speak_for_its_incident(ledger: Ledger, news: Sequence[tuple[AlarmPart, Waiting]], cause: Cause) -> None:
    """The others of its incident stop waiting: they are in the list, under the one that rings."""
    (first, _), *others = news
    incident = incidents.of_alarm(ledger, first)
    for alarm, _ in others:
        if incident is not None and incidents.of_alarm(ledger, alarm) == incident:
            turn = Turn(ledger, alarm, alarm, cause)
            forget(turn)
            ledger.put_alarm(turn.alarm)


def rang(turn: Turn) -> None:
    """Who waited was announced."""
    waiting = turn.alarm.memory.waiting
    assert waiting is not None
    part = turn.ledger.flood(waiting.position)
    turn.remembers(waiting=None)
    _keep(turn.ledger, _rung(msgspec.structs.replace(part, waiting=part.waiting - 1), turn.now), turn.cause)


def _wanted(turn: Turn) -> FloodPart:
    """The position with one bell more that wanted to ring; what the alarm waited for before is replaced by it."""
    waiting = turn.alarm.memory.waiting
    if waiting is not None and waiting.position != turn.kind.position:
        forget(turn)
        waiting = None
    turn.remembers(waiting=None)
    part = turn.ledger.flood(turn.kind.position)
    times = (*part.wanted, turn.now)[-_BURST:]
    return msgspec.structs.replace(part, wanted=times, waiting=part.waiting - (waiting is not None))


def _rung(part: FloodPart, now: datetime) -> FloodPart:
    return msgspec.structs.replace(part, announced=(*part.announced, now)[-_MOST:])


def _waiting(ledger: Ledger, position: str) -> Iterator[tuple[AlarmPart, Waiting]]:
    """Who waits for what, in the order in which they are to ring: worst first, then longest waiting."""
    found = []
    for alarm in ledger.alarms():
        waiting = alarm.memory.waiting
        if waiting is not None and waiting.position == position:
            found.append((-alarm.standing.priority.rank, waiting.since, alarm.condition_id, alarm, waiting))
    return ((alarm, waiting) for *_, alarm, waiting in sorted(found, key=lambda each: each[:3]))


def _too_many(announced: tuple[datetime, ...], now: datetime) -> bool:
    in_minute = sum(at > now - _MINUTE for at in announced)
    return in_minute >= _BURST or sum(at > now - _NEWS for at in announced) >= _MOST


def _slot(part: FloodPart) -> datetime:
    """When the next alarm may ring: a minute after the last, ten after the tenth last."""
    free = part.announced[-1] + _MINUTE
    return max(free, part.announced[0] + _NEWS) if len(part.announced) == _MOST else free


def _switch(ledger: Ledger, part: FloodPart, cause: Cause, *, on: bool) -> FloodPart:
    before, to = ("calm", "flood") if on else ("flood", "calm")
    entry = Entry(
        at=ledger.now,
        cause=cause,
        region="flood",
        event="rises" if on else "ebbs",
        state=before,
        to=to,
        position=part.position,
        policy=ledger.policy(),
    )
    ledger.say(entry)
    return msgspec.structs.replace(part, on=on)


def _keep(ledger: Ledger, part: FloodPart, cause: Cause) -> None:
    """It is over when nobody waits and few enough were wanted; till then it is looked at when either may be so."""
    many = sum(at > ledger.now - _NEWS for at in part.wanted) >= _BURST
    if part.on and not part.waiting and not many:
        part = _switch(ledger, part, cause, on=False)
    wake = None
    if part.on:
        wake = _slot(part) if part.waiting else part.wanted[0] + _NEWS
    ledger.put(flood_part(part.position), part, wake)
