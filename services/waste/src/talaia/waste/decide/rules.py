"""What a rule is told, and how rules follow each other, besides quality control and the overflow forecast.

Each is a function in a file of its own; `rulebook.py` says which hear what.

A rule sees the parts as the rules before it left them, and says what follows. One that keeps a record takes what is
late or out of order; one that alarms leaves it alone.
"""

from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.quality.verdict import Verdict
from talaia.waste.decide.rain import RainView
from talaia.waste.model.events import Measurement
from talaia.waste.model.outcomes import Step, joined
from talaia.waste.model.parts import CatchmentPart, Part, SitePart


class Heard(NamedTuple):
    """A new measurement, judged. holder: the name of the part that keeps its sensor. late: its slot is closed already."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    holder: str
    measured: Measurement
    verdict: Verdict
    late: bool
    at: Circumstances


class Closed(NamedTuple):
    """A slot of a site was closed, and its forecast issued."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    site: SitePart
    rain: RainView
    at: Circumstances


class Round(NamedTuple):
    """A minute passed in the catchment."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    at: Circumstances


class Woken(NamedTuple):
    """The timer of a part, by name, is due."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    name: str
    at: Circumstances


Telling = TypeVar("Telling", Heard, Closed, Round, Woken)


def follow(step: Step, rules: Iterable[Callable[[Telling], Step]], told: Telling) -> Step:
    """The step, and what the rules make of what was told."""
    for rule in rules:
        parts: Any = ChainMap(dict(step.changed), told.parts)  # type: ignore[arg-type]  # it is only read
        step = joined(step, rule(told._replace(parts=parts)))
    return step
