"""A pumping station as its rules see it: its pumps, what they share, and its last levels."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from talaia.contracts.vocabulary import Flag, Priority
from talaia.waste.decide.equipment import median, track
from talaia.waste.decide.equipment.level_bend import Bend, bend, slope_m_per_min
from talaia.waste.decide.equipment.track import Track
from talaia.waste.model.catchment import Pump, Site
from talaia.waste.model.parts import Sample
from talaia.waste.model.pumps import PumpPart, StationPart
from talaia.waste.model.site_policy import EquipmentPolicy

_FLOW_BYTES = 4


class Finding(NamedTuple):
    """A condition stands. since: by the time of the samples; facts: from which it can be worked out again."""

    since: datetime
    priority: Priority
    facts: Mapping[str, float | str]


class Station(msgspec.Struct, frozen=True):
    """moment: the time of the sample that is looked at. zone: in which its days begin. pumps: by id, as configured."""

    site: Site
    trail: tuple[Sample, ...]
    moment: datetime
    zone: ZoneInfo
    pumps: Mapping[str, PumpPart]
    shared: StationPart

    def day(self, moment: datetime) -> int:
        """The day of a moment, counted from the year 1."""
        return moment.astimezone(self.zone).toordinal()

    def with_pump(self, part: PumpPart) -> "Station":
        """The station with a pump as it is now."""
        if part is self.pumps[part.pump]:
            return self
        return msgspec.structs.replace(self, pumps={**self.pumps, part.pump: part})

    def pump(self, part: PumpPart) -> Pump:
        """How a pump is configured."""
        for pump in self.site.pumps:
            if pump.id == part.pump:
                return pump
        raise KeyError(part.pump)

    def has_feedback(self, part: PumpPart) -> bool:
        """Whether any sensor says that a pump runs."""
        pump = self.pump(part)
        return bool(pump.running or pump.power)

    def driven(self, part: PumpPart) -> Track:
        """When a pump ran: by its feedback; without any, when it was asked to."""
        return part.ran if self.has_feedback(part) else part.asked

    def switches(self, *, but: PumpPart | None = None) -> list[datetime]:
        """When pumps, all or all but one, were switched on or off."""
        parts = (part for part in self.pumps.values() if but is None or part.pump != but.pump)
        return [moment for part in parts for moment in track.switches(self.driven(part))]

    def bend_at(self, part: PumpPart, moment: datetime) -> Bend:
        """How the level bends where a pump is switched; of two at the same moment nobody can tell whose bend it is."""
        return Bend() if moment in self.switches(but=part) else bend(self.trail, moment, self.switches())

    def usual_flow(self, part: PumpPart, policy: EquipmentPolicy) -> float | None:
        """What a pump moves, in m/min of level: by its last cycles; before that by its rated flow, where the area is known."""
        if len(part.flows) >= _FLOW_BYTES * policy.own_cycles:
            return median.of_packed(part.flows)
        rated, area = self.pump(part).rated_m3_per_s, self.area_m2()
        return rated * 60 / area if rated and area else None

    def area_m2(self) -> float | None:
        """Of the water table at the last good level; None where it is not configured, or depends on a level nobody knows."""
        level = next((each.value for each in reversed(self.trail) if each.flag is Flag.GOOD), None)
        return self.site.area_m2 if level is None else self.site.area_at(level)

    def falls(self, least: float, since: datetime) -> bool | None:
        """Whether the level falls by `least` m/min after the last switch; None: not known yet.

        A level that has been silent from `since` on falls for nobody.
        """
        if not self.trail or self.trail[-1].time < since:
            return False
        last = max(self.switches(), default=None)
        good = [each for each in self.trail if each.flag is Flag.GOOD and (last is None or each.time >= last)]
        slope = slope_m_per_min(good)
        return None if slope is None else slope <= -least
