"""How often somebody may ask."""

from pathlib import Path

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from support.web import application, client, keys_of_roles
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, anyone, require
from talaia.web.problem import Problem
from talaia.web.rate import BURST_S, Rate


class Clock:
    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


class Said(BaseModel):
    word: str = "here"


router = APIRouter(route_class=GuardedRoute)


@router.get("/guarded", dependencies=[require(Role.VIEWER)])
async def guarded() -> Said:
    return Said()


@router.get("/open", dependencies=[anyone()])
async def open_to_all() -> Said:
    return Said()


def taken(rate: Rate, who: str) -> bool:
    try:
        rate.take(who)
    except Problem:
        return False
    return True


@given(
    per_s=st.floats(0.5, 1_000),
    steps_s=st.lists(st.floats(0, 2), min_size=1, max_size=300),
)
def test_nobody_gets_more_than_a_burst_and_what_flowed_in_since_and_who_keeps_the_pace_is_never_refused(
    per_s: float, steps_s: list[float]
) -> None:
    clock = Clock()
    rate = Rate(per_s, clock=clock)
    begun_s, served = clock.now_s, 0
    for step_s in steps_s:
        clock.now_s += step_s
        served += taken(rate, "greedy")
        assert served <= max(BURST_S * per_s, 1) + (clock.now_s - begun_s) * per_s + 1e-6
    clock.now_s += 1_000
    for _ in range(50):
        clock.now_s += 1 / per_s
        assert taken(rate, "steady")


def test_who_waits_as_long_as_he_is_told_is_served() -> None:
    clock = Clock()
    rate = Rate(2.0, clock=clock)
    while taken(rate, "a"):
        pass
    with pytest.raises(Problem) as refused:
        rate.take("a")
    assert (refused.value.status, refused.value.code) == (429, "too_many_requests")
    clock.now_s += int(refused.value.headers["Retry-After"])
    assert taken(rate, "a")


def test_a_million_addresses_cost_no_more_memory_than_some_and_push_out_nobody_who_just_asked() -> None:
    clock = Clock()
    rate = Rate(1.0, most=100, clock=clock)
    while taken(rate, "busy"):
        pass
    for number in range(10_000):
        rate.take(f"address {number}")
        if number % 50 == 0:
            clock.now_s += 1
            assert taken(rate, "busy")
            assert not taken(rate, "busy")
    assert len(rate) == 100


async def test_who_asks_too_often_gets_429_and_everybody_else_an_answer(tmp_path: Path) -> None:
    app = application(router, key_file=keys_of_roles(tmp_path), requests_per_s=1 / 60)
    async with client(app) as asking:

        async def statuses(path: str, *keys: str) -> list[int]:
            return [(await asking.get(path, headers={"x-api-key": key} if key else {})).status_code for key in keys]

        assert await statuses("/guarded", "viewer", "viewer", "operator") == [200, 429, 200]
        assert await statuses("/guarded", "a guess", "another guess") == [401, 429]
        assert await statuses("/guarded", "engineer") == [200]
        assert await statuses("/open", "") == [429]
        refused = await asking.get("/open")
        assert refused.json()["code"] == "too_many_requests"
        assert 0 < int(refused.headers["retry-after"]) <= 60
        assert set(await statuses("/healthz", *[""] * 50)) == {200}


async def test_what_is_open_on_loopback_has_no_limit_and_declares_none(tmp_path: Path) -> None:
    async with client(application(router, requests_per_s=0.1)) as asking:
        assert {(await asking.get(path)).status_code for path in ("/guarded", "/open") for _ in range(20)} == {200}
        document = (await asking.get("/openapi.json")).json()
        assert "429" not in document["paths"]["/guarded"]["get"]["responses"]
    async with client(application(router, key_file=keys_of_roles(tmp_path))) as asking:
        document = (await asking.get("/openapi.json")).json()
        for path in ("/guarded", "/open"):
            assert "429" in document["paths"][path]["get"]["responses"]
        assert "429" not in document["paths"]["/healthz"]["get"]["responses"]
