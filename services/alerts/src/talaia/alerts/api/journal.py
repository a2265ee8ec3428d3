"""The journal: read in pages, or exported line by line with its chain of hashes."""

from itertools import chain
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from talaia.alerts.api.answers import JournalEntry
from talaia.alerts.api.desk import AtDesk
from talaia.alerts.view import queries
from talaia.alerts.view.queries import Moment
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, require
from talaia.web.csv_lines import A_TABLE, csv_line, streamed
from talaia.web.live import a_stream
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared
from talaia.web.view_app import Reading

NDJSON = "application/x-ndjson"
COLUMNS = (
    *("area", "number", "at", "region", "event", "from", "to", "alarm_id", "condition_id", "kind", "position", "priority"),
    *("activation_id", "incident_id", "announced", "silent", "refused", "answer", "notes", "verdict", "who", "text"),
    *("cause_type", "cause_id", "policy", "id"),
)
router = APIRouter(prefix="/v1", tags=["journal"], dependencies=[require(Role.VIEWER)], route_class=GuardedRoute)
Area = Annotated[str | None, Query(max_length=200)]


@router.get("/journal", responses=declared(404))
def journal(
    session: Reading,
    page: Annotated[Paging, paged(int, int, str)],
    area: Area = None,
    alarm: Annotated[str | None, Query(max_length=200)] = None,
) -> PageOf[JournalEntry]:
    """Entries, newest first."""
    after = None if page.after is None else Moment(*page.after)
    rows = queries.journal(session, page.limit + 1, after, area=area, alarm_id=alarm)
    return page.page(rows, item=JournalEntry.of, key=Moment.of)


@router.get("/journal.csv", response_class=StreamingResponse, dependencies=[a_stream()], responses=A_TABLE)
def table(desk: AtDesk, area: Area = None) -> StreamingResponse:
    """All of it as a table, oldest first, area by area; for the chain of hashes take `journal.ndjson`."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    entries = (decode(line) for lines in queries.chain(desk.view.session, area) for line in lines)
    rows = (csv_line(_cell(entry.get(column)) for column in COLUMNS) for entry in entries)
    return streamed(chain([csv_line(COLUMNS)], rows))


def _cell(value: object) -> object:
    return " ".join(map(str, value)) if isinstance(value, list) else value


@router.get(
    "/journal.ndjson",
    response_class=StreamingResponse,
    dependencies=[a_stream()],
    responses={200: {"content": {NDJSON: {"schema": {"type": "string"}}}}},
)
def export(desk: AtDesk, area: Area = None) -> StreamingResponse:
    """All of it, oldest first, area by area; `previous` is the SHA-256 of the area's line before, without its newline."""

    parts = ("".join(f"{line}\n" for line in lines) for lines in queries.chain(desk.view.session, area))
    return StreamingResponse(parts, media_type=NDJSON)
