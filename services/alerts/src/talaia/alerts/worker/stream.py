"""The worker's wiring: the domain's step as a processor of the bus."""

from collections.abc import Callable, Mapping
from datetime import datetime
from importlib.metadata import version
from typing import Any

from talaia.alerts.decide.step import advance
from talaia.alerts.model.inputs import Wake
from talaia.alerts.model.outcomes import Look, Step
from talaia.alerts.model.parts import PART_FORMAT, POLICY, Part
from talaia.alerts.worker import translate
from talaia.contracts.catalogue import ACTS, ALARMS, INCIDENTS, JOURNAL, SIGNALS, Topic
from talaia.stream.processor import Cause, Message, PartGauge, Rejected
from talaia.stream.translation import tick, utc


def _unwatched(_look: Look) -> None:
    """The bus needs no look: it hears of what changed."""


class AlertsProcessor:
    """Signals and acts to alarms and their journal; state by area. watch: is shown what each input came to."""

    name = "alerts-worker"
    version = version("talaia-alerts")
    inputs: tuple[Topic, ...] = (SIGNALS, ACTS)
    outputs: tuple[Topic, ...] = (ALARMS, JOURNAL, INCIDENTS)
    part_type: Any = Part
    part_format = PART_FORMAT
    gauges: tuple[PartGauge, ...] = ()

    def __init__(self, watch: Callable[[Look], None] = _unwatched) -> None:
        self._watch = watch

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        """Apply one signal or act of an area. Raises Rejected."""
        step = self._watched(advance(key, parts, translate.told(key, event), utc(now)))
        if step.refused is not None:
            raise Rejected(*step.refused)
        return step

    def on_wake(self, key: str, parts: Mapping[str, Any], names: tuple[str, ...], now: datetime) -> Step:
        """Let the parts of an area whose timers are due act."""
        return self._watched(advance(key, parts, Wake(names), utc(now)))

    def message(self, key: str, outcome: Any, cause: Cause) -> Message:
        """An outcome as an event of its topic."""
        return translate.message(key, outcome, cause)

    def area(self, key: str, parts: Mapping[str, Any]) -> str | None:
        """The key, where it is an area with a register."""
        return key if POLICY in parts else None

    def tick(self, key: str, now: datetime) -> Message:
        """The event that lets the timers of a quiet partition fire."""
        return tick("alerts", SIGNALS, key, now)

    def _watched(self, step: Step) -> Step:
        for look in step.looks:
            self._watch(look)
        return step
