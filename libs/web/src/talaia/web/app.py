"""The factory of every API: health, metrics, problems, roles and headers are the same everywhere."""

from collections.abc import Sequence
from typing import Any, Protocol

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.registry import Collector
from pydantic import BaseModel
from starlette.types import ASGIApp, Lifespan

from talaia.contracts.vocabulary import Role
from talaia.stream.views.view import Age
from talaia.web import login_routes, problem
from talaia.web.access import OPEN_HEADER, Access, GuardedRoute, anyone, needs, require
from talaia.web.document import document
from talaia.web.front import Front
from talaia.web.live import Streams
from talaia.web.metrics import HttpMetrics, ViewCollector
from talaia.web.rate import Rate

BODY_LIMIT_BYTES = 256 * 1_024
REQUESTS_PER_S = 100.0
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class Shown(Protocol):
    """What an API shows: `talaia.stream.views.projection.Projection` is one."""

    def age(self) -> Age:
        """How old it is."""
        ...

    async def unready(self) -> str:
        """Why it cannot be shown; empty when it can. An old view is ready, and says its age."""
        ...


class Health(BaseModel):
    """The process answers."""

    status: str


class Readiness(BaseModel):
    """Whether requests can be served, and how far the view is. error: why the view does not go on, empty when it does."""

    ready: bool
    reason: str
    error: str
    lag_events: int | None


class Api(FastAPI):
    """A FastAPI application behind a `Front`, which also covers answers to errors of the middleware itself."""

    def __init__(
        self, access: Access, shown: Shown, body_limit_bytes: int, body_s: float, registry: CollectorRegistry, **kind: Any
    ) -> None:
        super().__init__(openapi_url=None, redirect_slashes=False, **kind)
        self._access = access
        self._shown = shown
        self._body_limit_bytes = body_limit_bytes
        self._body_s = body_s
        self._metrics = HttpMetrics(registry)
        self.state.access = access

    def build_middleware_stack(self) -> ASGIApp:
        """The front, then everything else."""
        is_open = self._access.is_open
        return Front(
            super().build_middleware_stack(),
            age=self._shown.age,
            marks={OPEN_HEADER: "loopback"} if is_open else {},
            hosts=_LOOPBACK_NAMES if is_open else None,
            public_url=self._access.public_url,
            body_limit_bytes=self._body_limit_bytes,
            body_s=self._body_s,
            metrics=self._metrics,
        )

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        if self.openapi_schema is None:
            self.openapi_schema = document(self, self._access)
        return self.openapi_schema


def create_app(
    *,
    title: str,
    version: str,
    access: Access,
    shown: Shown,
    routers: Sequence[APIRouter],
    lifespan: Lifespan[FastAPI] | None = None,
    collectors: Sequence[Collector] = (),
    body_limit_bytes: int = BODY_LIMIT_BYTES,
    requests_per_s: float = REQUESTS_PER_S,
    body_s: float = 30.0,
) -> FastAPI:
    """An API of these routers, whose route class is `GuardedRoute`. Raises Refused for a route without role.

    requests_per_s: of each who asks; body_s: see Front; collectors: what its metrics show besides.
    """
    registry = CollectorRegistry()
    for collector in (ViewCollector(shown.age), *collectors):
        registry.register(collector)
    ProcessCollector(registry=registry)
    app = Api(access, shown, body_limit_bytes, body_s, registry, title=title, version=version, lifespan=lifespan)
    app.state.rate_of_principals = Rate(requests_per_s)
    app.state.rate_of_addresses = Rate(requests_per_s)
    app.state.streams = Streams()
    app.state.body_limit_bytes = body_limit_bytes
    problem.install(app)
    for router in (_own_routes(shown, registry), *routers):
        app.include_router(router)
    if access.login is not None and access.login.has_sessions:
        login_routes.install(app, access.login)
    needs(app)
    return app


def _own_routes(shown: Shown, registry: CollectorRegistry) -> APIRouter:
    router = APIRouter(tags=["operation"], route_class=GuardedRoute)

    @router.get("/healthz", dependencies=[anyone(limited=False)])
    async def health() -> Health:
        """The process answers."""
        return Health(status="ok")

    @router.get("/readyz", dependencies=[anyone(limited=False)], responses={503: {"model": Readiness}})
    async def readiness(response: Response) -> Readiness:
        """Requests can be served: 200, else 503."""
        reason, age = await shown.unready(), shown.age()
        response.status_code = 503 if reason else 200
        return Readiness(ready=not reason, reason=reason, error=age.error, lag_events=age.lag_events)

    @router.get("/metrics", dependencies=[require(Role.VIEWER)], response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Prometheus metrics."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    @router.get("/openapi.json", dependencies=[anyone()], include_in_schema=False)
    async def openapi(request: Request) -> JSONResponse:
        return JSONResponse(request.app.openapi())

    return router
