"""A town, for each kind of condition, in which it begins and, where that is short, ends."""

from collections.abc import Callable, Mapping

import msgspec
from msgspec.structs import replace
from support.drifting_town import QUIET, set_right, town_of
from support.rainy_town import rainy_town
from support.town import MIDNIGHT, MINUTE, PIPE, TANK, Town, configuration, measured
from support.wet_well import WetWell, pumping_town
from talaia.contracts.vocabulary import Quantity, Rule
from talaia.waste.decide.sewer import profile
from talaia.waste.model import conditions as kinds
from talaia.waste.model.dry import HALF_HOURS, NOTHING, DryPart, ProfilePart, dry_part, profile_part
from talaia.waste.model.policy import Policy
from talaia.waste.model.score import Foreseen, score_part
from talaia.waste.model.site_policy import EquipmentPolicy

STORM = [1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.01, 5.0, 5.02, 4.8, 4.2, 3.6, 3.0, 2.4, 1.8, 1.8]
_HOUR = 60
_DAY = 24 * _HOUR


def _calm(samples: int) -> list[float]:
    return [1.0 + 0.008 * (n % 3) for n in range(samples)]


def _storm() -> Town:
    town = Town().configured()
    town.levels(STORM)
    return town


def _advisory() -> Town:
    town = Town().configured()
    after = town.levels(STORM + [1.0] * 20)
    name = score_part("T1")
    for wrong in (True, False):
        rules = {Rule.WARNING: Foreseen(recent=(wrong,) * 20), Rule.WATCH: Foreseen()}
        town.parts[name] = msgspec.structs.replace(town.parts[name], rules=rules)
        after = town.levels(STORM + [1.0] * 20, after)
    return town


def _no_rain() -> Town:
    town = Town().configured()
    town.rain(0.0, 5)
    minute = town.levels([1.0] * 20)
    town.rain(0.0, minute)
    town.pass_to(MIDNIGHT + (minute + 2) * MINUTE)
    return town


def _dry_spill() -> Town:
    town = Town(Policy()).configured()
    for minute in range(0, _DAY + 12 * _HOUR, 30):
        town.rain(0.0, minute)
    town.levels([4.0, 4.5, 4.9, 5.05, 5.1, 5.1, 5.05, *[5.05] * 4, 4.8, 4.7, 4.5], start=_DAY + 12 * _HOUR + 5)
    return town


