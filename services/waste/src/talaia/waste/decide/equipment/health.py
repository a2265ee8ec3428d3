"""In what state the pumps of a station are, said when one ended a cycle or a condition of one began or ended."""

from collections.abc import Mapping

from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.equipment.station import Station
from talaia.waste.model.conditions import Condition
from talaia.waste.model.outcomes import Assessed, PumpHealth
from talaia.waste.model.pumps import PumpPart


def assessed(before: Station, station: Station, at: Circumstances) -> Assessed | None:
    """What to say after a step; None: nothing that matters has changed."""
    if not station.pumps or _is_same(before, station):
        return None
    return Assessed(
        said_at=at.now,
        cause=at.cause,
        site=station.site,
        moment=station.moment,
        conditions=_standing(station.shared.conditions),
        pumps=tuple(_health(station, part, at) for part in station.pumps.values()),
        configuration=at.configuration,
    )


def _is_same(before: Station, station: Station) -> bool:
    """Whether the same conditions stand, and no pump was started or ended a cycle."""
    for name, part in station.pumps.items():
        old = before.pumps[name]
        if part is not old and (part.starts, part.flow, part.flows) != (old.starts, old.flow, old.flows):
            return False
        if part.conditions is not old.conditions and _standing(part.conditions) != _standing(old.conditions):
            return False
    shared, old_shared = station.shared.conditions, before.shared.conditions
    return shared is old_shared or _standing(shared) == _standing(old_shared)


def _standing(conditions: Mapping[str, Condition]) -> tuple[str, ...]:
    return tuple(sorted(name.partition("/")[0] for name, condition in conditions.items() if condition.open))


def _health(station: Station, part: PumpPart, at: Circumstances) -> PumpHealth:
    day, starts = part.starts_of_day
    return PumpHealth(
        pump=part.pump,
        asked=part.asked[-1].on if part.asked else None,
        running=part.ran[-1].on if part.ran else None,
        conditions=_standing(part.conditions),
        flow_m_per_min=part.flow,
        usual_flow_m_per_min=station.usual_flow(part, at.policy.equipment),
        running_h=part.ran_s / 3600,
        starts_today=starts if day == station.day(station.moment) else 0,
    )
