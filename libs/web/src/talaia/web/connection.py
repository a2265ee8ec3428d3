"""One connection: how long it may wait, and how many may be open. uvicorn itself waits without end and counts nobody.

When an address has its share, or all together are as many as may be, a new connection takes the place of the one that has
waited longest for a request. So who opens them and says nothing takes nothing from others, and a health check gets in.
"""

import asyncio
import logging
import resource
from collections.abc import Sequence
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from talaia.web.address import is_among, network

MOST = 2_000
"""Connections in all, if the process may have as many files: four times the live streams."""
_SPARE_FILES = 256
_SHARE = 4
"""One address, which is no named proxy, has at most one in so many."""
_READ_BYTES = 65_536
_log = logging.getLogger(__name__)


class Config(uvicorn.Config):
    """What uvicorn is told, and what it does not know.

    request_s: the head of a request must have come after so long, however it trickles. unread_s: in this time a client takes
    64 KiB of its answer, or the rest.
    """

    def __init__(self, app: ASGIApp, *, proxies: Sequence[str], request_s: float, unread_s: float, **more: Any) -> None:
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if files == resource.RLIM_INFINITY:
            files = MOST + _SPARE_FILES
        spare = min(_SPARE_FILES, files // 2)
        # asyncio takes so many at once before a protocol hears of the first, and closes none before its third round
        super().__init__(app, http=Connection, backlog=max(spare // 8, 1), **more)
        self.most = min(MOST, files - spare)
        self.proxies = proxies
        self.request_s = request_s
        self.unread_s = unread_s


class Connection(H11Protocol):
    """One connection, from its beginning to its end. network: where it comes from."""

    config: Config

    def __init__(
        self,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.network = ""
        self._waits: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        host = self.client[0] if self.client is not None else ""
        self.network = network(host)
        self._wait()
        self._make_room(host)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        super().connection_lost(exc)
        self._waits = _ended(self._waits)
        self._unread = _ended(self._unread)

    def handle_events(self) -> None:
        """Something came."""
        answered = self.cycle
        super().handle_events()
        if self.cycle is not answered:
            self._waits = _ended(self._waits)

    def on_response_complete(self) -> None:
        """A request has its answer, so the next one is waited for, though part of the last may still come."""
        self._wait()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """The client does not read as fast as it is answered."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """It has read nearly everything."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._unread = _ended(self._unread)

    def _wait(self) -> None:
        self._waits = self.loop.call_later(self.config.request_s, self._overdue)

    def _overdue(self) -> None:
        self.timeout_keep_alive_handler()  # ends when all is read
        if self._unread is None:
            self._watch()

    def _watch(self) -> None:
        unread_bytes = self.transport.get_write_buffer_size()
        self._unread = self.loop.call_later(self.config.unread_s, self._still_unread, unread_bytes)

    def _still_unread(self, before_bytes: int) -> None:
        if self.transport.get_write_buffer_size() > max(before_bytes - _READ_BYTES, 0):
            _log.warning("a connection was cut: its client does not read")
            self.transport.abort()
        else:
            self._watch()

    def _make_room(self, host: str) -> None:
        every = [each for each in self.connections if isinstance(each, Connection)]
        own = [each for each in every if each.network == self.network]
        if len(own) > self.config.most // _SHARE and not is_among(host, self.config.proxies):
            _end_longest_waiting(own)
        elif len(every) > self.config.most:
            _end_longest_waiting(every)


def _end_longest_waiting(crowd: Sequence[Connection]) -> None:
    """If all others are at work, that is the newest itself."""
    _, longest = min(((each._waits.when(), id(each)), each) for each in crowd if each._waits is not None)
    longest.connections.discard(longest)
    longest.transport.abort()


def _ended(timer: asyncio.TimerHandle | None) -> asyncio.TimerHandle | None:
    """No timer any more."""
    if timer is not None:
        timer.cancel()
    return None
