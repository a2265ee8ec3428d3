import asyncio
import threading
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.sse import ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError
from support.streaming import Board, feed, streaming
from support.web import client
from talaia.web import live
from talaia.web.live import STREAMS, STREAMS_OF_ONE, follow


async def until(events: AsyncIterator[ServerSentEvent], name: str) -> ServerSentEvent:
    """The next event of a name; those before it are passed over."""
    async with asyncio.timeout(10):
        async for event in events:
            if event.event == name:
                return event
    raise AssertionError(f"the stream ended without {name}")


async def changed(events: AsyncIterator[ServerSentEvent], count: int) -> list[Any]:
    return [(await until(events, "changed")).data for _ in range(count)]


async def test_a_stream_begins_with_everything_and_goes_on_with_what_changes() -> None:
    board = Board()
    board.write("a", "1")
    events = follow(feed(board), None)
    assert (await until(events, "snapshot")).data == {"items": [{"a": "1"}], "first": True, "last": True}
    board.write("b", "2")
    board.write("a", "3")
    assert await changed(events, 2) == [{"b": "2"}, {"a": "3"}]


async def test_who_comes_back_with_the_last_id_gets_what_was_missed_and_nothing_twice() -> None:
    board = Board()
    board.write("a", "1")
    events = follow(feed(board), None)
    await until(events, "snapshot")
    board.write("b", "2")
    last = await until(events, "changed")
    board.write("c", "3")
    again = follow(feed(board), last.id)
    assert (await anext(again)).event == "alive"
    assert await changed(again, 1) == [{"c": "3"}]


@pytest.mark.parametrize(
    "unknown",
    [
        *("", "1", "board1", "board1.", "board1.-1", "board1.99", "board2.1", "board1.9" + "9" * 400, "board1.²"),
        *("board1.0.", "board1.0.99", "board1.1.0", "board1.0.1.1", "board1.0.-1", "board2.0.1"),
    ],
)
async def test_an_id_that_is_not_of_this_view_gets_a_fresh_snapshot(unknown: str) -> None:
    board = Board()
    board.write("a", "1")
    assert (await anext(follow(feed(board), unknown))).event == "snapshot"


async def test_when_the_view_is_rebuilt_a_stream_shows_everything_anew_and_goes_on() -> None:
    board = Board()
    for number in range(5):
        board.write("a", str(number))
    events = follow(feed(board), None)
    await until(events, "alive")
    board.rebuild({"b": "1"})
    again = await until(events, "snapshot")
    assert (again.data, again.id) == ({"items": [{"b": "1"}], "first": True, "last": True}, "reboard1.1")
    board.write("c", "2")
    assert await changed(events, 1) == [{"c": "2"}]


def rows(count: int) -> Board:
    board = Board()
    for number in range(count):
        board.write(f"row {number}", "as it was")
    return board


async def test_what_stands_comes_in_pages_each_asked_for_when_the_client_has_taken_the_one_before() -> None:
    board, asked = rows(250), 0

    def snapshot(change: int, most: int) -> list[live.Changed]:
        nonlocal asked
        asked += 1
        return board.snapshot(change, most)

    events = follow(live.Feed(watched=board, snapshot=snapshot, since=board.since), None)
    pages = []
    for number in (1, 2, 3):
        pages.append((await until(events, "snapshot")).data)
        assert asked == number
    assert [len(page["items"]) for page in pages] == [100, 100, 50]
    assert [(page["first"], page["last"]) for page in pages] == [(True, False), (False, False), (False, True)]
    assert [name for page in pages for item in page["items"] for name in item] == [f"row {n}" for n in range(250)]


async def test_a_stream_says_within_a_long_snapshot_that_the_view_is_alive_and_ends_there_when_the_service_stops(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.0)
    board = rows(1_000)
    events = follow(feed(board), None)
    assert [(await anext(events)).event for _ in range(4)] == ["snapshot", "alive", "snapshot", "alive"]
    board.changes.close()
    assert [event.event async for event in events][-1] == "closing"


async def test_who_comes_back_within_a_snapshot_gets_the_rest_of_it() -> None:
    board = rows(250)
    first = await until(follow(feed(board), None), "snapshot")
    board.write("row 0", "changed since")
    board.write("row 200", "changed since")
    again = follow(feed(board), first.id)
    rest = [(await until(again, "snapshot")).data for _ in range(2)]
    assert [(page["first"], page["last"], len(page["items"])) for page in rest] == [(False, False, 100), (False, True, 49)]
    assert await changed(again, 2) == [{"row 0": "changed since"}, {"row 200": "changed since"}]


class Client:
    """Keeps what a stream tells of rows, as its documents say."""

    def __init__(self) -> None:
        self.rows: dict[str, str] = {}
        self.last_id: str | None = None
        self.whole = False

    def hear(self, event: ServerSentEvent) -> None:
        self.last_id = event.id
        if event.event == "snapshot":
            if event.data["first"]:
                self.rows.clear()
            for item in event.data["items"]:
                self.rows |= item
            self.whole = event.data["last"]
        elif event.event == "changed":
            self.rows |= event.data
            self.rows = {name: value for name, value in self.rows.items() if value}


WRITES = st.lists(st.tuples(st.integers(0, 9), st.sampled_from(["", "a", "b"])), max_size=8)
STEPS = st.lists(st.tuples(WRITES, st.sampled_from(["read", "read", "come back", "rebuild"])), max_size=25)


