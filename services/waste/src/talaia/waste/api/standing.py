"""Whether a site spills now, in the shape in which the public is told of storm overflows."""

from datetime import datetime, timedelta
from enum import IntEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_pascal

from talaia.contracts.vocabulary import Flag
from talaia.waste.view.spills import Standing

OFFLINE_AFTER = timedelta(hours=1)
"""Without a level for so long nobody knows whether a site spills; nor by a level that its sensor cannot measure."""


class Spilling(IntEnum):
    """Whether water goes over the crest."""

    OFFLINE = -1
    NOT_SPILLING = 0
    SPILLING = 1


class SpillStatus(BaseModel):
    """A site now, and its last spill; moments in milliseconds since 1970.

    StatusStart: since when the status is so, null when it was never otherwise. Latitude, Longitude: WGS 84, degrees.
    """

    model_config = ConfigDict(alias_generator=to_pascal, populate_by_name=True)

    id: str
    name: str
    status: Spilling = Field(description="1 spilling, 0 not spilling, -1 offline")
    status_start: int | None
    latest_event_start: int | None
    latest_event_end: int | None = Field(description="null while it lasts")
    latitude: float | None
    longitude: float | None
    receiving_water: str
    bathing_site: str
    last_updated: int | None = Field(description="when its level was last measured")


def status(standing: Standing, now: datetime) -> SpillStatus:
    """How a site stands at `now`."""
    site, level, spill = standing
    last, since = Spilling.NOT_SPILLING, None if spill is None else spill.end
    if level is None or now - level.time > OFFLINE_AFTER:
        last, since = Spilling.OFFLINE, None if level is None else level.time
    elif spill is not None and spill.end is None:
        last, since = Spilling.SPILLING, spill.start
    elif level.flag == Flag.FAIL:
        last, since = Spilling.OFFLINE, level.time
    return SpillStatus(
        id=site.site,
        name=site.name,
        status=last,
        status_start=_ms(since),
        latest_event_start=None if spill is None else _ms(spill.start),
        latest_event_end=None if spill is None else _ms(spill.end),
        latitude=site.lat,
        longitude=site.lon,
        receiving_water=site.receiving_water,
        bathing_site=site.bathing_site,
        last_updated=None if level is None else _ms(level.time),
    )


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1_000)
