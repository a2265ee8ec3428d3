"""A pumping station that is lived minute by minute: water flows in, two pumps take turns, sensors tell the town of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from support.town import MIDNIGHT, MINUTE, SECOND, Town, configuration, measured
from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.waste.model.catchment import Pump, Site
from talaia.waste.model.events import Measurement

PUMPS = tuple(Pump(id=name, command=f"PS1.{name}.cmd", running=f"PS1.{name}.run", rated_m3_per_s=0.05) for name in ("P1", "P2"))
STATION = Site(id="PS1", kind=SiteKind.PUMP_STATION, crest_m=4.0, gauge="RG1", area_m2=14.0, pumps=PUMPS)
STARTS_M = (1.6, 2.1)
STOPS_M = (0.7, 1.0)
"""Levels at which the pump on duty starts and stops, and the one that assists."""


def pumping_town(site: Site = STATION) -> Town:
    """A town with that station alone."""
    return Town().configured(configuration(sites=(site,)))


@dataclass
class WetWell:
    """The station. inflow, flows: metres of level a minute. broken: pumps that do not run. late: next samples, by sensor."""

    town: Town = field(default_factory=pumping_town)
    inflow: float = 0.1
    flows: dict[str, float] = field(default_factory=lambda: {"P1": 0.21, "P2": 0.21})
    broken: set[str] = field(default_factory=set)
    power: bool = True
    late: dict[str, timedelta] = field(default_factory=dict)
    level: float = 0.8
    minute: int = 0
    asked: list[str] = field(default_factory=list)
    order: list[str] = field(default_factory=lambda: ["P1", "P2"])
    _sent: dict[str, float] = field(default_factory=dict)
    _waiting: list[Measurement] = field(default_factory=list)
    _noise: Random = field(default_factory=lambda: Random(7))

    def run(self, minutes: int) -> "WetWell":
        """Live on for so long."""
        for _ in range(minutes):
            self.minute += 1
            self.level += self.inflow - sum(self.flows[pump] for pump in self.running())
            self._control()
            self._tell()
        return self

    def running(self) -> list[str]:
        """The pumps that run now."""
        return [pump for pump in self.asked if self.power and pump not in self.broken]

    def until(self, *, asked: str) -> "WetWell":
        """Live on until a pump is asked anew."""
        while asked in self.asked:
            self.run(1)
        while asked not in self.asked:
            self.run(1)
        return self

    def _control(self) -> None:
        if self.asked and self.level < STOPS_M[len(self.asked) - 1]:
            self.order.append(self.asked.pop())
        elif len(self.asked) < len(STARTS_M) and self.order and self.level > STARTS_M[len(self.asked)]:
            self.asked.append(self.order.pop(0))

    def _tell(self) -> None:
        told = [(Quantity.LEVEL, "PS1.level", round(self.level + self._noise.gauss(0, 0.004), 3))]
        for pump in ("P1", "P2"):
            told.append((Quantity.PUMP_COMMAND, f"PS1.{pump}.cmd", float(pump in self.asked)))
            told.append((Quantity.PUMP_RUNNING, f"PS1.{pump}.run", float(pump in self.running())))
        for quantity, sensor, value in told:
            if quantity is not Quantity.LEVEL and self._sent.get(sensor) == value and self.minute % 60:
                continue
            self._sent[sensor] = value
            after = self.late.pop(sensor, (len(self._waiting) % 5 + 1) * SECOND)
            self._waiting.append(measured(quantity, "PS1", value, MIDNIGHT + self.minute * MINUTE, sensor=sensor, after=after))
        end = MIDNIGHT + self.minute * MINUTE + 30 * SECOND
        due = sorted((each for each in self._waiting if each.recorded_at <= end), key=lambda each: each.recorded_at)
        self._waiting = [each for each in self._waiting if each.recorded_at > end]
        for each in due:
            self.town.tell(each)
