"""State of a gas sensor that has said danger."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.model.conditions import Condition


def gas_part(site: str, sensor: str) -> str:
    """Name of the part of a gas sensor that has said danger."""
    return f"gas/{site}/{sensor}"


class GasPart(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="gas"):
    """A gas sensor that has said danger: its newest sample while that stands.

    confirmed: two samples in a row said so. within: so many in a row are within the limit again. worst: a second limit
    was passed too.
    """

    site: str
    sensor: str
    quantity: Quantity
    time: datetime
    value: float
    flag: Flag
    confirmed: bool = False
    within: int = 0
    worst: bool = False
    conditions: dict[str, Condition] = {}
