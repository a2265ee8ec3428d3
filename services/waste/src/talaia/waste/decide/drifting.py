"""Whose level sensor drifts is asked once a day, when its last half hour is closed.

Of sites with one level sensor: among several nobody knows which of them the site's level came from.
"""

from talaia.contracts.vocabulary import SignalState
from talaia.waste.decide.rules import Closed
from talaia.waste.decide.sensors import Telling, owner_of, stands_open
from talaia.waste.decide.sewer.drift import catchment_of, stands
from talaia.waste.decide.sewer.half_hours import closes_day
from talaia.waste.model.conditions import SENSOR_DRIFTING
from talaia.waste.model.outcomes import NOTHING, Signal, Step
from talaia.waste.model.parts import Part


def drifting(told: Closed) -> Step:
    """Which of the sites' sensors began to drift, or ceased to."""
    if not closes_day(told.rain.slot):
        return NOTHING
    among = catchment_of(told.parts)
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for place in told.sites:
        site = place.site.id
        if site not in among.sites or len(place.sensors) != 1:
            continue
        (sensor,) = place.sensors
        name, owner = owner_of(told.parts, place, sensor)
        was_open = stands_open(owner, SENSOR_DRIFTING, sensor)
        if stands(was_open, site, among, told.at.policy.sewer) != was_open:
            telling = Telling(told.parts, told.catchment, place, sensor, told.of(place))
            changed[name], word = telling.of(owner, SENSOR_DRIFTING, SignalState.ENDED if was_open else SignalState.BEGAN)
            said.append(word)
    return Step(changed=changed, outcomes=tuple(said))
