"""The flow of a pump in each of its cycles: how much the level bends where it starts and where it stops."""

import msgspec
import numpy as np

from talaia.waste.decide.equipment import track
from talaia.waste.decide.equipment.level_bend import Bend
from talaia.waste.decide.equipment.pump_degraded import with_cycle
from talaia.waste.decide.equipment.station import Station
from talaia.waste.model.parts import TRAIL_SAMPLES, Sample
from talaia.waste.model.pumps import PumpPart, Turn
from talaia.waste.model.site_policy import EquipmentPolicy

_ENOUGH = TRAIL_SAMPLES // 2
_STOPS = 20


def measured(station: Station, part: PumpPart, policy: EquipmentPolicy) -> PumpPart:
    """The pump with the flow at its last switch, once the level shows it: after a few samples, or at the next switch."""
    turn = part.unmeasured
    if turn is None:
        return part
    if not enough(station.trail, turn) and all(moment <= turn.time for moment in station.switches()):
        return part
    seen = station.bend_at(part, turn.time)
    flow = _flow(seen, turn, policy.full * station.site.crest_m)
    if turn.on:
        return msgspec.structs.replace(part, unmeasured=None, flow_at_start=flow)
    known = [each for each in (part.flow_at_start, flow) if each is not None]
    part = msgspec.structs.replace(part, unmeasured=None, flow_at_start=None, stops_m=_stops(part, turn, seen))
    return with_cycle(part, sum(known) / len(known), policy) if known else part


def enough(trail: tuple[Sample, ...], turn: Turn) -> bool:
    """Whether enough levels came after a switch."""
    return len(trail) >= _ENOUGH and trail[-_ENOUGH].time >= turn.time


def _flow(seen: Bend, turn: Turn, full_m: float) -> float | None:
    """Metres of level a minute; of a well that spills, and so does not rise, nothing is known."""
    if seen.down is None or seen.highest_m >= full_m:
        return None
    return seen.down if turn.on else -seen.down


def _stops(part: PumpPart, turn: Turn, seen: Bend) -> bytes:
    """The levels at which it stopped, with this one if it was told to."""
    stops = np.frombuffer(part.stops_m, "<f4")
    if track.on_at(part.asked, turn.time) is False and seen.stop_m is not None:
        stops = np.append(stops, np.float32(seen.stop_m))[-_STOPS:]
    return stops.astype("<f4").tobytes()
