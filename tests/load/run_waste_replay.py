"""The waste worker replays a recording that is on its input: state, changelog, outputs and commit acknowledged."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from load.lane_run import measure
from load.meter import Meter
from talaia.waste.model.outcomes import Step
from talaia.waste.worker.stream import WasteProcessor


class Metered(WasteProcessor):
    """The worker's processor; its first event starts the meter."""

    def __init__(self, meter: Meter) -> None:
        super().__init__()
        self._meter = meter

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        if not parts:
            self._meter.start()
        return super().on_event(key, parts, event, now)


meter = Meter()
measure(Metered(meter), meter)
