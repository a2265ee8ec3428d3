"""Conditions: what the service says of a thing, and what stands of it."""

from datetime import datetime
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Priority
from talaia.waste.model.catchment import Gauge, Site

OVERFLOW_WATCH = "waste.overflow_watch"
OVERFLOW_EXPECTED = "waste.overflow_expected"
OVERFLOW_STARTED = "waste.overflow_started"
FORECAST_ADVISORY = "waste.forecast_advisory"


class Subject(NamedTuple):
    """A thing of which something is said: a site or gauge, or a pump or sensor of it (`PS1/P1`), or the catchment.

    location: the site, gauge or catchment itself, with its name and place in degrees (WGS 84). site: when it is one.
    """

    id: str
    location: str
    name: str = ""
    lat: float | None = None
    lon: float | None = None
    site: Site | None = None


def of_site(site: Site, thing: str = "") -> Subject:
    """A site, or a thing at it."""
    return Subject(f"{site.id}/{thing}" if thing else site.id, site.id, site.name, site.lat, site.lon, site)


def of_gauge(gauge: Gauge, thing: str = "") -> Subject:
    """A rain gauge, or a sensor of it."""
    return Subject(f"{gauge.id}/{thing}" if thing else gauge.id, gauge.id, gauge.name, gauge.lat, gauge.lon)


def condition_id(kind: str, subject: str) -> str:
    """One condition of one thing, for ever."""
    return f"{kind}/{subject}"


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """A condition of a thing. sequence: signals ever sent of it; the rest is of the present spell, as last sent."""

    sequence: int = 0
    open: bool = False
    began_at: datetime | None = None
    expected_at: datetime | None = None
    expires_at: datetime | None = None
    priority: Priority = Priority.LOW
    probability: float | None = None
