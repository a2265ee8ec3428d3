"""How long rain explains an excess: as long as the site usually takes to come back to its dry-weather level.

A sewer is back within an hour or two of the rain, a tank within days. Learnt from the last rains; the longest of them
does not count, as it may have been a blockage itself.
"""

import msgspec

from talaia.waste.model.dry import DryPart
from talaia.waste.model.site_policy import SewerPolicy


def explained_for(recoveries: tuple[int, ...], policy: SewerPolicy) -> int:
    """For how many half hours after rain."""
    if len(recoveries) < policy.known_recoveries:
        return policy.unlearnt_half_hours
    usual = round(sorted(recoveries)[-2] * policy.recovery_stretch)
    return min(max(usual, policy.least_half_hours), policy.unlearnt_half_hours)


def explains(part: DryPart, policy: SewerPolicy) -> bool:
    """Whether rain explains what the last closed half hour had too much."""
    return part.rained is not None and part.half_hour - part.rained <= explained_for(part.recoveries, policy)


def after(part: DryPart, rain_mm: float | None, excess: float | None, policy: SewerPolicy) -> DryPart:
    """After the half hour `part.half_hour`. excess: in spreads; None where it is not known. Rain not known is rain.

    A rise takes a while to come, so nothing is recovered before `response_half_hours`. A recovery counts only if the
    half hour before was compared too: otherwise nobody knows when the level came back.
    """
    now = part.half_hour
    if rain_mm is None or rain_mm > policy.rain_mm:
        return msgspec.structs.replace(part, rained=now)
    if part.rained is None:
        return part
    took = now - part.rained
    if excess is None:
        return msgspec.structs.replace(part, rained=None) if took > policy.unlearnt_half_hours else part
    if excess >= policy.recovered or took < policy.response_half_hours:
        return part
    seen = took == policy.response_half_hours or (bool(part.compared) and part.compared[-1].half_hour == now - 1)
    recoveries = (*part.recoveries, took)[-policy.kept_recoveries :] if seen else part.recoveries
    return msgspec.structs.replace(part, rained=None, recoveries=recoveries)
