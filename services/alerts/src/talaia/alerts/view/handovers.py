"""Handovers of shifts: rows of what was prepared and signed, and what is asked of them. Every question blocks."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from msgspec import UNSET
from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from talaia.alerts.view.tables import HandoverRow, HandoverStepRow, JournalRow
from talaia.contracts.handovers import HandoverPrepared
from talaia.contracts.journal import Transition

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Prepared(NamedTuple):
    """Sort key of handovers, newest first."""

    prepared_us: int
    handover_id: str

    @classmethod
    def of(cls, row: HandoverRow) -> "Prepared":
        """Where a handover stands."""
        return cls(row.prepared_us, row.handover_id)


_PREPARED = [col(getattr(HandoverRow, name)) for name in Prepared._fields]


def microseconds(at: datetime) -> int:
    """Since 1970, UTC."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instant(at_us: int) -> datetime:
    """The moment so many microseconds after 1970, UTC."""
    return _EPOCH + timedelta(microseconds=at_us)


def prepared_row(event: HandoverPrepared, area: str) -> dict[str, Any]:
    """A report as it was prepared."""
    content = event.data.content
    return {
        "handover_id": event.id,
        "area": area,
        "position": "" if event.data.position is UNSET else event.data.position,
        "prepared_us": microseconds(event.time),
        "content": content,
        "sha256": hashlib.sha256(content.encode()).hexdigest(),
    }


def step_row(entry: Transition) -> dict[str, Any] | None:
    """How far a handover came by an entry of the journal; None where it came no further."""
    if entry.handover_id is None or entry.to in (None, entry.from_):
        return None
    return {"handover_id": entry.handover_id, "step": entry.to, "who": entry.who or "", "at_us": microseconds(entry.at)}


def handovers(session: Session, limit: int, after: Prepared | None, area: str | None) -> Sequence[HandoverRow]:
    """Newest first."""
    statement = select(HandoverRow)
    if area is not None:
        statement = statement.where(HandoverRow.area == area)
    if after is not None:
        statement = statement.where(tuple_(*_PREPARED) < tuple_(*after))
    return session.exec(statement.order_by(*(column.desc() for column in _PREPARED)).limit(limit)).all()


def handover(session: Session, handover_id: str) -> HandoverRow | None:
    """One of them."""
    return session.get(HandoverRow, handover_id)


def steps(session: Session, handover_ids: Sequence[str]) -> dict[str, list[HandoverStepRow]]:
    """How far some of them came, each in order of time."""
    found: dict[str, list[HandoverStepRow]] = {name: [] for name in handover_ids}
    rows = select(HandoverStepRow).where(col(HandoverStepRow.handover_id).in_(handover_ids))
    for row in session.exec(rows.order_by(col(HandoverStepRow.at_us), col(HandoverStepRow.step).desc())):
        found[row.handover_id].append(row)
    return found


def policy_changes(session: Session, area: str, start: datetime, end: datetime) -> Sequence[str]:
    """Lines of the journal that say that the register of an area changed, from a time to another."""
    at = col(JournalRow.at_us)
    lines = select(JournalRow.line).where(JournalRow.area == area, JournalRow.region == "policy")
    lines = lines.where(at >= microseconds(start), at <= microseconds(end))
    return session.exec(lines.order_by(at, col(JournalRow.number))).all()
