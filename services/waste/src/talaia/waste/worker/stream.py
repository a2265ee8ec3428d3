"""The worker's wiring: the domain's step as a processor of the bus."""

from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from talaia.contracts.catalogue import EQUIPMENT, FORECASTS, MEASUREMENTS, READINGS, SCORES, SIGNALS, SPILLS, Topic
from talaia.contracts.waste import Configured, Nowcasted
from talaia.stream.processor import Cause, Message, PartGauge, Rejected
from talaia.stream.translation import tick, utc
from talaia.waste.decide.step import advance
from talaia.waste.model.events import Configuration, Measurement, Nowcast, Refused, Wake
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import CATCHMENT, PART_FORMAT, CatchmentPart, Part
from talaia.waste.model.policy import Policy
from talaia.waste.worker import translate


class WasteProcessor:
    """Measurements to readings, forecasts, spills and signals; state by catchment."""

    name = "waste-worker"
    version = version("talaia-waste")
    inputs: tuple[Topic, ...] = (MEASUREMENTS,)
    outputs: tuple[Topic, ...] = (READINGS, FORECASTS, SIGNALS, SCORES, EQUIPMENT, SPILLS)
    part_type: Any = Part
    part_format = PART_FORMAT
    gauges: tuple[PartGauge, ...] = (
        PartGauge("talaia_silent_sites", "Sites of which no usable level comes", CATCHMENT, lambda part: part.silent_sites),
    )

    def __init__(self, policy: Policy | None = None) -> None:
        self._policy = policy or Policy()

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        """Apply one event of a catchment. Raises Rejected."""
        if isinstance(event, Configured | Nowcasted) and event.data.catchment != key:
            raise Rejected("wrong_key", f"the event is of catchment {event.data.catchment}, the record's key is {key}")
        try:
            return self.step(parts, translate.told(event), utc(now))
        except Refused as why:
            raise Rejected(why.reason, why.detail) from None

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        """Let the parts of a catchment whose timers are due act."""
        return self.step(parts, Wake(names), utc(now))

    def step(self, parts: Mapping[str, Part], told: Measurement | Nowcast | Configuration | Wake, now: datetime) -> Step:
        """The domain's step alone. Raises Refused."""
        return advance(parts, told, self._policy, now)

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        """An outcome as an event of its topic."""
        return translate.message(key, outcome, cause, self.version)

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        """The area of a catchment."""
        catchment = parts.get(CATCHMENT)
        return catchment.area if isinstance(catchment, CatchmentPart) else None

    def tick(self, key: str, now: datetime) -> Message:
        """The event that lets the timers of a quiet partition fire."""
        return tick("waste", MEASUREMENTS, key, now)
