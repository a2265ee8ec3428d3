import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from support.web import AS_OF, StillView, application, client
from talaia.web.access import GuardedRoute, anyone
from talaia.web.front import SECURITY_HEADERS

router = APIRouter(dependencies=[anyone()], route_class=GuardedRoute)


class Thing(BaseModel):
    size: int


@router.get("/thing")
async def thing(size: int = 1) -> Thing:
    return Thing(size=size)


@pytest.mark.parametrize("path", ["/thing", "/healthz", "/readyz", "/metrics", "/openapi.json", "/nothing", "/thing?size=x"])
async def test_every_answer_has_the_security_headers_and_the_age_of_the_view(path: str) -> None:
    async with client(application(router)) as asking:
        headers = (await asking.get(path)).headers
    assert {name: headers[name] for name in SECURITY_HEADERS} == SECURITY_HEADERS
    assert (headers["talaia-as-of"], headers["talaia-lag"]) == (AS_OF.isoformat(), "1.5")


async def test_an_empty_view_says_that_it_never_had_a_time() -> None:
    async with client(application(router, view=StillView(as_of=None))) as asking:
        assert (await asking.get("/thing")).headers["talaia-as-of"] == "never"


async def test_who_has_the_newest_answer_gets_304_even_when_the_view_aged() -> None:
    async with client(application(router)) as asking:
        tag = (await asking.get("/thing")).headers["etag"]
    async with client(application(router, view=StillView(as_of=None))) as asking:
        again = await asking.get("/thing", headers={"if-none-match": f'"other", W/{tag}'})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["talaia-as-of"] == "never"
        other = await asking.get("/thing?size=2", headers={"if-none-match": tag})
        assert (other.status_code, other.json()) == (200, {"size": 2})


async def test_problems_have_no_etag() -> None:
    async with client(application(router)) as asking:
        assert "etag" not in (await asking.get("/nothing")).headers


async def test_a_view_that_cannot_be_shown_is_not_ready_and_says_why() -> None:
    async with client(application(router, view=StillView(reason="no database"))) as asking:
        answer = await asking.get("/readyz")
        assert (answer.status_code, answer.json()["ready"], answer.json()["reason"]) == (503, False, "no database")
        assert (await asking.get("/healthz")).status_code == 200


async def test_metrics_count_answers_by_route_and_never_by_what_was_asked() -> None:
    async with client(application(router)) as asking:
        await asking.get("/thing?size=7")
        await asking.get("/attack/1234")
        await asking.request("BREW", "/thing")
        text = (await asking.get("/metrics")).text
    assert 'talaia_http_requests_total{method="GET",route="/thing",status="200"} 1.0' in text
    assert 'talaia_http_requests_total{method="GET",route="none",status="404"} 1.0' in text
    assert 'method="other"' in text
    assert "BREW" not in text
    assert "1234" not in text
    assert "talaia_view_lag_events 3.0" in text
