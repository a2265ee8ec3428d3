from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError
from support.hostile import BODIES, Body
from support.web import application, client
from talaia.stream.unavailable import BusUnavailable
from talaia.web.access import GuardedRoute, anyone
from talaia.web.problem import MEDIA_TYPE, declared

router = APIRouter(dependencies=[anyone()], route_class=GuardedRoute, responses=declared(503))


class Thing(BaseModel):
    size: int


@router.post("/things")
async def put(thing: Thing) -> Thing:
    return thing


@router.put("/things")
async def put_all() -> None:
    """Another method at the same address."""


@router.get("/things/{number}")
async def get(number: int, limit: Annotated[int, Query(ge=1)] = 1) -> Thing:
    return Thing(size=number + limit)


@router.get("/fails")
async def fails() -> Thing:
    raise RuntimeError("the password is 1234")


@router.get("/no-bus")
async def no_bus() -> Thing:
    raise BusUnavailable("broker at secret-host:9092 does not answer")


@router.get("/no-database")
async def no_database() -> Thing:
    raise OperationalError("SELECT secret", {}, Exception("disk"))


@pytest.fixture
async def asking() -> AsyncIterator[httpx.AsyncClient]:
    async with client(application(router)) as asking:
        yield asking


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    assert (answer.status_code, answer.headers["content-type"]) == (status, MEDIA_TYPE), answer.text
    says: dict[str, object] = answer.json()
    assert (says["status"], says["code"], says["type"]) == (status, code, f"urn:talaia:problem:{code}")
    return says


async def test_an_unknown_address_is_a_problem_answer(asking: httpx.AsyncClient) -> None:
    problem(await asking.get("/nothing"), 404, "not_found")


async def test_a_method_that_is_not_there_is_a_problem_answer_that_names_those_that_are(asking: httpx.AsyncClient) -> None:
    answer = await asking.delete("/things")
    problem(answer, 405, "method_not_allowed")
    assert answer.headers["allow"] == "POST, PUT"


async def test_a_wrong_request_is_told_each_fault_and_where(asking: httpx.AsyncClient) -> None:
    says = problem(await asking.get("/things/abc", params={"limit": 0}), 422, "invalid")
    assert [fault["where"] for fault in says["faults"]] == ["path/number", "query/limit"]  # type: ignore[attr-defined]


async def test_what_was_sent_is_not_sent_back_in_a_problem(asking: httpx.AsyncClient) -> None:
    answer = await asking.post("/things", json={"size": "my secret"})
    problem(answer, 422, "invalid")
    assert "my secret" not in answer.text


async def test_a_fault_of_ours_shows_neither_its_text_nor_a_stack_trace(asking: httpx.AsyncClient) -> None:
    answer = await asking.get("/fails")
    problem(answer, 500, "internal")
    assert "1234" not in answer.text
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("path", "code"), [("/no-bus", "bus_unavailable"), ("/no-database", "view_unavailable")])
async def test_what_is_away_is_said_without_addresses_and_with_a_time_to_come_back(
    asking: httpx.AsyncClient, path: str, code: str
) -> None:
    answer = await asking.get(path)
    problem(answer, 503, code)
    assert answer.headers["retry-after"] == "5"
    assert "secret" not in answer.text


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
async def test_a_hostile_body_gets_a_problem_answer_and_the_next_request_is_served(asking: httpx.AsyncClient, body: Body) -> None:
    headers = {} if body.content_type is None else {"content-type": body.content_type}
    answer = await asking.post("/things", content=body.content, headers=headers)
    assert 400 <= answer.status_code < 500
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert (await asking.post("/things", json={"size": 1})).json() == {"size": 1}


async def test_a_body_that_hides_its_length_is_counted_while_it_comes(asking: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100_000
            yield b"1" * 100_000

    answer = await asking.post("/things", content=endless(), headers={"content-type": "application/json"})
    problem(answer, 413, "body_too_large")
    assert sent < 5_000_000


async def test_the_document_declares_problems_and_no_other_error_format(asking: httpx.AsyncClient) -> None:
    document = (await asking.get("/openapi.json")).json()
    assert "HTTPValidationError" not in document["components"]["schemas"]
    for operations in document["paths"].values():
        for operation in operations.values():
            errors = [says for status, says in operation["responses"].items() if status >= "400"]
            assert all(set(says["content"]) <= {MEDIA_TYPE, "application/json"} for says in errors)
    assert set(document["paths"]["/things"]["post"]["responses"]) == {"200", "400", "403", "408", "413", "415", "422", "503"}
