"""Conditions: what the service says of a thing, and what stands of it."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Priority
from talaia.waste.model.catchment import Gauge, Site

OVERFLOW_WATCH = "waste.overflow_watch"
OVERFLOW_EXPECTED = "waste.overflow_expected"
OVERFLOW_STARTED = "waste.overflow_started"
FORECAST_ADVISORY = "waste.forecast_advisory"
RAIN_FEED_LOST = "waste.rain_feed_lost"
GAUGE_UNDER_READING = "waste.gauge_under_reading"
DRY_WEATHER_SPILL = "waste.dry_weather_spill"
BLOCKAGE_SUSPECTED = "waste.blockage_suspected"
INFILTRATION_HIGH = "waste.infiltration_high"
GAS_HIGH = "waste.gas_high"
BATTERY_LOW = "waste.battery_low"
LEVEL_HIGH = "waste.level_high"
SENSOR_SILENT = "waste.sensor_silent"
SENSOR_FLAT = "waste.sensor_flat"
SENSOR_SPIKING = "waste.sensor_spiking"
SENSOR_OUT_OF_RANGE = "waste.sensor_out_of_range"
SENSOR_DRIFTING = "waste.sensor_drifting"
PUMP_FAILED = "waste.pump_failed"
POWER_FAILED = "waste.power_failed"
PUMP_DEGRADED = "waste.pump_degraded"
PUMP_LONG_RUN = "waste.pump_long_run"
PUMP_MANY_STARTS = "waste.pump_many_starts"
PUMP_NEVER_DUTY = "waste.pump_never_duty"

KINDS = (
    *(OVERFLOW_WATCH, OVERFLOW_EXPECTED, OVERFLOW_STARTED, FORECAST_ADVISORY, RAIN_FEED_LOST, DRY_WEATHER_SPILL),
    *(GAUGE_UNDER_READING, BLOCKAGE_SUSPECTED, INFILTRATION_HIGH, GAS_HIGH, BATTERY_LOW, LEVEL_HIGH),
    *(SENSOR_SILENT, SENSOR_FLAT, SENSOR_SPIKING, SENSOR_OUT_OF_RANGE, SENSOR_DRIFTING),
    *(PUMP_FAILED, POWER_FAILED, PUMP_DEGRADED, PUMP_LONG_RUN, PUMP_MANY_STARTS, PUMP_NEVER_DUTY),
)
"""Every kind of condition that the service tells of."""

GUIDANCE: Mapping[str, str] = MappingProxyType(
    {
        BLOCKAGE_SUSPECTED: (
            "The level has been too high for hours without rain. Compare with the next site downstream: if it is lower "
            "than usual, the blockage lies between. Send a crew with a jetter before rain or the next morning's peak."
        ),
        INFILTRATION_HIGH: (
            "More water than in the season before runs at night. Plan an inspection by camera upstream of the site, at "
            "high groundwater, and look for a leaking water main, an open drain or a pump that returns water."
        ),
        GAS_HIGH: (
            "Nobody goes in; call out whoever is inside, and keep people and flames away. Ventilate, and measure from outside "
            "before anybody enters with breathing apparatus. If one sample alone says so, wait for the next one outside."
        ),
        BATTERY_LOW: "Have the battery changed at the next visit, before the sensor falls silent.",
        SENSOR_SILENT: "Look at the neighbouring sites. Ask telemetry to restart the link; if rain is coming, send a crew.",
        SENSOR_FLAT: "Compare with the neighbouring sites. Ask telemetry whether the value is frozen; order cleaning.",
        SENSOR_SPIKING: "Order cleaning and a look at the cable.",
        SENSOR_OUT_OF_RANGE: "Ask telemetry for the scaling; order a repair.",
        SENSOR_DRIFTING: (
            "Measure the level by hand. If the sensor is off, clean it and set its zero anew; if it is right, look for water "
            "that seeps in or for deposits at the site."
        ),
        LEVEL_HIGH: "Look at the site's trend, its pumps and its outlet. Use the storage that is left; send a crew if it rises.",
        OVERFLOW_WATCH: "Look at the path of the level and at the rain. Free storage while there is time. Nothing to report yet.",
        OVERFLOW_EXPECTED: (
            "Check that the outlet is open and that the pumps run. Use the storage that is left upstream. Prepare the notices "
            "for the water that receives the spill."
        ),
        OVERFLOW_STARTED: (
            "Open what storage is left and slow what still comes in. Tell those who answer for the receiving water, and send a "
            "crew to the outfall; the record of the spill writes itself."
        ),
        DRY_WEATHER_SPILL: (
            "No rain explains it: look for a pump or power alarm here, then for a blockage downstream. Send a crew at once, "
            "and tell the regulator."
        ),
        FORECAST_ADVISORY: (
            "Trust the level more than this rule here; it still says what it expects, at low priority. Look at its last false "
            "alarms on the scoreboard: has the site, its gauge or its crest changed?"
        ),
        GAUGE_UNDER_READING: (
            "Clean funnel and filter and see that the gauge stands level. Pour a known amount through it: if it counts all of "
            "it, look for a tree or a wall that has come to shelter it. Forecasts trust it less meanwhile."
        ),
        RAIN_FEED_LOST: "Forecasts follow the levels alone, so they come later. Ask telemetry for the gauges.",
        PUMP_FAILED: (
            "Start the other pump by hand if it stands still. Reset this one once; if it trips again, send an electrician "
            "before rain or the morning's peak."
        ),
        POWER_FAILED: (
            "Ask the grid operator how long it lasts. Send a mobile generator if the path of the level reaches the crest before."
        ),
        PUMP_DEGRADED: "Have impeller and check valve looked at, before rain needs the whole flow. Compare with the other pump.",
        PUMP_LONG_RUN: "If the level does not fall, look for a blocked pump, a closed valve or water that runs back.",
        PUMP_MANY_STARTS: "Look at the switching levels and at the check valve: water that runs back starts the pump again.",
        PUMP_NEVER_DUTY: "See whether its switch stands on off. Start it once by hand, and put it back into turn.",
    }
)
"""What an operator does about a kind of condition, where neither the site nor the register of the city says it."""
_OF_SPILLS = (OVERFLOW_WATCH, OVERFLOW_EXPECTED, OVERFLOW_STARTED, DRY_WEATHER_SPILL)
"""What the city says of a site is about these."""


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


class Guidance(NamedTuple):
    """What to do. general: about a kind of condition anywhere, as the city's own register may know better."""

    text: str
    general: bool = False


def guidance(kind: str, site: Site | None) -> Guidance:
    """What to do about a condition: by the city for this kind, of a spill by the city for the site, else by GUIDANCE."""
    if site is not None and (own := site.guidance_by_kind.get(kind)):
        return Guidance(own)
    if site is not None and kind in _OF_SPILLS and site.guidance:
        return Guidance(site.guidance)
    return Guidance(GUIDANCE[kind], general=True)


def condition_id(kind: str, subject: str) -> str:
    """One condition of one thing, for ever."""
    return f"{kind}/{subject}"


class Condition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A condition of a thing. sequence: signals ever sent of it; the rest is of the present spell, as last sent."""

    sequence: int = 0
    open: bool = False
    began_at: datetime | None = None
    expected_at: datetime | None = None
    expires_at: datetime | None = None
    priority: Priority = Priority.LOW
    probability: float | None = None
