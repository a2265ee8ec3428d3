"""The telemetry of a city for the benchmark of a waste worker: each site tells its level once a minute, at its own second."""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.catchment import Catchment, Gauge, Site
from talaia.contracts.vocabulary import Quantity, SiteKind, Unit
from talaia.contracts.waste import Configured, Measured, Measurement
from talaia.stream.processor import Message

CATCHMENTS, SITES, GAUGES = 8, 250, 4
"""Of the city: 2,000 sites; 250 are the most that a catchment has."""
_KINDS = (SiteKind.STORAGE_TANK, SiteKind.PIPE_CSO, SiteKind.MANHOLE)
_MINUTE = timedelta(minutes=1)


def configured(now: datetime) -> Iterator[Message]:
    """All catchments."""
    for catchment in range(CATCHMENTS):
        gauges = [f"C{catchment}-G{number}" for number in range(GAUGES)]
        sites = [
            Site(id=f"C{catchment}-S{number}", kind=_KINDS[number % 3], crest_m=4.0, gauge=gauges[number % GAUGES])
            for number in range(SITES)
        ]
        content = Catchment(
            catchment=_name(catchment),
            area="city",
            hash="benchmark",
            valid_from=now,
            decided_by="benchmark",
            gauges=[Gauge(id=gauge) for gauge in gauges],
            sites=sites,
        )
        event = Configured(id=f"configured-{catchment}", source="benchmark", time=now, recordedtime=now, data=content)
        yield Message(MEASUREMENTS, _name(catchment), event)


def measured(since: datetime, until: datetime) -> Iterator[Message]:
    """What is told between two moments, each thing at its own second of the minute."""
    things = [(number, f"S{number}", Quantity.LEVEL) for number in range(SITES)]
    things += [(number, f"G{number}", Quantity.RAINFALL) for number in range(GAUGES)]
    for catchment in range(CATCHMENTS):
        for number, name, quantity in things:
            at = since.replace(second=0, microsecond=0) + _offset(catchment, number)
            while at < until:
                if at >= since:
                    yield Message(MEASUREMENTS, _name(catchment), _said(f"C{catchment}-{name}", quantity, number, at))
                at += _MINUTE


def _offset(catchment: int, number: int) -> timedelta:
    return timedelta(milliseconds=(number * CATCHMENTS + catchment) * 60_000 // (SITES * CATCHMENTS))


def _name(catchment: int) -> str:
    return f"catchment-{catchment}"


def _said(site: str, quantity: Quantity, number: int, at: datetime) -> Measured:
    level, minute = quantity is Quantity.LEVEL, at.timestamp() / 60
    value = 1.0 + 0.3 * math.sin(minute / 229 + number) + 0.02 * math.sin(37 * minute + number) if level else number % 2 / 10
    return Measured(
        id=f"{site}-{at.timestamp():.3f}",
        source="telemetry",
        subject=site,
        time=at,
        recordedtime=at,
        data=Measurement(
            site=site,
            sensor=f"{site}.{quantity.value}",
            quantity=quantity,
            value=round(value, 3),
            unit=Unit.METRE if level else Unit.MILLIMETRE,
        ),
    )
