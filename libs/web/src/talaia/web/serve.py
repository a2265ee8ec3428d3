"""Runs an API until SIGTERM: live streams end at once, requests in flight get their answers."""

import os
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from talaia.stream.host_port import HostPort
from talaia.web.address import PROXIES, proxies
from talaia.web.connection import Config
from talaia.web.refused import Refused

STOP_SECONDS = 5
_QUEUE = 128


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, stopping: Callable[[], None]) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            listener.listen(_QUEUE)  # more may wait to be taken than are taken at once

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping()
        await super().shutdown(sockets)


def serve(
    app: ASGIApp, host: str, port: int, stopping: Callable[[], None], *, request_s: float = 10.0, unread_s: float = 30.0
) -> None:
    """Listen on host and port until SIGTERM or SIGINT. stopping: ends the live streams. Raises Refused.

    request_s, unread_s: see `connection.Config`.
    """
    believed = proxies(os.environ.get(PROXIES, ""))  # by default uvicorn would believe whoever asks from this machine
    config = Config(
        app,
        proxies=believed,
        request_s=request_s,
        unread_s=unread_s,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(believed),
        forwarded_allow_ips=believed,
        timeout_graceful_shutdown=STOP_SECONDS,
    )
    with listen(host, port) as listener:
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again when it is done
            signal.signal(number, lambda _number, _frame: sys.exit(0))
        _Server(config, stopping).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A socket that an application can be served on. Raises Refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio sends at once only what it knows to be TCP; else an answer on a kept connection waits 40 ms for an acknowledgement
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise Refused(
            f"{HostPort(host, port)} cannot be listened on ({error.strerror}): stop what uses it, or choose another port."
        ) from None
    return listener
