"""A pump moves less than it usually does.

Its flow of each cycle is compared with the median of its own last 60: what it lacks, in standard deviations (from the
median absolute deviation), is added up (CUSUM). Cycles that lack something teach nothing. Flows are metres of level a
minute, so that no area need be known; with it they are told in m3/s as well.
"""

from datetime import datetime

import msgspec
import numpy as np

from talaia.contracts.vocabulary import Priority
from talaia.waste.decide.equipment.median import median
from talaia.waste.decide.equipment.station import Finding, Station
from talaia.waste.model.conditions import PUMP_DEGRADED
from talaia.waste.model.outcomes import Threshold
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy

KIND = PUMP_DEGRADED
_MAD_TO_SD = 1.4826


def with_cycle(part: PumpPart, flow: float, policy: EquipmentPolicy) -> PumpPart:
    """The pump after one more cycle. flow: m/min. One that usually moves nothing lacks nothing."""
    flows = np.frombuffer(part.flows, "<f4")
    shortfall = part.shortfall
    usual = median(flows) if len(flows) >= policy.judged_from else 0.0
    if usual > 0:
        deviation = max(_MAD_TO_SD * median(np.abs(flows - usual)), policy.scatter * usual)
        lacks = min((usual - flow) / deviation, policy.worst) - policy.allowed
        shortfall = min(max(shortfall + lacks, 0.0), policy.limit + policy.worst)
    if shortfall < policy.over:
        flows = np.append(flows, np.float32(flow))[-policy.flows :]
    return msgspec.structs.replace(part, flow=flow, shortfall=shortfall, flows=flows.astype("<f4").tobytes())


def pump_degraded(station: Station, part: PumpPart, since: datetime | None, policy: EquipmentPolicy) -> Finding | None:
    """What tells that the pump moves too little. since: from when on it is known to."""
    if part.flow is None or part.shortfall < (policy.limit if since is None else policy.over):
        return None
    return Finding(since or station.moment, Priority.LOW, {})


def limits(policy: EquipmentPolicy) -> tuple[Threshold, ...]:
    """From what a sum on it tells, under what no longer, and what is added to it at most and taken from it, a cycle."""
    return (
        ("told_from", policy.limit, "1"),
        ("over_under", policy.over, "1"),
        ("lack_of_a_cycle_most", policy.worst, "1"),
        ("lack_of_a_cycle_less", policy.allowed, "1"),
    )


def measured(station: Station, part: PumpPart, policy: EquipmentPolicy) -> dict[str, float | str]:
    """The sum of what it lacks, in standard deviations, and the flow of its last cycle beside the usual one."""
    facts: dict[str, float | str] = {"shortfall_sd": part.shortfall}
    if part.flow is None:
        return facts
    facts["flow_m_per_min"] = part.flow
    usual, area = station.usual_flow(part, policy), station.area_m2()
    if usual is not None:
        facts["usual_flow_m_per_min"] = usual
    if area is None:
        facts["flow_m3_per_s"] = "not known: neither area nor volumes of the wet well are configured"
    else:
        facts["flow_m3_per_s"] = part.flow * area / 60
    return facts
