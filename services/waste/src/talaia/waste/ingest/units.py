"""Units at the door: what sensors speak becomes the one unit in which a quantity travels.

Factors: exact by definition (NIST SP 811, appendix B.8); US gallons, cubic feet of the international foot.
"""

from typing import NamedTuple

from talaia.contracts.vocabulary import UNIT_OF, Quantity, Unit

_FOOT_M = 0.3048
_GALLON_M3 = 0.003785411784
_HOUR_S, _DAY_S = 3_600.0, 86_400.0
_LEL_CH4_VOL = 4.4
"""Lower explosive limit of methane, per cent by volume (IEC 60079-20-1)."""

FACTORS: dict[Quantity, dict[str, float]] = {
    Quantity.LEVEL: {"m": 1.0, "mm": 0.001, "cm": 0.01, "ft": _FOOT_M, "in": _FOOT_M / 12},
    Quantity.RAINFALL: {"mm": 1.0, "in": 25.4},
    Quantity.RAINFALL_TOTAL: {"mm": 1.0, "in": 25.4},
    Quantity.FLOW: {
        "m3/s": 1.0,
        "L/s": 0.001,
        "m3/h": 1 / _HOUR_S,
        "MGD": 1e6 * _GALLON_M3 / _DAY_S,
        "CFS": _FOOT_M**3,
    },
    Quantity.VELOCITY: {"m/s": 1.0, "ft/s": _FOOT_M},
    Quantity.PUMP_COMMAND: {"1": 1.0},
    Quantity.PUMP_RUNNING: {"1": 1.0},
    Quantity.PUMP_POWER: {"kW": 1.0, "W": 0.001},
    Quantity.GAS_H2S: {"ppm": 1.0},
    Quantity.GAS_CH4: {"%LEL": 1.0, "%vol": 100 / _LEL_CH4_VOL},
    Quantity.GAS_O2: {"%": 1.0, "%vol": 1.0},
    Quantity.BATTERY: {"V": 1.0, "mV": 0.001},
    Quantity.MAINS_POWER: {"1": 1.0},
}
"""How much of the bus's unit one of the sensor's is."""

RATES = {"mm/h": 1.0, "in/h": 25.4}
"""Rain as a rate: millimetres an hour, over the sensor's interval."""
TIPS = "tips"
"""Rain as tips of a bucket."""
NEEDS: dict[Quantity, dict[str, str]] = {
    Quantity.RAINFALL: {"mm/h": "interval_s", "in/h": "interval_s", TIPS: "mm_per_tip"},
    Quantity.RAINFALL_TOTAL: {TIPS: "mm_per_tip"},
}
"""Units that say a quantity only with what is known of the sensor: which field of Sensing."""

WORDS = {"on": 1.0, "true": 1.0, "running": 1.0, "1": 1.0, "off": 0.0, "false": 0.0, "stopped": 0.0, "0": 0.0}
"""What may be said of something that is on or off, beside 0 and 1."""


class Sensing(NamedTuple):
    """What it takes to read some sensors, beside the unit.

    interval_s: between two readings, for rain told as a rate. mm_per_tip: of a tipping bucket.
    mounting_height_m: of a sensor that tells how far below it the water is: above the zero of the levels.
    """

    interval_s: float | None = None
    mm_per_tip: float | None = None
    mounting_height_m: float | None = None


UNSAID = Sensing()
"""Nothing is known of the sensor."""


class UnknownUnit(ValueError):
    """A unit in which this quantity is not known, or not without more being said of the sensor."""


class NotANumber(ValueError):
    """A value that is no number, or that is neither on nor off."""


def number(quantity: Quantity, value: float | bool | str) -> float:
    """A value as a number: of what is on or off, its words too. Raises NotANumber."""
    if UNIT_OF[quantity] is not Unit.STATE:
        if isinstance(value, bool | str):
            raise NotANumber(f"{quantity.value} is a number, not {value!a}: send it without quotation marks")
        return value
    known = WORDS.get(value.strip().lower()) if isinstance(value, str) else float(value)
    if known not in (0.0, 1.0):
        raise NotANumber(f"{quantity.value} is 0 or 1, on or off, true or false, not {value!a}")
    return known


def units_of(quantity: Quantity) -> tuple[str, ...]:
    """All units in which a quantity is known."""
    return (*FACTORS[quantity], *NEEDS.get(quantity, ()))


def on_the_bus(quantity: Quantity, value: float, unit: str, sensing: Sensing = UNSAID) -> float:
    """A value in the unit in which its quantity travels. Raises UnknownUnit."""
    converted = value * _factor(quantity, unit, sensing)
    if quantity is Quantity.LEVEL and sensing.mounting_height_m is not None:
        return sensing.mounting_height_m - converted
    return converted


def _factor(quantity: Quantity, unit: str, sensing: Sensing) -> float:
    factor = FACTORS[quantity].get(unit)
    if factor is not None:
        return factor
    if unit not in units_of(quantity):
        raise UnknownUnit(f"{quantity.value} in {unit!r} is not known; known are {', '.join(units_of(quantity))}")
    needed = NEEDS[quantity][unit]
    given: float | None = getattr(sensing, needed)
    if given is None:
        raise UnknownUnit(f"rain in {unit} is not known without {needed}: say it of the sensor, or send mm")
    return given if unit == TIPS else RATES[unit] * given / _HOUR_S
