"""An act on its way: checked, written to the bus, and waited for until the worker has judged it."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET
from pydantic import BaseModel
from sqlmodel import Session

from talaia.alerts.api.answers import AlarmItem
from talaia.alerts.api.desk import Desk
from talaia.alerts.view import queries
from talaia.alerts.view.incidents import incident
from talaia.alerts.view.tables import ActRow, AlarmRow, JournalRow
from talaia.contracts.alerts import Act, Acted
from talaia.contracts.catalogue import ACTS
from talaia.stream.processor import Message
from talaia.web.problem import Problem, not_found

T = TypeVar("T")
WAIT_S = 1.0
SOURCE = "talaia/alerts-api"


class Verdict(BaseModel):
    """What became of an act on one alarm, or on an incident (without `alarm_id`).

    refused: the rule that it broke; answer: what else there is to say.
    """

    alarm_id: str | None
    refused: str | None
    answer: str | None


class ActAnswer(BaseModel):
    """An act and what became of it; `pending`: the worker has not judged it yet. alarms: as they are now."""

    act_id: str
    state: Literal["pending", "applied", "refused", "partly_refused"]
    verdicts: list[Verdict]
    alarms: list[AlarmItem]


class Moved(Exception):
    """The alarm is not what the act was decided on."""

    def __init__(self, present: AlarmItem) -> None:
        super().__init__(present.alarm_id)
        self.present = present


@dataclass(frozen=True)
class Wish:
    """An act before it is sent."""

    act_id: str
    act: Act


async def perform(desk: Desk, wish: Wish) -> ActAnswer:
    """Send an act, once, and wait for its effect. Raises Problem, Moved and BusUnavailable: then it may arrive nevertheless."""
    area, sent = await asyncio.to_thread(_checked, desk, wish)
    if not sent:
        await desk.sender.send([_message(area, wish, await asyncio.to_thread(desk.moment))])
    done, answer = await settled(desk, lambda: _look(desk, wish))
    answer = answer if done else answer.model_copy(update={"state": "pending"})
    alone = answer.verdicts[0] if len(wish.act.alarms) == 1 and answer.verdicts else None
    if alone is not None and alone.refused == "version" and answer.alarms:
        raise Moved(answer.alarms[0])
    return answer


def told(session: Session, act_id: str) -> ActAnswer | None:
    """What became of an act; None when the view does not know it."""
    sent, entries = queries.act(session, act_id), queries.judged(session, act_id)
    if sent is None and not entries:
        return None
    named = [] if sent is None else msgspec.json.decode(sent.document, type=Act).alarms
    alarm_ids = list(dict.fromkeys([*named, *(entry.alarm_id for entry in entries if entry.alarm_id)]))
    return _answer(act_id, alarm_ids, entries, queries.known(session, alarm_ids))


def _checked(desk: Desk, wish: Wish) -> tuple[str, bool]:
    """The area of the alarms, or of the incident, and whether the act was sent before. Raises Problem and Moved."""
    with desk.view.session() as session:
        sent = _sent(session, wish)
        if sent is not None:
            return sent.area, True
        if wish.act.incident:
            of = incident(session, wish.act.incident)
            if of is None:
                raise not_found("incident")
            return of.area, False
        rows = queries.known(session, wish.act.alarms)
        if not rows:
            raise not_found("alarm")
        areas = sorted({row.area for row in rows.values()})
        if len(areas) > 1:
            raise Problem(409, "several_areas", f"One act belongs to one area; these alarms are of {', '.join(areas)}.")
        for row in rows.values():
            if wish.act.if_version not in (UNSET, row.version):
                raise Moved(AlarmItem.of(row))
        return areas[0], False


def _sent(session: Session, wish: Wish) -> ActRow | None:
    """The act as it was sent first, if it was. Raises Problem."""
    sent = queries.act(session, wish.act_id)
    if sent is not None and not _same(msgspec.json.decode(sent.document, type=Act), wish.act):
        raise Problem(409, "key_reused", "This Idempotency-Key belongs to another act: take a new one.")
    return sent


def _same(one: Act, other: Act) -> bool:
    """The same person wants the same; from where does not matter."""
    return msgspec.structs.replace(one, role=other.role, position=other.position, if_version=other.if_version) == other


def _message(area: str, wish: Wish, now: datetime) -> Message:
    event = Acted(id=wish.act_id, source=SOURCE, time=now, recordedtime=now, data=wish.act)
    return Message(ACTS, area, event)


async def settled(desk: Desk, look: Callable[[], tuple[bool, T]]) -> tuple[bool, T]:
    """What a look at the view says once it is done, or after a second. look: whether it is done, and what there is; blocks."""
    end = time.monotonic() + WAIT_S
    while True:
        seen = desk.view.changes.latest
        done, answer = await asyncio.to_thread(look)
        left_s = end - time.monotonic()
        if done or left_s <= 0 or desk.view.changes.closed:
            return done, answer
        await desk.view.changes.wait(seen, left_s)


def _look(desk: Desk, wish: Wish) -> tuple[bool, ActAnswer]:
    with desk.view.session() as session:
        _sent(session, wish)
        entries, alarms = queries.judged(session, wish.act_id), queries.known(session, wish.act.alarms)
    judged = {entry.alarm_id for entry in entries}
    named = None in judged or (bool(judged) and judged.issuperset(wish.act.alarms))
    done = named and all(_shows(entry, alarms) for entry in entries)
    return done, _answer(wish.act_id, wish.act.alarms, entries, alarms)


def _shows(entry: JournalRow, alarms: dict[str, AlarmRow]) -> bool:
    """Whether the alarm is already as the entry says: both are outputs of one partition, in one sequence."""
    alarm = alarms.get(entry.alarm_id or "")
    return (
        entry.alarm_id is None
        or entry.came_from == entry.went_to
        or (alarm is not None and alarm.position[:20] >= entry.position[:20])
    )


def _answer(act_id: str, alarm_ids: Sequence[str], entries: Sequence[JournalRow], alarms: dict[str, AlarmRow]) -> ActAnswer:
    verdicts = {
        entry.alarm_id: Verdict(alarm_id=entry.alarm_id, refused=entry.refused, answer=entry.answer)
        for entry in sorted(entries, key=lambda entry: entry.refused is not None)
        if entry.alarm_id is not None
    }
    whole = [Verdict(alarm_id=None, refused=entry.refused, answer=entry.answer) for entry in entries if entry.alarm_id is None]
    judged = [*verdicts.values(), *whole]
    refused = sum(verdict.refused is not None for verdict in judged)
    return ActAnswer(
        act_id=act_id,
        state=_state(0 if whole else len(set(alarm_ids) - set(verdicts)), refused, len(judged)),
        verdicts=judged,
        alarms=[AlarmItem.of(alarms[alarm_id]) for alarm_id in alarm_ids if alarm_id in alarms],
    )


def _state(missing: int, refused: int, judged: int) -> Literal["pending", "applied", "refused", "partly_refused"]:
    if missing or not judged:
        return "pending"
    if not refused:
        return "applied"
    return "refused" if refused == judged else "partly_refused"
