"""What is kept of one site, all its parts together, stays under 16 KB, with everything on that a site can have."""

from math import pi, sin

import msgspec
from support.town import MIDNIGHT, MINUTE, Town, configuration, measured
from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.waste.model.catchment import Pump, SensorSpec, Site, Weir

SITE_BYTES = 16_384
HOURS = 14
SENSORS = {
    "level": Quantity.LEVEL,
    "P1.cmd": Quantity.PUMP_COMMAND,
    "P1.run": Quantity.PUMP_RUNNING,
    "P2.cmd": Quantity.PUMP_COMMAND,
    "P2.run": Quantity.PUMP_RUNNING,
    "P3.cmd": Quantity.PUMP_COMMAND,
    "P3.run": Quantity.PUMP_RUNNING,
    "P4.cmd": Quantity.PUMP_COMMAND,
    "P4.run": Quantity.PUMP_RUNNING,
    "mains": Quantity.MAINS_POWER,
    "h2s": Quantity.GAS_H2S,
    "battery": Quantity.BATTERY,
    **{f"outlet-{n:02d}": Quantity.FLOW for n in range(5)},
}
TOLD = {"name": "A pumping station with a long name", "guidance": "Call the crew of the north.", "receiving_water": "River"}
STATION = Site(
    id="PS1",
    kind=SiteKind.PUMP_STATION,
    crest_m=4.2,
    gauge="RG1",
    area_m2=14.0,
    weir=Weir(k=2.75),
    high_level_m=3.9,
    pumps=tuple(
        Pump(id=pump, command=f"{pump}.cmd", running=f"{pump}.run", rated_m3_per_s=0.05) for pump in ("P1", "P2", "P3", "P4")
    ),
    sensors=tuple(SensorSpec(id=name, quantity=quantity, interval_s=60.0) for name, quantity in SENSORS.items()),
    **TOLD,
)
TANK = Site(
    id="T1",
    kind=SiteKind.STORAGE_TANK,
    crest_m=4.2,
    gauge="RG1",
    weir=Weir(k=2.75),
    high_level_m=3.9,
    sensors=tuple(
        SensorSpec(id=name, quantity=quantity, interval_s=60.0)
        for name, quantity in SENSORS.items()
        if quantity in (Quantity.LEVEL, Quantity.GAS_H2S, Quantity.BATTERY)
    ),
    **TOLD,
)


def value_of(name: str, minute: int) -> float:
    """A well that four pumps empty by turns, three spills, a failed pump, a loss of power, gas and an old battery."""
    cycle, into = divmod(minute, 12)
    asked = into < 5 and name.startswith(f"P{1 + cycle % 4}")
    fails = cycle % 20 == 7 or minute % 360 > 340
    match name.partition(".")[2] or name:
        case "cmd":
            return float(asked or minute % 360 > 340)
        case "run":
            return float(asked and not fails)
        case "mains":
            return float(minute % 360 <= 340)
        case "h2s":
            return 12.0 if minute % 200 > 190 else 1.0
        case "battery":
            return 3.6 - 0.9 * minute / (60 * HOURS)
    spills = 2.6 * sin(pi * (minute % 240) / 45) if minute % 240 < 45 else 0.0
    sawtooth = 0.9 * (5 - into) / 5 if into < 5 else 0.9 * (into - 5) / 7
    return min(1.0 + sawtooth + spills + 0.01 * sin(minute), 4.21)


def test_all_parts_of_a_site_together_stay_under_sixteen_kilobytes() -> None:
    town = Town().configured(configuration(sites=(STATION, TANK), gauges=("RG1",)))
    for minute in range(1, 60 * HOURS):
        for site in (STATION, TANK):
            for sensor in site.sensors:
                at = MIDNIGHT + minute * MINUTE
                town.tell(measured(sensor.quantity, site.id, value_of(sensor.id, minute), at, sensor=sensor.id))
        if minute % 5 == 0:
            town.rain(0.2 if minute % 240 < 30 else 0.0, minute)
    for site in (STATION, TANK):
        mine = {name: part for name, part in town.parts.items() if site.id in name.split("/")[1:2]}
        sizes = {name: len(msgspec.msgpack.encode(part)) for name, part in mine.items()}
        assert len(sizes) >= len(site.sensors) + 4, "not everything is on"
        assert sum(sizes.values()) <= SITE_BYTES, sorted(sizes.items(), key=lambda item: -item[1])
