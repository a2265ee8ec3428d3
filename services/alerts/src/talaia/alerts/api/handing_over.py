"""A report of a shift on its way: prepared and written to the bus, signed, and waited for until the worker has judged it."""

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec
from msgspec import UNSET
from sqlmodel import Session

from talaia.alerts.api.acting import SOURCE, settled
from talaia.alerts.api.desk import Desk
from talaia.alerts.view import handovers, queries
from talaia.alerts.view.report import Report
from talaia.alerts.view.shift import Shift, report
from talaia.alerts.view.tables import HandoverRow
from talaia.contracts.catalogue import ACTS
from talaia.contracts.handovers import Handover, HandoverPrepared, HandoverSigned, Signature
from talaia.contracts.journal import Transition
from talaia.stream.processor import Message
from talaia.web.principal import Principal
from talaia.web.problem import Problem, not_found

SHIFT = timedelta(hours=12)
LONGEST = timedelta(days=7)
_NOT_SIGNED = {
    "role": "Only operators and those above them sign.",
    "unknown_handover": "It may be signed for 24 hours after it was prepared: prepare another one.",
    "content": "`sha256` is not that of this report: read it again, then sign what you read.",
    "not_handed_over": "Who goes signs first, then who comes.",
    "same_person": "You signed for the other side already: somebody else must sign for this one.",
    "signed_by_another": "Somebody else signed for this side already.",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Which report: of an area or one of its positions, since when (None: twelve hours), until when (None: twelve hours on)."""

    area: str
    position: str | None
    since: datetime | None
    coming_until: datetime | None


def draft(session: Session, desk: Desk, asked: Asked) -> Report:
    """The report as things stand now. Raises Problem."""
    now = desk.now(queries.sources(session))
    since, coming_until = asked.since or now - SHIFT, asked.coming_until or now + SHIFT
    if not (timedelta() <= now - since <= LONGEST and timedelta() <= coming_until - now <= LONGEST):
        raise Problem(409, "shift_range", f"`since` lies before now and `coming_until` after it, by {LONGEST.days} days at most.")
    return report(session, Shift(asked.area, asked.position, since, now, coming_until), desk.view.age().as_of)


async def prepare(desk: Desk, asked: Asked, who: Principal, handover_id: str) -> HandoverRow | None:
    """Write a report to the bus, once; None: the view has not seen it yet. Raises Problem and BusUnavailable."""

    def drawn() -> tuple[Report | None, datetime]:
        with desk.view.session() as session:
            known = handovers.handover(session, handover_id)
            if known is not None and (known.area, known.position) != (asked.area, asked.position or ""):
                raise Problem(409, "key_reused", "This Idempotency-Key belongs to another handover: take a new one.")
            return None if known else draft(session, desk, asked), desk.now(queries.sources(session))

    drafted, now = await asyncio.to_thread(drawn)
    if drafted is not None:
        content = msgspec.json.encode(drafted).decode()
        data = Handover(content=content, who=who.name, role=who.role, position=asked.position or UNSET)
        event = HandoverPrepared(id=handover_id, source=SOURCE, subject=asked.area, time=now, recordedtime=now, data=data)
        await desk.sender.send([Message(ACTS, asked.area, event)])
    return (await settled(desk, lambda: _prepared(desk, handover_id)))[1]


async def sign(desk: Desk, signature: Signature, act_id: str) -> HandoverRow | None:
    """Sign a report; None: the worker has not judged it yet. Raises Problem and BusUnavailable."""

    def look() -> tuple[bool, HandoverRow | None]:
        with desk.view.session() as session:
            known = handovers.handover(session, signature.handover_id)
            return _judged(session, signature.handover_id, act_id), known

    def known() -> tuple[HandoverRow, bool, datetime]:
        with desk.view.session() as session:
            row = handovers.handover(session, signature.handover_id)
            if row is None:
                raise not_found("handover, or the view has not seen it yet (`Talaia-Lag`)")
            return row, _judged(session, row.handover_id, act_id), desk.now(queries.sources(session))

    row, sent, now = await asyncio.to_thread(known)
    if not sent:
        event = HandoverSigned(id=act_id, source=SOURCE, subject=row.area, time=now, recordedtime=now, data=signature)
        await desk.sender.send([Message(ACTS, row.area, event)])
    done, seen = await settled(desk, look)
    return seen if done else None


def _judged(session: Session, handover_id: str, act_id: str) -> bool:
    """Whether a signature was judged. Raises Problem where it was refused, or belongs to something else."""
    entries = queries.judged(session, act_id)
    for said in (msgspec.json.decode(entry.line, type=Transition) for entry in entries):
        if said.handover_id != handover_id:
            raise Problem(409, "key_reused", "This Idempotency-Key belongs to another act: take a new one.")
        if said.refused is not None:
            raise Problem(409, "not_signed", _NOT_SIGNED.get(said.refused, f"Refused: {said.refused}."))
    return bool(entries)


def _prepared(desk: Desk, handover_id: str) -> tuple[bool, HandoverRow | None]:
    """Whether it is there and may be signed."""
    with desk.view.session() as session:
        row = handovers.handover(session, handover_id)
        done = row is not None and bool(handovers.steps(session, [handover_id])[handover_id])
        return done, row if done else None
