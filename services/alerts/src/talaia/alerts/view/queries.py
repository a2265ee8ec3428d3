"""What is asked of the tables. Every function blocks."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import ColumnElement, func, tuple_
from sqlmodel import Session, col, or_, select

from talaia.alerts.view.importance import TURNS, ShownState, turn_of
from talaia.alerts.view.project import milliseconds
from talaia.alerts.view.tables import ActRow, AlarmRow, JournalRow, PolicyRow, SourceRow
from talaia.contracts.journal import Transition
from talaia.stream.views.tables import ViewPlace

_LINES_AT_ONCE = 250


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which alarms: those that fit every part that is given; of a part with several words, any."""

    state: Sequence[str] = ()
    priority: Sequence[str] = ()
    domain: Sequence[str] = ()
    kind: Sequence[str] = ()
    area: Sequence[str] = ()
    site: Sequence[str] = ()
    incident: Sequence[str] = ()
    assigned: Sequence[str] = ()
    stale: bool | None = None
    text: str = ""
    since: datetime | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQL."""
        columns = (
            (AlarmRow.shown, self.state),
            (AlarmRow.priority, self.priority),
            (AlarmRow.domain, self.domain),
            (AlarmRow.kind, self.kind),
            (AlarmRow.area, self.area),
            (AlarmRow.site, self.site),
            (AlarmRow.incident_id, self.incident),
            (AlarmRow.assigned_to, self.assigned),
        )
        found: list[ColumnElement[bool]] = [col(column).in_(words) for column, words in columns if words]
        if self.stale is not None:
            found.append(col(AlarmRow.stale).is_(self.stale))
        if self.text:
            found.append(col(AlarmRow.words).contains(self.text.lower(), autoescape=True))
        if self.since is not None:
            found.append(col(AlarmRow.changed_ms) >= milliseconds(self.since))
        return found


class Importance(NamedTuple):
    """Sort key of the list: needs a hand, still wrong, over; then priority, time left, newest."""

    turn: int
    weight: int
    left_ms: int
    newest: int
    alarm_id: str

    @classmethod
    def of(cls, row: AlarmRow) -> "Importance":
        """Where a row stands."""
        return cls(row.turn, row.weight, row.left_ms, row.newest, row.alarm_id)


class Moment(NamedTuple):
    """Sort key of the journal, newest first."""

    at_us: int
    number: int
    area: str

    @classmethod
    def of(cls, row: JournalRow) -> "Moment":
        """Where an entry stands."""
        return cls(row.at_us, row.number, row.area)


_IMPORTANCE = [col(getattr(AlarmRow, name)) for name in Importance._fields]
_MOMENT = [col(getattr(JournalRow, name)) for name in Moment._fields]


def alarms(session: Session, wanted: Wanted, limit: int, after: Importance | None = None) -> Sequence[AlarmRow]:
    """Alarms by importance, the most important first."""
    statement = select(AlarmRow).where(*wanted.conditions())
    if turns := [turn_of(shown) for shown in wanted.state]:  # the index is in this order: the many that are over stay unread
        statement = statement.where(col(AlarmRow.turn).between(min(turns), max(turns)))
    if after is not None:
        statement = statement.where(tuple_(*_IMPORTANCE) > tuple_(*after))
    return session.exec(statement.order_by(*_IMPORTANCE).limit(limit)).all()


def changed(session: Session, wanted: Wanted, after: int, limit: int) -> Sequence[AlarmRow]:
    """Alarms written after a change of the view, in the order of their changes."""
    changes = col(AlarmRow.change)
    statement = select(AlarmRow).where(changes > after, *wanted.conditions())
    return session.exec(statement.order_by(changes).limit(limit)).all()


def known(session: Session, alarm_ids: Sequence[str]) -> dict[str, AlarmRow]:
    """Those of some alarms that there are."""
    rows = session.exec(select(AlarmRow).where(col(AlarmRow.alarm_id).in_(alarm_ids)))
    return {row.alarm_id: row for row in rows}


def journal(
    session: Session, limit: int, after: Moment | None = None, *, area: str | None = None, alarm_id: str | None = None
) -> Sequence[JournalRow]:
    """Entries, newest first."""
    statement = select(JournalRow)
    if area is not None:
        statement = statement.where(JournalRow.area == area)
    if alarm_id is not None:
        statement = statement.where(JournalRow.alarm_id == alarm_id)
    if after is not None:
        statement = statement.where(tuple_(*_MOMENT) < tuple_(*after))
    return session.exec(statement.order_by(*(column.desc() for column in _MOMENT)).limit(limit)).all()


def transitions(session: Session, start: datetime, end: datetime, area: str | None) -> Iterator[Transition]:
    """Entries of a time, the oldest first. start: from then on; end: before then."""
    moments = [milliseconds(at) * 1000 for at in (start, end)]
    at = col(JournalRow.at_us)
    statement = select(JournalRow.line).where(at >= moments[0], at < moments[1])
    if area is not None:
        statement = statement.where(JournalRow.area == area)
    decode = msgspec.json.Decoder(Transition).decode
    lines = session.exec(statement.order_by(at, col(JournalRow.number)).execution_options(yield_per=_LINES_AT_ONCE))
    return (decode(line) for line in lines)


def chain(reading: Callable[[], AbstractContextManager[Session]], area: str | None) -> Iterator[list[str]]:
    """The lines of the journal as they are chained, by area and number, some at a time.

    reading: a session for each time, closed before the lines are given: whoever takes them may be slow.
    """
    columns = (JournalRow.area, JournalRow.number, JournalRow.line)
    area_and_number = [col(JournalRow.area), col(JournalRow.number)]
    place = ("", 0)
    while True:
        statement = select(*columns).where(tuple_(*area_and_number) > tuple_(*place))
        if area is not None:
            statement = statement.where(JournalRow.area == area)
        with reading() as session:
            rows = session.exec(statement.order_by(*area_and_number).limit(_LINES_AT_ONCE)).all()
        if not rows:
            return
        yield [line for _, _, line in rows]
        place = rows[-1][:2]


def act(session: Session, act_id: str) -> ActRow | None:
    """An act that was sent."""
    return session.get(ActRow, act_id)


def judged(session: Session, act_id: str) -> Sequence[JournalRow]:
    """What became of an act, in the order of the journal."""
    entries = select(JournalRow).where(JournalRow.cause_id == act_id, JournalRow.cause_type == "act")
    return session.exec(entries.order_by(col(JournalRow.number))).all()


def sources(session: Session) -> Sequence[SourceRow]:
    """Every source that ever said it is alive."""
    return session.exec(select(SourceRow).order_by(col(SourceRow.source), col(SourceRow.area))).all()


def zones(session: Session) -> set[str]:
    """The time zones that the registers name."""
    return set(session.exec(select(PolicyRow.zone)))


def reached(session: Session, topics: Sequence[str]) -> dict[tuple[str, int], int]:
    """Offset of the next record of some topics, by topic and partition: how far the view took them."""
    places = session.exec(select(ViewPlace).where(col(ViewPlace.topic).in_(topics)))
    return {(place.topic, place.partition): place.next_offset for place in places}


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Counts: alarms by what they show; beginnings, acknowledgements and ends in the journal; records by topic."""

    shown: dict[str, int]
    raised: int
    acknowledged: int
    cleared: int
    refused: int
    projected: dict[str, int]
    unreadable: dict[str, int]


