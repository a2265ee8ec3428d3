"""What is asked of incidents. Every function blocks."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import tuple_
from sqlmodel import Session, col, select

from talaia.alerts.view.tables import IncidentRow


class Opened(NamedTuple):
    """Sort key of incidents, newest first."""

    opened_us: int
    incident_id: str

    @classmethod
    def of(cls, row: IncidentRow) -> "Opened":
        """Where an incident stands."""
        return cls(row.opened_us, row.incident_id)


_OPENED = [col(getattr(IncidentRow, name)) for name in Opened._fields]


def incidents(
    session: Session, limit: int, after: Opened | None = None, *, area: str | None = None, open_only: bool = False
) -> Sequence[IncidentRow]:
    """Incidents, newest first."""
    statement = select(IncidentRow)
    if area is not None:
        statement = statement.where(IncidentRow.area == area)
    if open_only:
        statement = statement.where(col(IncidentRow.open))
    if after is not None:
        statement = statement.where(tuple_(*_OPENED) < tuple_(*after))
    return session.exec(statement.order_by(*(column.desc() for column in _OPENED)).limit(limit)).all()


def incident(session: Session, incident_id: str) -> IncidentRow | None:
    """One of them."""
    return session.get(IncidentRow, incident_id)
