"""Questions about the register of an area: what was decided of each kind, and which kinds were ever seen."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlmodel import Session, col, func, select

from talaia.alerts.view.tables import AlarmRow, PolicyRow
from talaia.contracts.register import Register, RegisterEntry

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def registers(session: Session, area: str | None) -> Sequence[Register]:
    """The newest of each area, or of one."""
    rows = select(PolicyRow).order_by(col(PolicyRow.area))
    if area is not None:
        rows = rows.where(PolicyRow.area == area)
    return [msgspec.json.decode(row.document, type=Register) for row in session.exec(rows)]


def entry(session: Session, area: str, kind: str) -> RegisterEntry | None:
    """What an area decided of a kind, if it did."""
    found = registers(session, area)
    return next((each for register in found for each in register.kinds if each.kind == kind), None)


def last_seen(session: Session, area: str) -> dict[str, datetime]:
    """When an alarm of each kind last changed."""
    newest = select(AlarmRow.kind, func.max(AlarmRow.changed_ms)).where(AlarmRow.area == area).group_by(col(AlarmRow.kind))
    return {kind: _EPOCH + timedelta(milliseconds=changed_ms) for kind, changed_ms in session.exec(newest)}
