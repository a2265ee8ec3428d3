"""`alerts.ndjson` of a backtest: conditions as spells, from the first word on until nothing of the kind stands."""

from datetime import datetime

import msgspec

from talaia.contracts import alerts
from talaia.contracts.vocabulary import SignalState
from talaia.waste.ingest.city_entries import City
from talaia.waste.model.conditions import OVERFLOW_EXPECTED, OVERFLOW_STARTED, OVERFLOW_WATCH

_SPELLS = {
    OVERFLOW_WATCH: ("overflow_watch",),
    OVERFLOW_EXPECTED: ("overflow", "overflow_watch"),
    OVERFLOW_STARTED: ("overflow", "overflow_watch"),
    "waste.power_failed": ("power_fail",),
    "waste.blockage_suspected": ("blockage",),
}
"""A warning is held through the overflow it became, a watch through both."""
_OF_PUMPS = {"waste.pump_failed": "pump{}_fail", "waste.pump_degraded": "pump{}_degraded"}


class AlertLine(msgspec.Struct):
    """A line of `alerts.ndjson`."""

    site: str
    kind: str
    raised: datetime
    cleared: datetime | None
    minutes_to_overflow: float | None
    probability: float | None = None


class Alerts:
    """Conditions of each thing as spells: one is open while any of its conditions is."""

    def __init__(self, city: City) -> None:
        self._open: dict[tuple[str, str], tuple[AlertLine, set[str]]] = {}
        self._lines: list[AlertLine] = []
        sites = [site for catchment in city.catchments for site in catchment.sites]
        self._pumps = {f"{site.id}/{pump.id}": n for site in sites for n, pump in enumerate(site.pumps, start=1)}

    def take(self, signal: alerts.Signal, said_at: datetime) -> None:
        """A signal of any condition."""
        for kind in self._kinds(signal):
            self._take((signal.subject, kind), signal, said_at)

    def _kinds(self, signal: alerts.Signal) -> tuple[str, ...]:
        if signal.kind in _OF_PUMPS:
            return (_OF_PUMPS[signal.kind].format(self._pumps[signal.subject]),)
        return _SPELLS.get(signal.kind, (signal.kind.removeprefix("waste."),))

    def _take(self, spell: tuple[str, str], signal: alerts.Signal, said_at: datetime) -> None:
        if signal.state is SignalState.BEGAN and spell not in self._open:
            left_min = None
            if not isinstance(signal.expected_at, msgspec.UnsetType):
                left_min = max((signal.expected_at - said_at).total_seconds() / 60, 0.0)
            probability = None if isinstance(signal.probability, msgspec.UnsetType) else signal.probability
            alert = AlertLine(signal.location.site, spell[1], said_at, None, left_min, probability)
            self._lines.append(alert)
            self._open[spell] = alert, set()
        if spell not in self._open:
            return
        alert, standing = self._open[spell]
        if signal.state in (SignalState.BEGAN, SignalState.CHANGED):
            standing.add(signal.condition_id)
        else:
            standing.discard(signal.condition_id)
            standing.update([signal.became] if signal.became else [])
        if not standing:
            alert.cleared = said_at
            del self._open[spell]

    def lines(self) -> list[AlertLine]:
        """In order of beginning."""
        return sorted(self._lines, key=lambda alert: (alert.raised, alert.site, alert.kind))
