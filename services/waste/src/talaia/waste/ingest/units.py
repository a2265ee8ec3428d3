"""Units at the door: what sensors speak becomes the one unit in which a quantity travels.

Factors: exact by definition (NIST SP 811, appendix B.8); US gallons, cubic feet of the international foot.
"""

from talaia.contracts.vocabulary import Quantity

_FOOT_M = 0.3048
_GALLON_M3 = 0.003785411784
_HOUR_S, _DAY_S = 3_600.0, 86_400.0

FACTORS: dict[Quantity, dict[str, float]] = {
    Quantity.LEVEL: {"m": 1.0, "mm": 0.001, "cm": 0.01, "ft": _FOOT_M, "in": _FOOT_M / 12},
    Quantity.RAINFALL: {"mm": 1.0, "in": 25.4},
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
    Quantity.GAS_CH4: {"%LEL": 1.0},
    Quantity.GAS_O2: {"%": 1.0},
    Quantity.BATTERY: {"V": 1.0, "mV": 0.001},
    Quantity.MAINS_POWER: {"1": 1.0},
}
"""How much of the bus's unit one of the sensor's is. Rain: depth fallen since the reading before."""


class UnknownUnit(ValueError):
    """A unit in which this quantity is not known."""


def on_the_bus(quantity: Quantity, value: float, unit: str) -> float:
    """A value in the unit in which its quantity travels. Raises UnknownUnit."""
    factor = FACTORS[quantity].get(unit)
    if factor is None:
        raise UnknownUnit(f"{quantity.value} in {unit!r} is not known; known are {', '.join(FACTORS[quantity])}")
    return value * factor
