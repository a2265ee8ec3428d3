from datetime import UTC, datetime

import pytest
from fastapi import APIRouter
from pydantic import BaseModel
from support.web import application, client
from talaia.web.access import GuardedRoute, anyone
from talaia.web.when import When

router = APIRouter(route_class=GuardedRoute)


class Asked(BaseModel):
    since: datetime | None


@router.get("/since", dependencies=[anyone()])
async def since(since: When | None = None) -> Asked:
    return Asked(since=since)


@pytest.mark.parametrize("written", ["2026-03-01T02:10:00Z", "2026-03-01t02:10:00.000z", "2026-03-01 03:10:00+01:00"])
async def test_a_moment_is_written_with_its_zone(written: str) -> None:
    async with client(application(router)) as asking:
        answer = await asking.get("/since", params={"since": written})
        assert datetime.fromisoformat(answer.json()["since"]) == datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
        document = (await asking.get("/openapi.json")).json()
    (parameter,) = document["paths"]["/since"]["get"]["parameters"]
    assert {"type": "string", "format": "date-time"} in parameter["schema"]["anyOf"]


@pytest.mark.parametrize("written", ["", "0.5", "1772331000", "2026-03-01", "2026-03-01T02:10:00", "2026-13-01T02:10:00Z", "now"])
async def test_a_number_or_a_time_without_zone_is_no_moment(written: str) -> None:
    async with client(application(router)) as asking:
        answer = await asking.get("/since", params={"since": written})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
