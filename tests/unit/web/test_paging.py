import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import pytest
from fastapi import APIRouter
from hypothesis import given
from hypothesis import strategies as st
from support.web import application, client
from talaia.web.access import GuardedRoute, anyone
from talaia.web.paging import PageOf, Paging, paged

FIRST = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = [(FIRST + timedelta(minutes=number // 3), f"site\u00a0{number:02}\u200b") for number in range(50)]
"""Of names with signs that are not seen."""
router = APIRouter(dependencies=[anyone()], route_class=GuardedRoute)


@router.get("/rows")
async def rows(page: Annotated[Paging, paged(datetime, str)]) -> PageOf[str]:
    left = [row for row in ROWS if page.after is None or row > page.after]
    return page.page(left[: page.limit + 1], lambda row: row[1], lambda row: row)


app = application(router)


@given(limit=st.integers(1, 60))
async def test_pages_of_any_size_give_every_row_once_and_in_order(limit: int) -> None:
    found: list[str] = []
    cursor: dict[str, str] = {}
    async with client(app) as asking:
        for _ in range(len(ROWS) + 1):
            page = (await asking.get("/rows", params={"limit": str(limit)} | cursor)).json()
            assert len(page["items"]) <= limit
            found += page["items"]
            if page["next"] is None:
                break
            cursor = {"cursor": page["next"]}
    assert found == [name for _, name in ROWS]


@pytest.mark.parametrize("limit", ["0", "501", "-1", "many", "1e3", "9" * 400])
async def test_a_page_has_1_to_500_rows(limit: str) -> None:
    async with client(app) as asking:
        assert (await asking.get("/rows", params={"limit": limit})).status_code == 422


def _forged(key: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


@pytest.mark.parametrize(
    "cursor",
    [
        "x",
        "ñ",
        _forged(None),
        _forged({}),
        _forged([]),
        _forged(["2026-01-01T00:00:00+00:00"]),
        _forged(["2026-01-01T00:00:00", "a"]),
        _forged([1, "a"]),
        _forged(["2026-01-01T00:00:00+00:00", 2]),
        _forged(["2026-01-01T00:00:00+00:00", "\ud800"]),
        _forged(["2026-01-01T00:00:00+00:00", "a\x00"]),
        _forged([[[[]]]]),
    ],
)
async def test_a_cursor_of_another_list_is_a_problem_answer(cursor: str) -> None:
    async with client(app) as asking:
        answer = await asking.get("/rows", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (404, "unknown_cursor")
