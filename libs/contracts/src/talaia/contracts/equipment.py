"""Waste water: in what state the pumps of a site are."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from talaia.contracts.envelope import Envelope, Instant, Name

Count = Annotated[int, Meta(ge=0)]


class PumpHealth(msgspec.Struct, frozen=True, kw_only=True):
    """A pump. asked, running: by its command and its feedback, left out where no sensor says so.

    conditions: the kinds that stand, as `waste.pump_failed`. flow_m_per_min: what it moved in its last cycle, in level;
    flow_m3_per_s: the same through the area of the wet well, left out where that is not configured; usual_flow_m_per_min:
    the median of its own last cycles, before there are enough its rated flow. running_h: hours that it was seen running, ever.
    """

    pump: Name
    asked: bool | UnsetType = UNSET
    running: bool | UnsetType = UNSET
    conditions: list[Name] = []
    flow_m_per_min: float | UnsetType = UNSET
    flow_m3_per_s: float | UnsetType = UNSET
    usual_flow_m_per_min: float | UnsetType = UNSET
    running_h: Annotated[float, Meta(ge=0)] = 0.0
    starts_today: Count = 0


class Equipment(msgspec.Struct, frozen=True, kw_only=True):
    """The pumps of a site as they stand. conditions: the kinds that stand of what they share, as `waste.power_failed`."""

    catchment: Name
    site: Name
    assessed_at: Instant
    conditions: list[Name] = []
    pumps: Annotated[list[PumpHealth], Meta(max_length=12)]
    configuration: Name


class Assessed(Envelope, frozen=True, kw_only=True, tag="city.talaia.waste.equipment.assessed.v1"):
    """A pump of a site ended a cycle, or a condition of it began or ended; it replaces the event before."""

    data: Equipment
