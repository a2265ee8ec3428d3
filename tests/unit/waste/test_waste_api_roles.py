"""Who may do what with the waste API: every route, every role."""

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from support.waste_api import city, waste_api
from support.web import client
from talaia.contracts.vocabulary import Role
from talaia.web.access import needs

ROUTES: dict[tuple[str, str], Role | None] = {
    ("GET", "/healthz"): None,
    ("GET", "/readyz"): None,
    ("GET", "/openapi.json"): None,
    ("GET", "/metrics"): Role.VIEWER,
    ("GET", "/v1/sites"): Role.VIEWER,
    ("GET", "/v1/sites/{site}"): Role.VIEWER,
    ("GET", "/v1/sites/{site}/measurements"): Role.VIEWER,
    ("GET", "/v1/sites/{site}/forecast"): Role.VIEWER,
    ("GET", "/v1/forecasts"): Role.VIEWER,
    ("GET", "/v1/summary"): Role.VIEWER,
    ("POST", "/v1/measurements"): Role.OPERATOR,
}


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    folder: Path = tmp_path_factory.mktemp("waste")
    keys = folder / "keys"
    keys.write_text("\n".join(f"{role}-1 {role} {hashlib.sha256(role.encode()).hexdigest()}" for role in Role))
    return waste_api(f"sqlite:///{folder}/view.sqlite", city(), keys)[0]


@pytest.fixture
async def asking(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(app) as asking:
        yield asking


def test_the_table_of_this_test_names_every_route(app: FastAPI) -> None:
    assert {route: need.role for route, need in needs(app).items()} == ROUTES


@pytest.mark.parametrize("held", [None, *Role], ids=lambda held: held or "nobody")
@pytest.mark.parametrize(("method", "path"), ROUTES, ids=lambda part: part)
async def test_a_route_serves_its_role_and_those_above_and_nobody_else(
    asking: httpx.AsyncClient, method: str, path: str, held: Role | None
) -> None:
    order, needed = list(Role), ROUTES[method, path]
    answer = await asking.request(
        method, path.format(site="T1"), json=[] if method == "POST" else None, headers={} if held is None else {"x-api-key": held}
    )
    if needed is None or (held is not None and order.index(held) >= order.index(needed)):
        assert answer.status_code in {200, 202, 503}
    else:
        assert answer.status_code == (401 if held is None else 403)
