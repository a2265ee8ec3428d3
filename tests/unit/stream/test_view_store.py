from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlmodel import JSON, Field, Session, SQLModel, col, select
from support.postgres import DATABASES, Postgres
from support.waste_events import minute, read
from talaia.contracts.catalogue import READINGS
from talaia.contracts.envelope import sequence
from talaia.contracts.waste import Read
from talaia.stream.views.rows import keep_first, keep_newest
from talaia.stream.views.store import Overtaken, Places, Rebuilding, Store, Taken
from talaia.stream.views.tables import UtcTime, ViewHead, ViewPlace
from talaia.stream.views.view import Arrival, View, position

DIALECT = SQLiteDialect()


class Note(SQLModel, table=True):
    __tablename__ = "test_notes"

    name: str = Field(primary_key=True)
    text: str
    at: datetime | None = Field(default=None, sa_type=UtcTime)
    position: str


class WiderNote(SQLModel, table=True):
    __tablename__ = "test_wider_notes"

    name: str = Field(primary_key=True)
    text: str


class OfEveryKind(SQLModel, table=True):
    __tablename__ = "test_every_kind"

    name: str = Field(primary_key=True)
    text: str | None
    real: float
    whole: int
    true: bool
    at: datetime | None = Field(sa_type=UtcTime)
    tree: list[dict[str, float | str]] = Field(sa_type=JSON)
    position: str


def project(session: Session, arrivals: Sequence[Arrival]) -> None:
    for arrival in arrivals:
        event = arrival.event
        assert isinstance(event, Read)
        if event.data.value < 0:
            raise ZeroDivisionError
        row = {"name": event.data.site, "text": event.id, "at": event.time, "position": arrival.position}
        keep_newest(session, Note, [row])


VIEW = View(name="notes", tables=(Note,), topics=(READINGS,), dated_by=(READINGS,), project=project)


def opened(url: str, view: View = VIEW) -> tuple[Store, ViewHead, Places]:
    store = Store(view, url)
    head = store.open()
    store.begin([ViewPlace(topic=READINGS.name, partition=0, topic_id="t")])
    return store, head, store.places()


def arrival(number: int, change: int = 1, level_m: float = 1.0) -> Arrival:
    event = read(number, level_m=level_m).event
    return Arrival(READINGS, "T1", event, position(event, 0), change)


def taken(next_offset: int, skipped: int = 0) -> Taken:
    return Taken(READINGS.name, 0, next_offset, minute(next_offset), 1, skipped)


def test_rows_and_places_stand_together_after_a_restart(database_url: str) -> None:
    store, head, places = opened(database_url)
    store.take(head, places, [taken(3, skipped=2)], [arrival(7)])
    again, head, places = opened(database_url)
    place = places[READINGS.name, 0]
    assert (place.next_offset, place.taken, place.skipped, place.clock) == (3, 1, 2, minute(3))
    assert head.change == 1
    with again.session() as session:
        assert session.get_one(Note, "T1").text == "7-7"


def test_when_the_rows_fail_the_places_stay(database_url: str) -> None:
    store, head, places = opened(database_url)
    with pytest.raises(ZeroDivisionError):
        store.take(head, places, [taken(3)], [arrival(1), arrival(2, level_m=-1)])
    assert places[READINGS.name, 0].next_offset == 0
    again, _, places = opened(database_url)
    assert places[READINGS.name, 0].next_offset == 0
    with again.session() as session:
        assert session.get(Note, "T1") is None


def test_of_two_that_take_the_same_records_one_is_overtaken_and_changes_nothing(database_url: str) -> None:
    first, second = opened(database_url), opened(database_url)
    first[0].take(first[1], first[2], [taken(3)], [arrival(1)])
    with pytest.raises(Overtaken):
        second[0].take(second[1], second[2], [taken(5)], [arrival(2)])
    store, _, places = opened(database_url)
    assert places[READINGS.name, 0].next_offset == 3
    with store.session() as session:
        assert session.get_one(Note, "T1").text == "1-1"


def test_a_view_keeps_its_identity_until_its_tables_change_and_is_then_rebuilt(database_url: str) -> None:
    store, head, places = opened(database_url)
    store.take(head, places, [taken(3)], [arrival(1)])
    assert opened(database_url)[1].view_id == head.view_id
    wider = View(name="notes", tables=(Note, WiderNote), topics=(READINGS,), dated_by=(READINGS,), project=project)
    store = Store(wider, database_url)
    rebuilt = store.open()
    assert rebuilt.view_id != head.view_id
    assert (rebuilt.change, store.places()) == (0, {})
    with store.session() as session:
        assert session.scalars(select(Note)).all() == []


def test_of_two_rebuilds_at_once_the_second_is_refused_and_the_first_is_shown(database_url: str) -> None:
    opened(database_url)
    first, second = Store(VIEW, database_url, beside=True), Store(VIEW, database_url, beside=True)
    with first.building():
        head = first.open()
        with pytest.raises(Rebuilding, match="another `talaia rebuild notes` runs"), second.building():
            pass
        first.complete(head)
        first.show(head)
    assert opened(database_url)[1].view_id == head.view_id
    with second.building():
        pass


