"""An application with one live stream; `python -m support.streaming PORT ROWS ROW_BYTES` serves it."""

import sys
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header
from fastapi.sse import EventSourceResponse, ServerSentEvent
from support.web import StillView
from talaia.stream.views.changes import Changes
from talaia.web.access import GuardedRoute, access, anyone
from talaia.web.app import create_app
from talaia.web.live import Changed, Feed, a_stream, follow
from talaia.web.serve import serve


class Board(StillView):
    """A view of some rows, each of which is as it was last written, in the order of their changes; "" is over."""

    view_id = "board1"

    def __init__(self) -> None:
        super().__init__()
        self.changes = Changes()
        self.rows: dict[str, tuple[int, str]] = {}

    def write(self, name: str, value: str) -> None:
        """Commit one row."""
        change = self.changes.latest + 1
        self.rows.pop(name, None)
        self.rows[name] = change, value
        self.changes.rise(change)

    def skip(self) -> None:
        """Commit something that no stream shows."""
        self.changes.rise(self.changes.latest + 1)

    def rebuild(self, rows: dict[str, str]) -> None:
        """Other rows stand here from now on, with changes of their own."""
        self.view_id = f"re{self.view_id}"
        self.rows = {name: (change, value) for change, (name, value) in enumerate(rows.items(), 1)}
        self.changes.begin(len(rows))

    def snapshot(self, change: int, most: int) -> list[Changed]:
        return list(islice((row for row in self._after(change) if "" not in row.data.values()), most))

    def since(self, change: int, most: int) -> list[Changed]:
        return list(islice(self._after(change), most))

    def _after(self, change: int) -> Iterator[Changed]:
        return (Changed(number, {name: value}) for name, (number, value) in self.rows.items() if number > change)


def feed(board: Board, slow_s: float = 30.0) -> Feed:
    return Feed(watched=board, snapshot=board.snapshot, since=board.since, facts=lambda: {"feeds": []}, slow_s=slow_s)


def streaming(board: Board, slow_s: float = 30.0) -> FastAPI:
    router = APIRouter(dependencies=[anyone()], route_class=GuardedRoute)

    @router.get("/events", response_class=EventSourceResponse, dependencies=[a_stream()])
    async def events(last_event_id: Annotated[str | None, Header()] = None) -> AsyncIterator[ServerSentEvent]:
        async for event in follow(feed(board, slow_s), last_event_id):
            yield event

    rights = access("127.0.0.1", None)
    return create_app(title="Board", version="1", access=rights, shown=board, routers=[router], slow_s=slow_s)


if __name__ == "__main__":
    board = Board()
    for number in range(int(sys.argv[2])):
        board.write(str(number), "x" * int(sys.argv[3]))
    serve(streaming(board, slow_s=1.0), "127.0.0.1", int(sys.argv[1]), stopping=board.changes.close)
