"""A view in its database: its rows, and how far each topic was taken, always in one transaction."""

import hashlib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import update
from sqlalchemy.schema import CreateTable
from sqlmodel import Session, SQLModel, col, select

from talaia.stream.views.database import database
from talaia.stream.views.rows import keep_first
from talaia.stream.views.tables import ViewHead, ViewPlace
from talaia.stream.views.view import Arrival, View

Places = dict[tuple[str, int], ViewPlace]
"""By topic and partition."""


class Overtaken(Exception):
    """Another process took these records already, or the view was rebuilt."""


class Rebuilding(RuntimeError):
    """Another process makes this view anew; the message says so."""

    def __init__(self, view: str) -> None:
        super().__init__(f"another `talaia rebuild {view}` runs: wait until it ends")


class Taken(NamedTuple):
    """Some records of one partition, the last of which stands before `next_offset`. unreadable: how many were skipped."""

    topic: str
    partition: int
    next_offset: int
    clock: datetime | None
    readable: int
    unreadable: int


class Store:
    """A view's database. Every method blocks, and raises SQLAlchemy's errors when the database is away.

    beside: the view that is being built beside the one that is shown, from its beginning. shape: names the tables; those
    of another release have another shape and stand elsewhere.
    """

    def __init__(self, view: View, url: str, *, beside: bool = False) -> None:
        self._view = view
        self._tables = [model.__table__ for model in (ViewHead, ViewPlace, *view.tables)]  # type: ignore[attr-defined]
        written = "".join(str(CreateTable(table)) for table in self._tables)
        self.shape = hashlib.sha256(written.encode()).hexdigest()[:12]
        self._shown = f"{view.name}_{self.shape}"
        self._name = f"{self._shown}_next" if beside else self._shown
        self._database = database(url)
        self.shared = self._database.shared
        self.engine = self._database.engine(self._name, lasting=not beside)

    @contextmanager
    def building(self) -> Iterator[None]:
        """While this lasts nobody else builds beside this view; it begins with nothing. Raises Rebuilding."""
        with self._database.alone(self._name) as alone:
            if not alone:
                raise Rebuilding(self._view.name)
            self._database.drop(self._name)
            yield

    def open(self) -> ViewHead:
        """The view, an empty one when it is new or its tables are of another release."""
        with self.engine.begin() as connection:
            self._database.create(connection, self._name, self._tables)
            with Session(connection) as session:
                if session.exec(select(ViewHead)).first() is None:
                    session.add(ViewHead(view_id=uuid.uuid4().hex))
                    session.flush()
        return self.head()

    def head(self) -> ViewHead:
        """The view as it is now."""
        with self.session() as session:
            return session.exec(select(ViewHead)).one()

    def places(self) -> Places:
        """How far the view is now."""
        with self.session() as session:
            return {(place.topic, place.partition): place for place in session.exec(select(ViewPlace))}

    def begin(self, places: Sequence[ViewPlace]) -> None:
        """Partitions that were never taken; those that another process began stay as they are."""
        with self.session() as session:
            keep_first(session, ViewPlace, [place.model_dump() for place in places])
            session.commit()

    def complete(self, head: ViewHead) -> None:
        """The view holds all that its topics held."""
        with self.session() as session:
            self._advance(session, ViewHead, {"view_id": head.view_id}, {"complete": True})
            session.commit()
        head.complete = True

    def take(
        self, head: ViewHead, places: Mapping[tuple[str, int], ViewPlace], taken: Sequence[Taken], arrivals: Sequence[Arrival]
    ) -> None:
        """Rows and places in one transaction; `head` and `places` then say so. Raises Overtaken, having changed nothing.

        Whoever writes holds the head until the end, so changes become visible in the order of their numbers.
        """
        with self.session() as session:
            if self._name == self._shown:
                self._database.writing(session.connection())
            self._advance(session, ViewHead, {"view_id": head.view_id}, {"change": col(ViewHead.change) + len(arrivals)})
            before = session.exec(select(ViewHead.change)).one() - len(arrivals)
            for some in taken:
                place = places[some.topic, some.partition]
                stands = {"topic": place.topic, "partition": place.partition, "next_offset": place.next_offset}
                self._advance(session, ViewPlace, stands, _further(place, some))
            self._view.project(session, [Arrival(*arrival[:-1], before + arrival.change) for arrival in arrivals])
            session.commit()
        head.change = before + len(arrivals)
        for some in taken:
            place = places[some.topic, some.partition]
            for name, value in _further(place, some).items():
                setattr(place, name, value)

    def show(self, head: ViewHead) -> None:
        """What was built beside is what is shown from now on. Raises Rebuilding when it is not this view, whole."""
        self.engine.dispose()
        if not self._database.show(self._name, self._shown, head.view_id):
            raise Rebuilding(self._view.name)

    def others(self) -> list[str]:
        """Where rows of this view stand that another release made."""
        return self._database.others(self._view.name, self._shown)

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


def _further(place: ViewPlace, some: Taken) -> dict[str, Any]:
    clocks = [clock for clock in (place.clock, some.clock) if clock is not None]
    return {
        "next_offset": some.next_offset,
        "clock": max(clocks, default=None),
        "taken": place.taken + some.readable,
        "skipped": place.skipped + some.unreadable,
    }
