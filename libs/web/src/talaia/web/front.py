"""What every answer has and every request must be, before any route: headers, the age of the view, host, origin, body."""

import hashlib
import logging
import time
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from talaia.stream.views.view import Age
from talaia.web.body import Body
from talaia.web.metrics import HttpMetrics
from talaia.web.problem import Problem

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "private, no-cache",
    "Vary": "Authorization, Cookie, X-API-Key",
}
_log = logging.getLogger(__name__)
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_PORTS = {"http": 80, "https": 443}
_OF_PROXIES = frozenset({"forwarded", "via", "x-real-ip"})


class Front:
    """Stands before a whole application, its error answers included.

    hosts: names it may be called by, None for any: a page elsewhere whose name resolves to this machine is refused.
    public_url: where browsers find it, if that is known. body_s: what comes with a request must have come after so long.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        age: Callable[[], Age],
        marks: dict[str, str],
        hosts: Collection[str] | None,
        public_url: str,
        body_limit_bytes: int,
        body_s: float,
        metrics: HttpMetrics,
    ) -> None:
        self._app = app
        self._age = age
        self._headers = SECURITY_HEADERS | marks
        self._hosts = hosts
        self._public = _origin(public_url)
        self._body_limit_bytes = body_limit_bytes
        self._body_s = body_s
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answer = _Answer(send, self._with_headers, _conditional(scope))
        body = Body(receive, headers, self._body_limit_bytes, self._body_s)
        started = time.perf_counter()
        refusal = self._refusal(scope["method"], headers)
        try:
            await (self._app if refusal is None else refusal.response())(scope, body, answer)
        except Exception as error:
            # FastAPI's live streams end with a group of errors when their client leaves before it has read everything
            if body.is_refused:
                _log.warning("an answer was cut: its client brings too much, or too slowly")
            elif not (body.has_left and isinstance(error, ExceptionGroup)):
                raise
        finally:
            seconds = None if answer.is_stream else time.perf_counter() - started
            self._metrics.answered(scope["method"], getattr(scope.get("route"), "path", "none"), answer.status, seconds)

    def _refusal(self, method: str, headers: Headers) -> Problem | None:
        host = headers.get("host", "")
        if self._hosts is not None and _name(host) not in self._hosts:
            return Problem(421, "wrong_host", "Without keys this is open by the names localhost and 127.0.0.1 only.")
        if self._hosts is not None and any(map(_is_of_a_proxy, headers)):
            detail = "Without keys this is for its own machine alone, and a proxy passed this on: set a key file or a login."
            return Problem(403, "behind_proxy", detail)
        origin = headers.get("origin")
        if method not in _SAFE and origin is not None and not self._is_ours(origin, host):
            return Problem(403, "foreign_origin", "A page of another origin may not write here.")
        return None

    def _is_ours(self, origin: str, host: str) -> bool:
        """A proxy may call us by another name than the browser does."""
        return _netloc(origin) == host or _origin(origin) == self._public != ()

    def _with_headers(self, headers: MutableHeaders) -> None:
        for name, value in self._headers.items():
            headers.setdefault(name, value)
        age = self._age()
        headers["Talaia-As-Of"] = "never" if age.as_of is None else age.as_of.isoformat()
        headers["Talaia-Lag"] = f"{age.lag_s:.1f}"


class _Answer:
    """Sends an answer on; a JSON one in a single piece gets its ETag, and 304 when the asker has it already."""

    def __init__(self, send: Send, with_headers: Callable[[MutableHeaders], None], known: str | None) -> None:
        self._send = send
        self._with_headers = with_headers
        self._known = known
        self._held: Message | None = None
        self.status = 500
        self.is_stream = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            self._with_headers(headers)
            self.status = message["status"]
            self.is_stream = headers.get("content-type", "").startswith("text/event-stream")
            if self._known is not None and message["status"] == 200 and headers.get("content-type") == "application/json":
                self._held = message
                return
        elif self._held is not None:
            start, self._held = self._held, None
            if not message.get("more_body", False):
                message = self._tagged(start, message)
            await self._send(start)
        await self._send(message)

    def _tagged(self, start: Message, message: Message) -> Message:
        tag = f'"{hashlib.sha256(message["body"]).hexdigest()[:32]}"'
        headers = MutableHeaders(scope=start)
        headers["ETag"] = tag
        offered = [candidate.strip().removeprefix("W/") for candidate in (self._known or "").split(",")]
        if tag not in offered and "*" not in offered:
            return message
        self.status = start["status"] = 304
        del headers["content-length"]
        return {"type": message["type"], "body": b""}


def _conditional(scope: Scope) -> str | None:
    """The request's If-None-Match, empty without one; None when it is not a GET."""
    return Headers(scope=scope).get("if-none-match", "") if scope["method"] == "GET" else None


def _name(host: str) -> str:
    """A Host header without its port."""
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host


def _netloc(origin: str) -> str:
    """Host and port of an Origin header; empty when it is none."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _origin(url: str) -> tuple[()] | tuple[str, str, int | None]:
    """Scheme, host and port; empty when it is no address of a page."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme)
    except ValueError:
        return ()
    return (parts.scheme, parts.hostname, port) if parts.hostname else ()


def _is_of_a_proxy(header: str) -> bool:
    return header in _OF_PROXIES or header.startswith("x-forwarded-")
