"""A sample of a pump's command, feedback or power, or of the station's mains, is noted on its track."""

from datetime import datetime

import msgspec
import numpy as np

from talaia.contracts.vocabulary import Quantity
from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.pump_flow import measured
from talaia.waste.decide.equipment.station import Station
from talaia.waste.model.catchment import Pump
from talaia.waste.model.events import Measurement
from talaia.waste.model.pumps import PumpPart, Turn
from talaia.waste.model.site_policy import EquipmentPolicy

_LONGEST = 24


def noted(station: Station, told: Measurement, policy: EquipmentPolicy) -> Station:
    """The station after a sample, in whatever order it comes; of a sensor that is not configured nothing is kept."""
    if told.quantity is Quantity.MAINS_POWER:
        mains = track.noted(station.shared.mains, told.time, told.value >= 0.5)[-_LONGEST:]
        return msgspec.structs.replace(station, shared=msgspec.structs.replace(station.shared, mains=mains))
    pump = station.site.pump_of(told.sensor)
    if pump is None or (told.sensor == pump.power and pump.running):
        return station
    before = station.pumps[pump.id]
    part = _seen(before, pump, told, policy)
    old, new = station.driven(before), station.driven(part)
    if new is old:
        return station.with_pump(_trimmed(part))
    more_s = (track.on_for(new) - track.on_for(old)).total_seconds()
    part = msgspec.structs.replace(part, ran_s=part.ran_s + more_s)
    if len(track.starts(new)) > len(track.starts(old)):
        start = next(start for start in track.starts(new) if start not in track.starts(old))
        part = _with_start(part, start, station.day(start), policy)
    station = station.with_pump(part)
    latest = track.switches(new)[-1:]
    if latest and latest != track.switches(old)[-1:]:
        station = _switched(station, pump, Turn(latest[0], track.is_on(new)), policy)
    return station.with_pump(_trimmed(station.pumps[pump.id]))


def _trimmed(part: PumpPart) -> PumpPart:
    if max(len(part.asked), len(part.ran)) <= _LONGEST:
        return part
    return msgspec.structs.replace(part, asked=part.asked[-_LONGEST:], ran=part.ran[-_LONGEST:])


def _seen(part: PumpPart, pump: Pump, told: Measurement, policy: EquipmentPolicy) -> PumpPart:
    on = told.value >= (policy.running_kw if told.sensor == pump.power else 0.5)
    if told.sensor == pump.command:
        return msgspec.structs.replace(part, asked=track.noted(part.asked, told.time, on))
    return msgspec.structs.replace(part, ran=track.noted(part.ran, told.time, on))


def _with_start(part: PumpPart, at: datetime, day: int, policy: EquipmentPolicy) -> PumpPart:
    """A late start of a day that is over counts for no day."""
    last, count = part.starts_of_day
    of_day = (last, count) if day < last else (day, count + 1 if day == last else 1)
    starts = np.append(np.frombuffer(part.starts, "<u4"), np.uint32(at.timestamp()))[-policy.most_starts - 1 :]
    return msgspec.structs.replace(part, starts=starts.astype("<u4").tobytes(), starts_of_day=of_day)


def _switched(station: Station, pump: Pump, turn: Turn, policy: EquipmentPolicy) -> Station:
    """The switch before is measured now or never; a late word of one that is over is not measured at all."""
    part = measured(station, station.pumps[pump.id], policy)
    return station.with_pump(msgspec.structs.replace(part, unmeasured=turn))
