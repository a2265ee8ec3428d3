"""Questions about the register of an area: what was decided of each kind, and which kinds were ever seen."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
from sqlmodel import Session, col, func, select

from talaia.alerts.view.tables import AlarmRow, PolicyRow
from talaia.contracts.register import Register

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def registers(session: Session, area: str | None) -> Sequence[Register]:
    """The newest of each area, or of one."""
    rows = select(PolicyRow).order_by(col(PolicyRow.area))
    if area is not None:
        rows = rows.where(PolicyRow.area == area)
    return [msgspec.json.decode(row.document, type=Register) for row in session.exec(rows)]


def last_seen(session: Session, area: str) -> dict[str, datetime]:
    """When an alarm of each kind last changed."""
    newest = select(AlarmRow.kind, func.max(AlarmRow.changed_ms)).where(AlarmRow.area == area).group_by(col(AlarmRow.kind))
    return {kind: _EPOCH + timedelta(milliseconds=changed_ms) for kind, changed_ms in session.exec(newest)}
