"""What the service said of conditions, and why: so that a reader can work it out again."""

from datetime import datetime
from typing import Annotated, Any, cast

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Priority, Role, SignalState
from talaia.waste.view import queries
from talaia.waste.view.tables import SignalRow
from talaia.web.access import GuardedRoute, require
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared, not_found
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", dependencies=[require(Role.VIEWER)], route_class=GuardedRoute, responses=declared(503))
Word = Annotated[str, Query(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]


class SignalAnswer(BaseModel):
    """A word on a condition. at: when it was said; became: what a realised one became."""

    id: str
    condition: str
    kind: str
    subject: str
    site: str
    state: SignalState
    at: datetime
    priority: Priority | None
    probability: float | None
    expected_at: datetime | None
    became: str | None


class SampleAnswer(BaseModel):
    """A reading that supports a signal. flag: QARTOD."""

    time: datetime
    value: float
    unit: str
    flag: int
    sensor: str | None = None


class ThresholdAnswer(BaseModel):
    """A limit of the rule."""

    name: str
    value: float
    unit: str


class ExpectationAnswer(BaseModel):
    """A point of the forecast. low, high: four of five values fall between, null while that is not known."""

    time: datetime
    value: float
    unit: str
    low: float | None = None
    high: float | None = None


class EvidenceAnswer(BaseModel):
    """Why a signal was said. positions: where on the bus its input stands, as topic/partition/offset."""

    signal: SignalAnswer
    rule: str
    rule_version: str
    configuration: str | None = Field(default=None, description="hash of the catchment's configuration that it followed")
    model: str
    readings: list[SampleAnswer]
    thresholds: list[ThresholdAnswer]
    forecast: list[ExpectationAnswer]
    facts: dict[str, float | str]
    positions: list[str]
    guidance: str | None


@router.get("/signals", tags=["signals"], responses=declared(404))
def signals(
    view: Reading, page: Annotated[Paging, paged(datetime, str)], site: Word | None = None, kind: Word | None = None
) -> PageOf[SignalAnswer]:
    """What was said of conditions in the last 30 days, the newest first."""
    rows = queries.signals(view, site, kind, cast("queries.SignalKey | None", page.after), page.limit + 1)
    return page.page(rows, _answer, lambda row: (row.at, row.id))


@router.get("/signals/{signal}/evidence", tags=["signals"], responses=declared(404))
def evidence(view: Reading, signal: Annotated[str, Path(max_length=200, pattern=r"^[^\x00-\x1f]+$")]) -> EvidenceAnswer:
    """Why a signal was said: readings with their flags, rain, limits, forecast, rule, model and configuration."""
    row = queries.signal(view, signal)
    if row is None:
        raise not_found("signal")
    if row.evidence is None:
        raise not_found("evidence: what it was of is configured no more")
    why: dict[str, Any] = row.evidence
    return EvidenceAnswer.model_validate(why | {"signal": _answer(row), "guidance": row.guidance})


def _answer(row: SignalRow) -> SignalAnswer:
    return SignalAnswer.model_validate(row.model_dump())
