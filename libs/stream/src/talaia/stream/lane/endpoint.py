"""A worker's `/metrics` and `/healthz`, in a thread of its own."""

import json
import logging
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app
from prometheus_client.exposition import ThreadingWSGIServer

from talaia.stream.stopping import Stop

log = logging.getLogger(__name__)

Health = Callable[[], tuple[bool, dict[str, Any]]]


class _Quiet(WSGIRequestHandler):
    timeout = 10  # seconds; who connects and says nothing is hung up on

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing about each request."""


def serve(port: int, registry: CollectorRegistry, health: Health) -> int:
    """Answer on all addresses; returns the port. health: whether all is well, and what to tell. Raises Stop."""
    metrics: Callable[[dict[str, Any], Any], Iterable[bytes]] = make_wsgi_app(registry)

    def answer(environment: dict[str, Any], start: Any) -> Iterable[bytes]:
        match environment["PATH_INFO"]:
            case "/metrics":
                return metrics(environment, start)
            case "/healthz":
                well, facts = health()
                start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
                return [json.dumps(facts).encode()]
        start("404 Not Found", [("Content-Type", "text/plain")])
        return [b"/metrics or /healthz"]

    try:
        server = make_server("", port, answer, ThreadingWSGIServer, _Quiet)
    except OSError as error:
        raise Stop(f"port {port} for metrics cannot be used ({error.strerror}): set TALAIA_METRICS_PORT to a free one") from None
    threading.Thread(target=server.serve_forever, name="metrics", daemon=True).start()
    return server.server_port