def summary(session: Session) -> Summary:
    """How much there is."""
    shown = session.exec(select(AlarmRow.shown, func.count()).group_by(AlarmRow.shown))
    topics = session.exec(
        select(ViewPlace.topic, func.sum(ViewPlace.taken), func.sum(ViewPlace.skipped)).group_by(ViewPlace.topic)
    ).all()
    region, event = col(JournalRow.region), col(JournalRow.event)
    came, went = col(JournalRow.came_from), col(JournalRow.went_to)
    condition = region == "condition"
    acknowledgement = region == "acknowledgement"
    begun = ("active", "off_delay")
    return Summary(
        shown={str(state): count for state, count in shown},
        raised=_count(session, condition, went == "active", came.not_in(begun)),
        acknowledged=_count(session, acknowledgement, event == "acknowledge", came == "unacknowledged"),
        cleared=_count(session, condition, came.in_(begun), or_(went == "normal", went == "latched")),
        refused=_count(session, col(JournalRow.refused).is_not(None)),
        projected={topic: int(taken) for topic, taken, _ in topics},
        unreadable={topic: int(skipped) for topic, _, skipped in topics},
    )


def _count(session: Session, *conditions: Any) -> int:
    return session.exec(select(func.count()).select_from(JournalRow).where(*conditions)).one()


def known_alarms(session: Session) -> int:
    """How many alarms there are in all, normal ones among them."""
    return session.exec(select(func.count()).select_from(AlarmRow)).one()


def counts(session: Session) -> dict[tuple[str, str, bool], int]:
    """How many alarms there are that are not normal, by priority, what they show, and whether they are stale."""
    parts = (AlarmRow.priority, AlarmRow.shown, AlarmRow.stale)
    some = select(*parts, func.count()).where(col(AlarmRow.turn) < TURNS[ShownState.NORMAL])
    rows = session.exec(some.group_by(*map(col, parts)))
    return {(priority, shown, stale): count for priority, shown, stale, count in rows}
