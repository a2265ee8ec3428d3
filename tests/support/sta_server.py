"""A SensorThings server for tests: real HTTP, pages with links, the oldest first; what it answers may be spoilt."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from aiohttp import encode_basic_auth, web
from aiohttp.test_utils import TestServer

PAGE = 50


class StaServer:
    """Observations by datastream (`42`, `'rain'`), as they are added; extra: put before all others, as they are.

    page: observations on one. broken: a datastream of which no answer comes to its end.
    """

    def __init__(self, password: str = "") -> None:
        self.observations: dict[str, list[dict[str, Any]]] = {}
        self.extra: list[Any] = []
        self.instead: web.Response | None = None
        self.broken = ""
        self.page = PAGE
        self.asked = 0
        self.url = ""
        self._password = password

    def add(self, datastream: str, at: datetime, result: Any, start: datetime | None = None, **more: Any) -> None:
        """One observation, of an interval where it has a start."""
        span = at.isoformat() if start is None else f"{start.isoformat()}/{at.isoformat()}"
        told = {"@iot.id": len(self.observations.get(datastream, ())), "phenomenonTime": span, "result": result}
        self.observations.setdefault(datastream, []).append(told | more)

    async def answer(self, request: web.Request) -> web.Response:
        """A page of a datastream."""
        self.asked += 1
        if self._password and request.headers.get("authorization") != encode_basic_auth("reader", self._password):
            return web.Response(status=401)
        if self.instead is not None:
            return web.Response(status=self.instead.status, body=self.instead.body, headers=self.instead.headers)
        named = request.match_info["key"]
        if named == self.broken and request.transport is not None:
            request.transport.close()
        if named not in self.observations:
            return web.Response(status=404)
        assert request.query["$orderby"] == "phenomenonTime asc"
        since = datetime.fromisoformat(request.query["$filter"].removeprefix("phenomenonTime ge "))
        skip, size = int(request.query.get("$skip", 0)), min(int(request.query["$top"]), self.page)
        found = sorted((each for each in self.observations[named] if _end(each) >= since), key=_end)
        page: dict[str, Any] = {"value": self.extra * (skip == 0) + found[skip : skip + size]}
        if skip + size < len(found):
            page["@iot.nextLink"] = str(request.url.update_query({"$skip": str(skip + size)}))
        return web.Response(body=json.dumps(page), content_type="application/json")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StaServer"]:
        """As long as it answers; `url` says where."""
        application = web.Application()
        application.router.add_get("/v1.1/Datastreams({key})/Observations", self.answer)
        async with TestServer(application) as server:
            self.url = str(server.make_url("/v1.1"))
            yield self


def _end(observation: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(observation["phenomenonTime"].rpartition("/")[2])
