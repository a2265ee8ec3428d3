"""Changes of alarms in the order in which the view took them: what subscribers are told, and where one goes on."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, func, select

from talaia.alerts.view.history import change_id
from talaia.alerts.view.importance import OPEN
from talaia.alerts.view.queries import Wanted
from talaia.alerts.view.tables import AlarmChangeRow, AlarmRow
from talaia.stream.views.tables import ViewHead

MOST_COUNTED = 10_000


class Told(NamedTuple):
    """A change of an alarm. change: its number; change_id: the same in every view; document: the alarm, as in a list."""

    change: int
    change_id: str
    at_ms: int
    document: str


def head(session: Session) -> ViewHead:
    """The view: what is committed goes up to its `change`."""
    return session.exec(select(ViewHead)).one()


def after(session: Session, wanted: Wanted, change: int, until: int, limit: int) -> Sequence[Told]:
    """Changes after one and up to another, in order."""
    number = col(AlarmChangeRow.change)
    rows = select(AlarmChangeRow).where(number > change, number <= until, *_fits(AlarmChangeRow, wanted))
    found = session.exec(rows.order_by(number).limit(limit))
    return [Told(row.change, row.change_id, row.at_ms, row.document) for row in found]


def standing(session: Session, wanted: Wanted, change: int, until: int, limit: int) -> Sequence[Told]:
    """Open alarms that changed last after one change of the view and up to another, in that order."""
    number = col(AlarmRow.change)
    rows = select(AlarmRow).where(number > change, number <= until, col(AlarmRow.shown).in_(OPEN), *_fits(AlarmRow, wanted))
    found = session.exec(rows.order_by(number).limit(limit))
    return [Told(row.change, change_id(row.alarm_id, row.position, row.version), row.changed_ms, row.document) for row in found]


def before(session: Session, at_ms: int) -> int:
    """The change after which all that was recorded then or later comes."""
    first = session.exec(select(func.min(AlarmChangeRow.change)).where(AlarmChangeRow.at_ms >= at_ms)).one()
    return head(session).change if first is None else first - 1


def waiting(session: Session, wanted: Wanted, change: int) -> tuple[int, int | None]:
    """How many changes come after one, of which no more than 10,000 are counted, and when the first was recorded."""
    rows = select(AlarmChangeRow.at_ms).where(col(AlarmChangeRow.change) > change, *_fits(AlarmChangeRow, wanted))
    some = rows.order_by(col(AlarmChangeRow.change)).limit(MOST_COUNTED).subquery()
    count, first_ms = session.exec(select(func.count(), func.min(some.c.at_ms)).select_from(some)).one()
    return count, first_ms


def _fits(model: Any, wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    columns = (
        (model.shown, wanted.state),
        (model.priority, wanted.priority),
        (model.area, wanted.area),
        (model.domain, wanted.domain),
        (model.kind, wanted.kind),
    )
    return [col(column).in_(words) for column, words in columns if words]
