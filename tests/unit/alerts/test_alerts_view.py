"""The view: alarms as they stand, the journal as a chain, sources as last heard."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import Session
from support.alert_events import AT, alive, stands
from talaia.alerts.view import queries
from talaia.alerts.view.importance import OPEN, TURNS, ShownState, turn_of
from talaia.alerts.view.project import VIEW, milliseconds
from talaia.alerts.view.queries import Importance, Wanted
from talaia.contracts.catalogue import JOURNAL
from talaia.contracts.envelope import sequence
from talaia.contracts.journal import Journalled, Transition
from talaia.contracts.vocabulary import Priority
from talaia.stream.processor import Message
from talaia.stream.views.store import Store
from talaia.stream.views.view import Arrival, position


def entered(number: int, area: str = "demo", entry_id: str | None = None) -> Message:
    """An entry of an area's journal."""
    time = AT + timedelta(minutes=number)
    data = Transition(
        at=time, cause_type="signal", cause_id=f"s{number}", region="condition", event="began", from_="normal", to="active"
    )
    event = Journalled(
        id=entry_id or f"{area}-{number}", source="s", time=time, recordedtime=time, sequence=sequence(number), data=data
    )
    return Message(JOURNAL, area, event)


@contextmanager
def viewing(messages: Sequence[Message], at_once: int = 1) -> Iterator[Session]:
    """A session on a view made of messages, so many in a transaction."""
    store = Store(VIEW, "sqlite://")
    store.open()
    arrivals = [Arrival(one.topic, one.key, one.event, position(one.event, n), n) for n, one in enumerate(messages)]
    with store.session() as session:
        for start in range(0, len(arrivals), at_once):
            VIEW.project(session, arrivals[start : start + at_once])
        yield session
    store.engine.dispose()


@settings(max_examples=12, deadline=None)
@given(st.permutations([1, 2, 3, 4]), st.integers(0, 3))
def test_the_newest_word_on_an_alarm_stands_in_whatever_order_words_arrive(order: list[int], twice: int) -> None:
    messages = [stands(number) for number in [*order, order[twice]]]
    with viewing(messages) as session:
        (row,) = queries.alarms(session, Wanted(), 10)
        assert row.version == 4


def test_the_journal_is_a_chain_in_which_a_missing_or_altered_entry_shows() -> None:
    with viewing([entered(number) for number in range(1, 6)]) as session:
        lines = chained(session, "demo")
    assert broken_links(lines) == []
    assert json.loads(lines[0])["previous"] == "0" * 64
    for cut in range(4):
        assert broken_links([line for number, line in enumerate(lines) if number != cut]) != []
    altered = [*lines[:2], lines[2].replace("began", "ended"), *lines[3:]]
    assert broken_links(altered) == [3]


def chained(session: Session, area: str | None) -> list[str]:
    return [line for lines in queries.chain(lambda: nullcontext(session), area) for line in lines]


def broken_links(lines: Sequence[str]) -> list[int]:
    """Where a line does not name the hash of the one before it; this is all that an auditor needs."""
    hashes = ["0" * 64, *(hashlib.sha256(line.encode()).hexdigest() for line in lines)]
    return [place for place, line in enumerate(lines) if json.loads(line)["previous"] != hashes[place]]


def test_an_entry_that_comes_twice_stands_once_and_every_area_has_its_own_chain() -> None:
    messages = [entered(1), entered(1), entered(1, area="port"), entered(2), entered(2, area="port"), entered(1)]
    with viewing(messages) as session:
        lines = chained(session, None)
        assert [(json.loads(line)["area"], json.loads(line)["number"]) for line in lines] == [
            ("demo", 1),
            ("demo", 2),
            ("port", 1),
            ("port", 2),
        ]
        for area in ("demo", "port"):
            assert broken_links(chained(session, area)) == []


def test_a_journal_longer_than_a_page_of_the_database_is_exported_whole() -> None:
    with viewing([entered(number) for number in range(1, 1_203)], at_once=700) as session:
        lines = chained(session, None)
    assert len(lines) == 1_202
    assert broken_links(lines) == []


_ALARMS = st.lists(
    st.tuples(
        st.sampled_from(list(ShownState)), st.sampled_from(list(Priority)), st.none() | st.integers(0, 90), st.integers(0, 90)
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None)
@given(_ALARMS, st.integers(1, 5))
def test_pages_follow_importance_and_hold_every_alarm_once(
    alarms: list[tuple[ShownState, Priority, int | None, int]], limit: int
) -> None:
    """Needs a hand, still wrong, over; then priority, time left, newest."""
    messages = [
        stands(number, f"a{number:02d}", shown, priority, left, began)
        for number, (shown, priority, left, began) in enumerate(alarms)
    ]
    expected = sorted(
        range(len(alarms)),
        key=lambda n: (
            TURNS[alarms[n][0]],
            -alarms[n][1].rank,
            alarms[n][2] is None,
            alarms[n][2] or 0,
            -alarms[n][3],
            n,
        ),
    )
    with viewing(messages) as session:
        seen: list[str] = []
        after = None
        while rows := queries.alarms(session, Wanted(), limit, after):
            seen += [row.alarm_id for row in rows]
            after = Importance.of(rows[-1])
    assert seen == [f"a{number:02d}" for number in expected]


def test_a_state_of_a_later_release_is_shown_first_not_hidden() -> None:
    assert turn_of("ON_FIRE") == 0
    with viewing([stands(1, shown="ON_FIRE"), stands(2, "a2")]) as session:
        assert len(queries.alarms(session, Wanted(), 10)) == 2


def test_filters_are_joined_and_a_percent_sign_is_only_itself() -> None:
    messages = [
        stands(1, "a1", title="Overflow expected", site="T1"),
        stands(2, "a2", title="Level at 100 %", site="T2", stale=True),
        stands(3, "a3", shown="NORMAL", site="T2"),
    ]
    with viewing(messages) as session:

        def ids(**wanted: object) -> list[str]:
            return sorted(row.alarm_id for row in queries.alarms(session, Wanted(**wanted), 10))  # type: ignore[arg-type]

        assert ids(site=["T2"]) == ["a2", "a3"]
        assert ids(site=["T2"], state=OPEN) == ["a2"]
        assert ids(site=["T1", "T2"]) == ["a1", "a2", "a3"]
        assert ids(text="100 %") == ["a2"]
        assert ids(text="%") == ["a2"]
        assert ids(text="EXPECTED", site=["T1"]) == ["a1"]
        assert ids(stale=True) == ["a2"]
        assert ids(stale=False, domain=["waste"], priority=["high"]) == ["a1", "a3"]
        assert ids(domain=["transit"]) == []
        assert ids(since=AT + timedelta(minutes=3)) == ["a3"]
        assert ids(since=datetime(1, 1, 1, tzinfo=UTC)) == ["a1", "a2", "a3"]


def test_a_source_that_was_set_up_anew_and_counts_from_nothing_is_heard() -> None:
    said = [alive(AT), alive(AT + timedelta(minutes=1))]
    numbered = [
        one._replace(event=msgspec.structs.replace(one.event, sequence=sequence(number)))
        for one, number in zip(said, (10**19, 1), strict=True)
    ]
    with viewing(numbered) as session:
        (row,) = queries.sources(session)
        assert row.alive_ms == milliseconds(AT + timedelta(minutes=1))
