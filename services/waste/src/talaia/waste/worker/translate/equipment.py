"""The state of pumps, in the words of the bus."""

from msgspec import UNSET

from talaia.contracts import equipment
from talaia.stream.processor import Cause
from talaia.waste.model import outcomes
from talaia.waste.worker.translate.identity import outcome_id, source_of


def assessed(catchment: str, said: outcomes.Assessed, cause: Cause) -> equipment.Assessed:
    """The pumps of a site as they stand."""
    site = said.site
    return equipment.Assessed(
        id=outcome_id("assessed", f"{catchment}/{site.id}", said.cause),
        source=source_of(catchment),
        subject=site.id,
        time=said.moment,
        recordedtime=said.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=equipment.Equipment(
            catchment=catchment,
            site=site.id,
            assessed_at=said.said_at,
            conditions=list(said.conditions),
            pumps=[_pump(pump, site.area_m2) for pump in said.pumps],
            configuration=said.configuration,
        ),
    )


def _pump(pump: outcomes.PumpHealth, area_m2: float | None) -> equipment.PumpHealth:
    flow, usual = pump.flow_m_per_min, pump.usual_flow_m_per_min
    return equipment.PumpHealth(
        pump=pump.pump,
        asked=UNSET if pump.asked is None else pump.asked,
        running=UNSET if pump.running is None else pump.running,
        conditions=list(pump.conditions),
        flow_m_per_min=UNSET if flow is None else flow,
        flow_m3_per_s=UNSET if flow is None or area_m2 is None else flow * area_m2 / 60,
        usual_flow_m_per_min=UNSET if usual is None else usual,
        running_h=pump.running_h,
        starts_today=pump.starts_today,
    )