def test_a_rebuild_keeps_whole_batches_only_and_one_that_is_given_up_leaves_what_is_shown_and_nothing_to_the_next(
    database_url: str,
) -> None:
    shown = opened(database_url)[1]
    store = Store(VIEW, database_url, beside=True)
    with store.building():
        head = store.open()
        store.begin([ViewPlace(topic=READINGS.name, partition=0, topic_id="t")])
        places = store.places()
        store.take(head, places, [taken(2)], [arrival(1)])
        with pytest.raises(ZeroDivisionError):
            store.take(head, places, [taken(4)], [arrival(2), arrival(3, level_m=-1)])
        assert store.places()[READINGS.name, 0].next_offset == 2
        with store.session() as session:
            assert session.get_one(Note, "T1").text == "1-1"
        store.engine.dispose()
    assert opened(database_url)[1].view_id == shown.view_id
    with store.building():
        assert (store.open().change, store.places()) == (0, {})
        store.engine.dispose()


def test_a_view_that_is_not_whole_or_not_the_one_that_was_built_is_not_shown(database_url: str) -> None:
    shown = opened(database_url)[1]
    store = Store(VIEW, database_url, beside=True)
    with store.building():
        head = store.open()
        with pytest.raises(Rebuilding):
            store.show(head)
        store.complete(head)
        with pytest.raises(Rebuilding):
            store.show(ViewHead(view_id="another"))
    assert opened(database_url)[1].view_id == shown.view_id


@pytest.mark.postgres
def test_who_reads_the_former_rows_for_long_does_not_make_a_rebuild_fail(postgres: Postgres) -> None:
    url = postgres.new_database()
    shown, _, _ = opened(url)
    with shown.session() as reader:
        reader.exec(select(Note)).all()
        store = Store(VIEW, url, beside=True)
        with store.building():
            head = store.open()
            store.complete(head)
            store.show(head)
        assert opened(url)[1].view_id == head.view_id
    shown.engine.dispose()


@pytest.fixture(scope="module", params=DATABASES)
def notes(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store for laws: made once, emptied by each example."""
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    store, _, _ = opened(url)
    yield store
    store.engine.dispose()


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
REAL = st.floats(allow_nan=False, allow_infinity=False)
OFFSETS = st.timedeltas(timedelta(hours=-23), timedelta(hours=23)).map(timezone)
MOMENTS = st.datetimes(timezones=OFFSETS).filter(lambda moment: 1 < moment.year < 9999)
OF_EVERY_KIND = st.fixed_dictionaries(
    {
        "name": TEXT,
        "text": st.none() | TEXT,
        "real": REAL,
        "whole": st.integers(-(2**63), 2**63 - 1),
        "true": st.booleans(),
        "at": st.none() | MOMENTS,
        "tree": st.lists(st.dictionaries(TEXT, REAL | TEXT, max_size=3), max_size=3),
        "position": TEXT,
    }
)


@pytest.fixture(scope="module", params=DATABASES)
def every_kind(request: pytest.FixtureRequest) -> Iterator[Store]:
    """A store of a table with a column of every kind."""
    url = "sqlite://" if request.param == "sqlite" else request.getfixturevalue("postgres").new_database()
    view = View(name="kinds", tables=(OfEveryKind,), topics=(READINGS,), dated_by=(READINGS,), project=project)
    store, _, _ = opened(url, view)
    yield store
    store.engine.dispose()


@pytest.mark.parametrize("write", [keep_newest, keep_first])
@settings(deadline=None)
@given(rows=st.lists(OF_EVERY_KIND, min_size=1, max_size=5, unique_by=lambda row: row["name"]))
def test_what_is_written_is_read_back_as_it_was_whatever_it_holds(
    every_kind: Store, write: Callable[..., None], rows: list[dict[str, Any]]
) -> None:
    with every_kind.session() as session:
        write(session, OfEveryKind, rows)
        found = session.exec(select(OfEveryKind).order_by(col(OfEveryKind.name)))
        assert [row.model_dump() for row in found] == sorted(rows, key=lambda row: row["name"])
        session.rollback()


@settings(deadline=None)
@given(order=st.permutations(range(6)), repeated=st.lists(st.integers(0, 5), max_size=6), together=st.integers(1, 12))
def test_whatever_order_outcomes_come_in_however_often_and_however_many_at_once_the_newest_stands(
    notes: Store, order: list[int], repeated: list[int], together: int
) -> None:
    rows = [{"name": "a", "text": str(n), "at": None, "position": sequence(n)} for n in order + repeated]
    with notes.session() as session:
        for first in range(0, len(rows), together):
            keep_newest(session, Note, rows[first : first + together])
        assert session.get_one(Note, "a").text == "5"
        session.rollback()


def test_of_outcomes_with_the_same_position_the_one_that_stands_later_counts(notes: Store) -> None:
    with notes.session() as session:
        for texts in (("1", "2"), ("3",)):
            keep_newest(session, Note, [{"name": "a", "text": text, "at": None, "position": "p"} for text in texts])
        assert session.get_one(Note, "a").text == "3"


def test_what_was_written_first_stands(database_url: str) -> None:
    store, _, _ = opened(database_url)
    with store.session() as session:
        for text in ("first", "second"):
            keep_first(session, Note, [{"name": "a", "text": text, "at": None, "position": ""}])
        assert session.get_one(Note, "a").text == "first"


def test_outcomes_of_one_cause_are_ordered_by_their_own_time() -> None:
    early, late = read(3, at=3, order=9).event, read(4, at=4, order=9).event
    assert position(early, 100) < position(late, 0) < position(read(5, at=0, order=10).event, 0)


@given(moment=st.datetimes(timezones=OFFSETS))
def test_a_moment_is_read_back_as_it_was_in_utc_and_at_the_edge_of_the_calendar_nothing_breaks(moment: datetime) -> None:
    column = UtcTime()
    found = column.process_result_value(column.process_bind_param(moment, DIALECT), DIALECT)
    assert found is not None
    assert found.utcoffset() == timedelta(0)
    assert found == moment or moment.year in (1, 9999)
