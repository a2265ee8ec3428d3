"""What the step is told: a sensor measured, rain is coming, a catchment was configured, a timer is due."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Quantity, Unit
from talaia.waste.model.catchment import Gauge, Site


class Measurement(msgspec.Struct, frozen=True, kw_only=True):
    """One sample of one sensor. source and id: the event's identity; time: when measured, UTC."""

    source: str
    id: str
    time: datetime
    recorded_at: datetime
    site: str
    sensor: str
    quantity: Quantity
    value: float
    unit: Unit
    quality: str = "good"

    @property
    def cause(self) -> str:
        """The event's identity as a text from which ids of outcomes derive."""
        return f"{self.source}#{self.id}"


class Configuration(msgspec.Struct, frozen=True, kw_only=True):
    """From here on the catchment is this. hash: of its content."""

    source: str
    id: str
    catchment: str
    area: str
    hash: str
    gauges: tuple[Gauge, ...]
    sites: tuple[Site, ...]
    zone: str = "UTC"

    @property
    def cause(self) -> str:
        """The event's identity as a text from which ids of outcomes derive."""
        return f"{self.source}#{self.id}"


class Nowcast(msgspec.Struct, frozen=True, kw_only=True):
    """Rain to come at a gauge, millimetres a step; the first step begins when it was issued."""

    source: str
    id: str
    recorded_at: datetime
    gauge: str
    issued_at: datetime
    step_min: float
    mm: tuple[float, ...]

    @property
    def cause(self) -> str:
        """The event's identity as a text from which ids of outcomes derive."""
        return f"{self.source}#{self.id}"


class Wake(msgspec.Struct, frozen=True):
    """Timers of these parts are due."""

    parts: tuple[str, ...]


class Refused(Exception):
    """An event that cannot be applied and changes nothing. reason: a stable word; detail: a sentence."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
