"""Which rules hear what, in their order."""

from collections.abc import Callable, Mapping

from talaia.contracts.vocabulary import Quantity
from talaia.waste.decide import sensors
from talaia.waste.decide.battery import battery_low, still_low
from talaia.waste.decide.differing import differing
from talaia.waste.decide.drifting import drifting
from talaia.waste.decide.equipment.hearing import on_level, on_slot, on_switch
from talaia.waste.decide.gas import gas_high, still_high
from talaia.waste.decide.level_high import level_high
from talaia.waste.decide.presence import silent_sites
from talaia.waste.decide.rain_feed import rain_feed
from talaia.waste.decide.rules import Closed, Heard, Round, Woken
from talaia.waste.decide.scoring.score import score
from talaia.waste.decide.sewer import half_hours
from talaia.waste.decide.spilling import spilling
from talaia.waste.decide.spills.hear import day_over, level_measured, rain_measured, still_dry
from talaia.waste.decide.under_reading import under_reading
from talaia.waste.decide.unknown import unknown
from talaia.waste.model.outcomes import Step

ON_MEASUREMENT: Mapping[Quantity, tuple[Callable[[Heard], Step], ...]] = {
    **dict.fromkeys(Quantity, (sensors.heard,)),
    Quantity.LEVEL: (spilling, sensors.heard, level_measured, on_level),
    Quantity.RAINFALL: (sensors.heard, rain_measured),
    Quantity.PUMP_COMMAND: (sensors.heard, on_switch),
    Quantity.PUMP_RUNNING: (sensors.heard, on_switch),
    Quantity.PUMP_POWER: (sensors.heard, on_switch),
    Quantity.MAINS_POWER: (sensors.heard, on_switch),
    Quantity.GAS_H2S: (sensors.heard, gas_high),
    Quantity.GAS_CH4: (sensors.heard, gas_high),
    Quantity.GAS_O2: (sensors.heard, gas_high),
    Quantity.BATTERY: (sensors.heard, battery_low),
}
ON_LATE: Mapping[Quantity, tuple[Callable[[Heard], Step], ...]] = {
    **dict.fromkeys(Quantity, ()),
    Quantity.LEVEL: (level_measured, half_hours.heard_late),
    Quantity.RAINFALL: (rain_measured,),
    Quantity.PUMP_COMMAND: (on_switch,),
    Quantity.PUMP_RUNNING: (on_switch,),
    Quantity.PUMP_POWER: (on_switch,),
    Quantity.MAINS_POWER: (on_switch,),
    Quantity.GAS_H2S: (gas_high,),
    Quantity.GAS_CH4: (gas_high,),
    Quantity.GAS_O2: (gas_high,),
}
"""Of a measurement whose slot is closed, or that a newer one of its sensor has overtaken."""
ON_SLOT: tuple[Callable[[Closed], Step], ...] = (on_slot, score, half_hours.closed, drifting, level_high, still_dry)
ON_ROUND: tuple[Callable[[Round], Step], ...] = (rain_feed, sensors.looked_at, differing, silent_sites, under_reading, unknown)
ON_WAKE: Mapping[str, Callable[[Woken], Step]] = {"battery": still_low, "gas": still_high, "spill": day_over}
"""By kind of part: what stands before the first slash of its name."""
