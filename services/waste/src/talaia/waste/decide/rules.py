"""What a rule is told, and how rules follow each other, besides quality control and the overflow forecast.

Each is a function in a file of its own; `rulebook.py` says which hear what.

A rule sees the parts as the rules before it left them, and says what follows. One that keeps a record takes what is
late or out of order; one that alarms is not told of it.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Self

import msgspec

from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.decide.rain import RainView
from talaia.waste.model.events import Measurement
from talaia.waste.model.outcomes import Outcome, Step
from talaia.waste.model.parts import CatchmentPart, Keeper, Part, SitePart, site_part
from talaia.waste.model.policy import Policy

_NONE: Mapping[str, datetime | None] = {}


class Heard(msgspec.Struct, frozen=True):
    """A new measurement, judged.

    holder, keeper: the part that keeps its sensor, by name, and as quality control left it. time_s: since 1970.
    """

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    holder: str
    keeper: Keeper
    measured: Measurement
    time_s: float
    verdict: Verdict
    now: datetime
    policy: Policy

    @property
    def at(self) -> Circumstances:
        """In which something is said, which after most measurements nothing is."""
        return Circumstances(self.now, self.measured.cause, self.catchment.area, self.catchment.hash, self.policy)


class Closed(NamedTuple):
    """A slot of these sites was closed, and their forecasts issued. sites: as they stand after that."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    sites: tuple[SitePart, ...]
    rain: RainView
    at: Circumstances

    def of(self, site: SitePart) -> Circumstances:
        """Under which something is said of one of them."""
        return self.at._replace(cause=f"{site_part(site.site.id)}@{self.at.now.isoformat()}")


class Round(NamedTuple):
    """It is time to look round in the catchment: at what did not happen. keepers: all parts that keep sensors, by name."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    keepers: Mapping[str, Keeper]
    at: Circumstances


class Woken(NamedTuple):
    """The timer of a part, by name, is due."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    name: str
    at: Circumstances


class Sequel(Mapping[str, Part]):
    """A step in the making: what each rule says is added, and the next one sees the parts as they are by then.

    It is these parts: those that were changed, over those that were. What was ended is seen as None.
    """

    __slots__ = ("_before", "_changed", "_outcomes", "_wakes")

    def __init__(
        self,
        parts: Mapping[str, Part],
        changed: dict[str, Part | None],
        outcomes: tuple[Outcome, ...] = (),
        wakes: Mapping[str, datetime | None] = _NONE,
    ) -> None:
        self._before = parts
        self._changed = changed
        self._outcomes = outcomes
        self._wakes = wakes

    @classmethod
    def after(cls, parts: Mapping[str, Part], step: Step) -> Self:
        """A step that goes on; the parts as they were before it."""
        return cls(parts, dict(step.changed), step.outcomes, step.wakes)

    def add(self, step: Step) -> None:
        """What follows besides; of a part that was changed before, this counts."""
        self._changed.update(step.changed)
        if step.outcomes:
            self._outcomes += step.outcomes
        if step.wakes:
            self._wakes = {**self._wakes, **step.wakes}

    def step(self) -> Step:
        """All of it."""
        return Step(changed=self._changed, outcomes=self._outcomes, wakes=self._wakes)

    def __getitem__(self, name: str) -> Any:
        return self._changed[name] if name in self._changed else self._before[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The part, or `default`: rules ask so often that Mapping.get would cost too much."""
        return self._changed[name] if name in self._changed else self._before.get(name, default)

    def __contains__(self, name: object) -> bool:
        return name in self._changed or name in self._before

    def __iter__(self) -> Iterator[str]:
        yield from self._before
        yield from (name for name in self._changed if name not in self._before)

    def __len__(self) -> int:
        return sum(1 for _ in self)
