"""The rationalisation register: what was decided of each kind of alarm, by whom, and what it comes to."""

from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from talaia.alerts.api.desk import AtDesk
from talaia.alerts.ingest.rationalisation import MARKS, priorities, split
from talaia.alerts.view import queries, registers
from talaia.contracts.register import Register
from talaia.contracts.vocabulary import Priority, Role
from talaia.web.access import GuardedRoute, require
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", tags=["register"], dependencies=[require(Role.VIEWER)], route_class=GuardedRoute)
YEAR = timedelta(days=365)


class KindAnswer(BaseModel):
    """One kind of alarm. entry: what was decided of it, in the words of `alarms.toml`; last_seen: when one last changed."""

    kind: str
    priority: Priority | None
    last_seen: datetime | None
    entry: dict[str, Any]


class RegisterAnswer(BaseModel):
    """The register of an area. hash: of its content, as on every entry of the journal that was judged by it."""

    area: str
    hash: str
    zone: str
    strict: bool
    decided_by: str
    valid_from: datetime
    kinds: list[KindAnswer]
    masks: list[dict[str, Any]]
    split: dict[str, float] = Field(description="share of the kinds by priority; critical ones count among the high")
    marks: dict[str, float] = Field(description="what these shares should be (ISA-18.2, EEMUA 191)")
    not_seen_in_a_year: list[str] = Field(description="kinds of which no alarm changed for 365 days")
    unrationalised: list[str] = Field(description="kinds that came without an entry")


@router.get("/register")
def register(desk: AtDesk, session: Reading, area: Annotated[str | None, Query(max_length=200)] = None) -> list[RegisterAnswer]:
    """The newest register of every area, or of one."""
    now = desk.now(queries.sources(session))
    return [_answer(each, registers.last_seen(session, each.area), now) for each in registers.registers(session, area)]


def _answer(register: Register, last_seen: dict[str, datetime], now: datetime) -> RegisterAnswer:
    found = priorities(register)
    entered = {entry.kind: entry for entry in register.kinds}
    return RegisterAnswer(
        area=register.area,
        hash=register.hash,
        zone=register.zone,
        strict=register.strict,
        decided_by=register.decided_by,
        valid_from=register.valid_from,
        kinds=[
            KindAnswer(kind=kind, priority=found.get(kind), last_seen=last_seen.get(kind), entry=msgspec.to_builtins(entry))
            for kind, entry in entered.items()
        ],
        masks=msgspec.to_builtins(register.masks),
        split=split(found),
        marks=MARKS,
        not_seen_in_a_year=sorted(kind for kind in entered if kind not in last_seen or now - last_seen[kind] > YEAR),
        unrationalised=sorted(last_seen.keys() - entered.keys()),
    )
