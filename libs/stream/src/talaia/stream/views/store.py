"""The database of a view: its rows, and how far each topic was taken, always in one transaction."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import DateTime, Dialect, TypeDecorator, event, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable
from sqlmodel import BigInteger, Field, Session, SQLModel, create_engine

from talaia.stream.views.view import Arrival, View

_BUSY_SECONDS = 5


class UtcTime(TypeDecorator[datetime]):
    """A moment; read back with its zone, which SQLite forgets."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without a zone."""
        if value is None:
            return None
        with suppress(OverflowError):  # a moment at the edge of the calendar stays as it is written
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


class ViewHead(SQLModel, table=True):
    """The view itself. shape: hash of its tables; view_id: another one after every rebuild; change: number of the last."""

    __tablename__ = "view_heads"

    shape: str = Field(primary_key=True)
    view_id: str
    change: int = Field(sa_type=BigInteger)


class ViewPlace(SQLModel, table=True):
    """How far a partition was taken. clock: its newest `recordedtime`; taken, skipped: records projected and unreadable."""

    __tablename__ = "view_places"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    topic_id: str
    next_offset: int = Field(default=0, sa_type=BigInteger)
    clock: datetime | None = Field(default=None, sa_type=UtcTime)
    taken: int = Field(default=0, sa_type=BigInteger)
    skipped: int = Field(default=0, sa_type=BigInteger)


class Overtaken(Exception):
    """Another process took these records already."""


class Taken(NamedTuple):
    """Some records of one partition, the last of which stands before `next_offset`. unreadable: how many were skipped."""

    topic: str
    partition: int
    next_offset: int
    clock: datetime | None
    readable: int
    unreadable: int


class Store:
    """A view's database. Every method blocks, and raises SQLAlchemy's errors when the database is away."""

    def __init__(self, view: View, url: str) -> None:
        self._view = view
        self._tables = [model.__table__ for model in (ViewHead, ViewPlace, *view.tables)]  # type: ignore[attr-defined]
        self.engine = create_engine(url)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _set_up_sqlite)

    def open(self) -> tuple[ViewHead, dict[tuple[str, int], ViewPlace]]:
        """The view and its places; empty ones when it is new or its tables are of another release."""
        shape = self._shape()
        with self.engine.begin() as connection:
            ViewHead.__table__.create(connection, checkfirst=True)  # type: ignore[attr-defined]
            found = connection.execute(select(ViewHead.__table__.c.shape)).scalars().all()  # type: ignore[attr-defined]
            if found != [shape]:
                SQLModel.metadata.drop_all(connection, tables=self._tables)
            SQLModel.metadata.create_all(connection, tables=self._tables)
        with self.session() as session:
            if session.get(ViewHead, shape) is None:
                session.add(ViewHead(shape=shape, view_id=uuid.uuid4().hex, change=0))
            session.commit()
            head = session.get_one(ViewHead, shape)
            places = {(place.topic, place.partition): place for place in session.scalars(select(ViewPlace))}
            session.expunge_all()
        return head, places

    def begin(self, places: Sequence[ViewPlace]) -> None:
        """Partitions that were never taken."""
        with self.session() as session:
            session.add_all(places)
            session.commit()

    def ask(self) -> None:
        """Whether the database answers."""
        with self.session() as session:
            session.scalars(select(ViewHead).limit(1)).all()

    def take(
        self,
        head: ViewHead,
        places: Mapping[tuple[str, int], ViewPlace],
        taken: Sequence[Taken],
        arrivals: Sequence[Arrival],
    ) -> None:
        """Rows and places in one transaction; `head` and `places` then say so. Raises Overtaken, having changed nothing."""
        to = head.change + len(arrivals)
        with self.session() as session:
            self._advance(session, ViewHead, {"shape": head.shape, "change": head.change}, {"change": to})
            for some in taken:
                place = places[some.topic, some.partition]
                stands = {"topic": place.topic, "partition": place.partition, "next_offset": place.next_offset}
                self._advance(session, ViewPlace, stands, _further(place, some))
            self._view.project(session, arrivals)
            session.commit()
        head.change = to
        for some in taken:
            place = places[some.topic, some.partition]
            for name, value in _further(place, some).items():
                setattr(place, name, value)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session of this database."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @staticmethod
    def _advance(session: Session, model: type[SQLModel], stands: Mapping[str, Any], further: Mapping[str, Any]) -> None:
        done = session.connection().execute(update(model.__table__).filter_by(**stands).values(**further))  # type: ignore[attr-defined]
        if done.rowcount != 1:
            raise Overtaken

    def _shape(self) -> str:
        written = "".join(str(CreateTable(table)) for table in self._tables)
        return hashlib.sha256(written.encode()).hexdigest()[:16]


def keep_newest(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows by primary key; of each key the one with the greatest `position` stands, of equal ones the last."""
    if rows:
        table = model.__table__  # type: ignore[attr-defined]
        keys = [column.name for column in table.primary_key]
        newest: dict[tuple[Any, ...], Mapping[str, Any]] = {}
        for row in rows:
            key = tuple(row[name] for name in keys)
            if key not in newest or row["position"] >= newest[key]["position"]:
                newest[key] = row
        statement = _insert(session, table)
        values = {column.name: statement.excluded[column.name] for column in table.columns if not column.primary_key}
        newer = statement.excluded.position >= table.c.position
        statement = statement.on_conflict_do_update(index_elements=keys, set_=values, where=newer)
        session.connection().execute(statement, list(newest.values()))


def keep_first(session: Session, model: type[SQLModel], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows by primary key; one that stands keeps standing."""
    if rows:
        session.connection().execute(_insert(session, model.__table__).on_conflict_do_nothing(), list(rows))  # type: ignore[attr-defined]


def _insert(session: Session, table: Any) -> Any:
    return (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)


def _further(place: ViewPlace, some: Taken) -> dict[str, Any]:
    clocks = [clock for clock in (place.clock, some.clock) if clock is not None]
    return {
        "next_offset": some.next_offset,
        "clock": max(clocks, default=None),
        "taken": place.taken + some.readable,
        "skipped": place.skipped + some.unreadable,
    }


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for the writer; a crash of the machine may cost the last commits, which the topics still hold."""
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", f"busy_timeout={_BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")
