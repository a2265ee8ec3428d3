"""State of a battery."""

from datetime import datetime

import msgspec

from talaia.waste.model.conditions import Condition


def battery_part(site: str, sensor: str) -> str:
    """Name of the part of a battery."""
    return f"battery/{site}/{sensor}"


class BatteryPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="battery"):
    """A battery. last: its newest reading; voltage: smoothed; best: the highest that ever was, volts."""

    site: str
    sensor: str
    last: datetime
    voltage: float
    best: float
    conditions: dict[str, Condition] = {}
