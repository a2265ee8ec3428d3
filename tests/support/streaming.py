"""An application with one live stream, and other ways to bring and to get much.

`python -m support.streaming PORT ROWS ROW_BYTES` serves it; who waits there is waited for 2 s, who reads 1 s.
"""

import sys
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, FastAPI, Header, Request, Response
from fastapi.responses import StreamingResponse
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


def streaming(board: Board, slow_s: float = 30.0, body_s: float = 30.0) -> FastAPI:
    router = APIRouter(dependencies=[anyone()], route_class=GuardedRoute)

    @router.get("/events", response_class=EventSourceResponse, dependencies=[a_stream()])
    async def events(last_event_id: Annotated[str | None, Header()] = None) -> AsyncIterator[ServerSentEvent]:
        async for event in follow(feed(board, slow_s), last_event_id):
            yield event

    @router.get("/rows")
    async def rows() -> StreamingResponse:
        return StreamingResponse((value for _, value in board.rows.values()), media_type="application/x-ndjson")

    @router.get("/whole")
    async def whole() -> Response:
        return Response("".join(value for _, value in board.rows.values()), media_type="text/plain")

    @router.post("/brought")
    async def brought(request: Request) -> int:
        return len(await request.body())

    rights = access("127.0.0.1", None)
    return create_app(title="Board", version="1", access=rights, shown=board, routers=[router], body_s=body_s)


if __name__ == "__main__":
    board = Board()
    for number in range(int(sys.argv[2])):
        board.write(str(number), "x" * int(sys.argv[3]))
    app = streaming(board, slow_s=1.0, body_s=2.0)
    serve(app, "127.0.0.1", int(sys.argv[1]), stopping=board.changes.close, request_s=2.0, unread_s=1.0)
