"""A program that subscribed: takes webhooks over real HTTP, verifies them with the stock library, and may behave badly."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from standardwebhooks import Webhook
from talaia.cli.kafka.node import free_port


class Taken(NamedTuple):
    """A delivery that was answered with 200. at_s: monotonic; said: its body."""

    webhook_id: str
    at_s: float
    said: dict[str, Any]


class Receiver:
    """answers: the status of its n-th request; slow_s: how long it takes before it answers."""

    def __init__(self, answers: Callable[[int], int] = lambda _: 200, slow_s: float = 0) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook"
        self.answers = answers
        self.slow_s = slow_s
        self.secret = ""
        self.taken: list[Taken] = []
        self.requests: list[str] = []
        self.hurried = threading.Event()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None

    def start(self) -> "Receiver":
        """Listen."""
        self._server = ThreadingHTTPServer(("127.0.0.1", self.port), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def stop(self) -> None:
        """Be gone."""
        self.hurried.set()
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def ids(self) -> list[str]:
        """Changes in the order in which they were taken."""
        return [each.said["id"] for each in self.taken]

    def take(self, headers: dict[str, str], body: bytes) -> int:
        """What it answers. Fails the delivery when its signature is wrong."""
        said = Webhook(self.secret).verify(body, headers)
        self.hurried.wait(self.slow_s)
        with self._lock:
            status = self.answers(len(self.requests))
            self.requests.append(headers["webhook-id"])
            if status == 200:
                self.taken.append(Taken(headers["webhook-id"], time.monotonic(), said))
        return status

    def _handler(receiver) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(status)
                self.send_header("location", receiver.url)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        return Handler


def out_of_order(receiver: Receiver) -> list[str]:
    """Alarms of which a change was told before an older one, or twice."""
    newest: dict[str, int] = {}
    wrong = []
    for each in receiver.taken:
        alarm = each.said["data"]
        if alarm["version"] <= newest.get(alarm["alarm_id"], 0):
            wrong.append(f"{alarm['alarm_id']} {alarm['version']}")
        newest[alarm["alarm_id"]] = alarm["version"]
    return wrong
