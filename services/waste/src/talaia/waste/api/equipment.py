"""In what state the pumps are."""

from datetime import datetime
from typing import Annotated, cast

from fastapi import APIRouter
from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Role
from talaia.waste.view import equipment as view_of
from talaia.waste.view.tables import EquipmentRow
from talaia.web.access import GuardedRoute, require
from talaia.web.paging import PageOf, Paging, paged
from talaia.web.problem import declared
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", dependencies=[require(Role.VIEWER)], route_class=GuardedRoute, responses=declared(503))


class PumpAnswer(BaseModel):
    """A pump; what is not known is null."""

    pump: str
    asked: bool | None = Field(None, description="by its command")
    running: bool | None = Field(None, description="by its feedback")
    conditions: list[str] = Field(description="kinds that stand, as waste.pump_failed")
    flow_m_per_min: float | None = Field(None, description="of its last cycle, in metres of level")
    flow_m3_per_s: float | None = Field(None, description="the same; null where the area of the wet well is not configured")
    usual_flow_m_per_min: float | None = Field(None, description="median of its last cycles; before there are enough, as rated")
    running_h: float = Field(description="hours that it was seen running, ever")
    starts_today: int


class EquipmentAnswer(BaseModel):
    """The pumps of a site. conditions: kinds that stand of what they share, as waste.power_failed."""

    site: str
    catchment: str
    assessed_at: datetime
    conditions: list[str]
    pumps: list[PumpAnswer]


@router.get("/equipment", tags=["equipment"], responses=declared(404))
def equipment(view: Reading, page: Annotated[Paging, paged(str)]) -> PageOf[EquipmentAnswer]:
    """The pumps of all sites as they stand: what stands of them, their last flow, running hours, starts of the day."""
    rows = view_of.equipment(view, cast("tuple[str] | None", page.after), page.limit + 1)
    return page.page(rows, _answer, lambda row: (row.site,))


def _answer(row: EquipmentRow) -> EquipmentAnswer:
    return EquipmentAnswer.model_validate(row.model_dump())