@given(before=WRITES, steps=STEPS)
async def test_whatever_changes_during_a_snapshot_the_client_has_at_the_end_what_stands(
    before: list[tuple[int, str]], steps: list[tuple[list[tuple[int, str]], str]]
) -> None:
    board, told = Board(), Client()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(live, "AT_ONCE", 2)
        patch.setattr(live, "ALIVE_SECONDS", 0.0)  # there is always an event to wait for
        for name, value in before:
            board.write(f"row {name}", value)
        events = follow(feed(board), None)
        for writes, then in steps:
            for name, value in writes:
                board.write(f"row {name}", value)
            if then == "rebuild":
                board.rebuild({"row 0": "rebuilt", "row 1": "", "row 2": "rebuilt"})
            if then == "come back":
                events = follow(feed(board), told.last_id)
            told.hear(await anext(events))
        async with asyncio.timeout(10):
            while not told.whole or told.last_id != f"{board.view_id}.{board.changes.latest}":
                told.hear(await anext(events))
    assert told.rows == {name: value for name, (_, value) in board.rows.items() if value}


async def test_every_stream_says_that_the_view_is_alive_and_how_old(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.05)
    events = follow(feed(Board()), None)
    for _ in range(3):
        data = (await until(events, "alive")).data
        assert (data["as_of"], data["lag_s"], data["feeds"]) == ("2026-03-01T02:10:00+00:00", 1.5, [])


async def test_changes_that_no_row_shows_do_not_keep_a_stream_busy() -> None:
    board = Board()
    asked = 0

    def since(change: int, most: int) -> list[live.Changed]:
        nonlocal asked
        asked += 1
        return board.since(change, most)

    events = follow(live.Feed(watched=board, snapshot=board.snapshot, since=since), None)
    await until(events, "alive")
    board.skip()
    waiting = asyncio.create_task(until(events, "changed"))
    await asyncio.sleep(0.2)
    board.write("a", "1")
    assert (await waiting).data == {"a": "1"}
    assert asked <= 4


async def test_a_client_that_falls_behind_gets_the_newest_state_of_each_row_and_not_every_step() -> None:
    board = Board()
    events = follow(feed(board), None)
    await until(events, "alive")
    for number in range(10_000):
        board.write(f"row {number % 3}", str(number))
    assert await changed(events, 3) == [{"row 1": "9997"}, {"row 2": "9998"}, {"row 0": "9999"}]


async def test_a_client_that_takes_too_long_is_told_so_and_cut() -> None:
    board = Board()
    events = follow(feed(board, slow_s=0.05), None)
    await until(events, "alive")
    board.write("a", "1")
    await until(events, "changed")
    await asyncio.sleep(0.1)
    assert (await until(events, "too_slow")).data["reason"]
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_a_stream_ends_after_its_time_so_that_who_reads_it_shows_anew_that_he_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LIFE_SECONDS", 0.05)
    monkeypatch.setattr(live, "ALIVE_SECONDS", 0.02)
    events = follow(feed(Board()), None)
    assert "Last-Event-ID" in (await until(events, "closing")).data["reason"]
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_streams_of_one_who_asks_are_not_too_many_and_one_that_ended_is_not_counted() -> None:
    board = Board()
    app = streaming(board)
    opened = app.state.streams.open
    board.changes.close()  # a stream ends after what is
    async with client(app) as asking:
        opened["127.0.0.1"] = STREAMS_OF_ONE
        refused = await asking.get("/events")
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        opened["127.0.0.1"] -= 1
        assert (await asking.get("/events")).status_code == 200
        assert opened["127.0.0.1"] == STREAMS_OF_ONE - 1
        opened["others"] = STREAMS
        assert (await asking.get("/events")).status_code == 429


async def test_streams_end_at_once_when_the_service_stops() -> None:
    board = Board()
    events = follow(feed(board), None)
    await until(events, "alive")
    waiting = asyncio.create_task(until(events, "closing"))
    await asyncio.sleep(0)
    board.changes.close()
    await waiting
    with pytest.raises(StopAsyncIteration):
        await anext(events)


async def test_a_stream_whose_view_cannot_be_read_ends_with_a_word_and_not_with_a_stack_trace() -> None:
    board = Board()

    def since(change: int, most: int) -> list[live.Changed]:
        if change:
            raise OperationalError("SELECT", {}, Exception("disk"))
        return board.since(change, most)

    events = follow(live.Feed(watched=board, snapshot=board.snapshot, since=since), None)
    await until(events, "alive")
    board.write("a", "1")
    await until(events, "changed")
    board.write("b", "2")
    assert (await until(events, "closing")).data["reason"]


async def test_a_database_that_answers_slowly_keeps_no_other_request_waiting() -> None:
    board, threads = Board(), set[int]()

    def facts() -> dict[str, Any]:
        threads.add(threading.get_ident())
        return {}

    def since(change: int, most: int) -> list[live.Changed]:
        threads.add(threading.get_ident())
        return board.since(change, most)

    events = follow(live.Feed(watched=board, snapshot=board.snapshot, since=since, facts=facts), None)
    await until(events, "alive")
    board.write("a", "1")
    await until(events, "changed")
    assert threading.get_ident() not in threads