def _sewer(more_m: float, weeks_mm: tuple[int, ...] = ()) -> Town:
    """A sewer that stands at 200 mm: a day of it so much higher and after weeks so low, then a day as usual."""
    medians_mm = NOTHING
    first = round(MIDNIGHT.timestamp()) // 1_800 - 28 * HALF_HOURS
    zero_m = PIPE.crest_m - 60
    for n in range(28 * HALF_HOURS):
        medians_mm = profile.with_day(medians_mm, first + n + 1, 59_200)
    town = Town(Policy()).configured(configuration(sites=(PIPE,)))
    town.parts[profile_part("CSO1")] = ProfilePart(medians_mm=medians_mm)
    town.parts[dry_part("CSO1")] = DryPart(zero_m=zero_m, weeks_mm=weeks_mm)
    for minute in range(10, 2 * _DAY, 10):
        if minute % 30 == 0:
            town.rain(0.0, minute)
        if minute == _DAY:
            part = town.parts[dry_part("CSO1")]
            town.parts[dry_part("CSO1")] = msgspec.structs.replace(part, weeks_mm=())
        town.level(0.2 + 0.001 * (minute % 20 // 10) + (more_m if minute <= _DAY else 0.0), minute, "CSO1")
    return town


def _gas() -> Town:
    town = Town().configured()
    for minute, ppm in enumerate([1, 7, 7, 12, 1, 7, 1, 1], start=1):
        town.tell(measured(Quantity.GAS_H2S, "T1", float(ppm), MIDNIGHT + minute * MINUTE))
    return town


def _battery() -> Town:
    town = Town(Policy()).configured()
    for hour in range(200):
        volt = 3.0 if 20 <= hour < 100 else 3.6
        town.tell(measured(Quantity.BATTERY, "T1", volt, MIDNIGHT + hour * _HOUR * MINUTE, sensor="T1.battery"))
    return town


def _high() -> Town:
    town = Town().configured(configuration(sites=(replace(PIPE, high_level_m=0.6), TANK)))
    town.levels([0.1, 0.1, 0.2, 0.3, 0.4, 0.5, 0.59, 0.61, 0.62, 0.61, 0.6, 0.59, 0.59, 0.57, 0.56, 0.55], site="CSO1")
    return town


def _levels(*values: float) -> Callable[[], Town]:
    def told() -> Town:
        town = Town().configured()
        town.levels(values)
        return town

    return told


def _silent() -> Town:
    town = Town().configured()
    minute = town.levels(_calm(10))
    town.level(1.0, minute + 60)
    return town


def _failed() -> Town:
    well = WetWell().run(2 * _HOUR)
    well.broken = {"P1"}
    well.until(asked="P1").run(30).broken = set()
    return well.until(asked="P1").run(2).town


def _power() -> Town:
    well = WetWell().run(2 * _HOUR)
    well.until(asked="P1").run(2).power = False
    well.run(30).power = True
    return well.run(30).town


def _degraded() -> Town:
    well = WetWell()
    well.town.policy = Policy(equipment=EquipmentPolicy(judged_from=8))
    well.run(6 * _HOUR).flows["P2"] *= 0.66
    well.run(4 * _HOUR).flows["P2"] = 0.21
    return well.run(7 * _HOUR).town


def _long_run() -> Town:
    well = WetWell(inflow=0.215)
    well.run(4 * _HOUR).inflow = 0.1
    return well.run(_HOUR).town


def _many_starts() -> Town:
    town = pumping_town()
    for minute in [*range(1, 60), *range(60, 160, 10)]:
        on = float(minute % 2 if minute < 60 else minute % 20 // 10)
        town.tell(measured(Quantity.PUMP_RUNNING, "PS1", on, MIDNIGHT + minute * MINUTE, sensor="PS1.P1.run"))
    return town


def _never_duty() -> Town:
    well = WetWell(order=["P1"])
    well.run(4 * _HOUR).order = ["P2"]
    return well.run(_HOUR).town


SCENES: Mapping[str, Callable[[], Town]] = {
    kinds.OVERFLOW_WATCH: _storm,
    kinds.OVERFLOW_EXPECTED: _storm,
    kinds.OVERFLOW_STARTED: _storm,
    kinds.FORECAST_ADVISORY: _advisory,
    kinds.RAIN_FEED_LOST: _no_rain,
    kinds.GAUGE_UNDER_READING: lambda: rainy_town([0.3] * 5 + [1.0] * 3),
    kinds.DRY_WEATHER_SPILL: _dry_spill,
    kinds.BLOCKAGE_SUSPECTED: lambda: _sewer(0.3),
    kinds.INFILTRATION_HIGH: lambda: _sewer(0.0, (*[59_100] * 10, 59_140)),
    kinds.GAS_HIGH: _gas,
    kinds.BATTERY_LOW: _battery,
    kinds.LEVEL_HIGH: _high,
    kinds.SENSOR_SILENT: _silent,
    kinds.SENSOR_FLAT: _levels(*_calm(12), *[1.5] * 40, 1.51),
    kinds.SENSOR_SPIKING: _levels(*[level + (0.8 if n % 8 == 4 else 0) for n, level in enumerate(_calm(400))], *_calm(600)),
    kinds.SENSOR_OUT_OF_RANGE: _levels(1.0, 1.01, 99.0, 1.0, 99.0, 99.0, 99.0, 1.0),
    kinds.SENSOR_DRIFTING: lambda: set_right(town_of(lambda night: 0.02 * night, policy=QUIET)),
    kinds.PUMP_FAILED: _failed,
    kinds.POWER_FAILED: _power,
    kinds.PUMP_DEGRADED: _degraded,
    kinds.PUMP_LONG_RUN: _long_run,
    kinds.PUMP_MANY_STARTS: _many_starts,
    kinds.PUMP_NEVER_DUTY: _never_duty,
}
"""By kind."""
