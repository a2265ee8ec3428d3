"""The time zone in which the days of a catchment begin."""

from functools import lru_cache
from zoneinfo import ZoneInfo

from talaia.waste.model.events import Refused


@lru_cache
def zone(name: str) -> ZoneInfo:
    """By IANA's name. Raises Refused for one that this machine does not know."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Refused("unknown_zone", f"zone {name!r} is not known here: write it as IANA does, Europe/Madrid") from None
