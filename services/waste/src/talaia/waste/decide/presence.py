"""The source says that it is alive, and which of its conditions are open, so that nobody has to trust that no word was lost."""

from datetime import datetime, timedelta

import msgspec

from talaia.waste.decide.quality.gap import longest_silence
from talaia.waste.decide.rules import Round, Woken
from talaia.waste.decide.standing import counted, kept
from talaia.waste.model.outcomes import Alive, Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, SitePart
from talaia.waste.model.policy import QualityPolicy


def alive(told: Woken) -> Step:
    """The word of the catchment each minute, in as many pages as it takes, and the next one's time."""
    now, policy = told.at.now, told.at.policy
    catchment = told.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    names = catchment.open if catchment.open is not None else counted(told.parts)
    count, most = len(names), policy.signal.alive_ids
    said = tuple(
        [
            Alive(
                said_at=now,
                cause=told.at.cause,
                area=catchment.area,
                open=names[start : start + most],
                after=names[start - 1] if start else None,
                until=names[start + most - 1] if start + most < count else None,
            )
            for start in range(0, max(count, 1), most)
        ]
    )
    listed = kept(names)
    changed = {} if listed == catchment.open else {CATCHMENT: msgspec.structs.replace(catchment, open=listed)}
    return Step(changed=changed, outcomes=said, wakes={CATCHMENT: now + policy.signal.alive_every})


def silent_sites(told: Round) -> Step:
    """How many sites of the catchment say nothing."""
    now, policy = told.at.now, told.at.policy.quality
    catchment = told.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    silent = sum(is_silent(part, now, policy) for part in told.keepers.values() if isinstance(part, SitePart))
    if silent == catchment.silent_sites:
        return Step()
    return Step(changed={CATCHMENT: msgspec.structs.replace(catchment, silent_sites=silent)})


def is_silent(part: SitePart, now: datetime, policy: QualityPolicy) -> bool:
    """Whether nothing that could be used came from any level sensor of a site for longer than a gap.

    A sensor counts from its second level on: before that nobody knows its interval.
    """
    recently = now - policy.gap_min
    for sensor in part.sensors.values():  # not any(): this is asked of every site, and nearly all leave here
        if sensor.last is not None and sensor.last >= recently and sensor.interval_s > 0:
            return False
    left = [
        longest_silence(sensor.interval_s, policy) - (now - sensor.last)
        for sensor in part.sensors.values()
        if sensor.last is not None and sensor.interval_s > 0
    ]
    return bool(left) and max(left) < timedelta(0)
