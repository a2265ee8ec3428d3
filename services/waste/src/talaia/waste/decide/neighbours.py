"""The sites next to one in the sewer: where its water goes, and from where it comes, and how each stands.

What is told of a blockage asks to compare with them. They are looked for only when something is said.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from talaia.contracts.vocabulary import Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.levels import level_at, level_m
from talaia.waste.model.catchment import Site
from talaia.waste.model.dry import DryPart, dry_part
from talaia.waste.model.outcomes import Observation
from talaia.waste.model.parts import Part, SitePart, site_part

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_HALF_HOUR = timedelta(minutes=30)
_MOST_UPSTREAM = 8
"""A main sewer may have dozens: so many are shown, by id."""


class Neighbours(NamedTuple):
    """Which sites they are and how each stands, and of each its level and what is usual at this time, where known."""

    facts: dict[str, float | str]
    observations: tuple[Observation, ...]


def neighbours(site: Site, parts: Mapping[str, Part], at: Circumstances) -> Neighbours:
    """Of a site, at this time. Without `downstream` in the city file nobody knows where its water goes: it says so."""
    flowing = [part for part in parts.values() if isinstance(part, SitePart) and part.site.downstream == site.id]
    upstream = sorted(flowing, key=lambda part: part.site.id)
    below = parts.get(site_part(site.downstream)) if site.downstream else None
    downstream = [below] if isinstance(below, SitePart) else []
    shown = upstream[:_MOST_UPSTREAM]
    facts: dict[str, float | str] = {"downstream": _states(downstream, at) or site.downstream or "not configured"}
    if upstream:
        more = f", and {len(upstream) - len(shown)} more" if len(upstream) > len(shown) else ""
        facts["upstream"] = _states(shown, at) + more
    return Neighbours(facts, tuple([seen for part in (*downstream, *shown) for seen in _seen(part, parts, at)]))


def _states(among: Iterable[SitePart], at: Circumstances) -> str:
    return ", ".join(f"{part.site.id} {_state(part, at)}" for part in among)


def _state(part: SitePart, at: Circumstances) -> str:
    """In the words of the page: a site of which nobody can tell is unknown, never normal."""
    if _level(part, at) is None:
        return "unknown"
    if part.started.open:
        return "overflowing"
    return "warning" if part.expected.open else "watch" if part.watched.open else "normal"


def _level(part: SitePart, at: Circumstances) -> tuple[datetime, float] | None:
    """Its last good level, and when it was taken; None when that is too long ago."""
    time, policy = level_at(part.trail), at.policy.forecast
    level = level_m(part.trail, policy)
    return None if time is None or level is None or at.now - time > policy.level_age else (time, level)


def _seen(part: SitePart, parts: Mapping[str, Part], at: Circumstances) -> Iterable[Observation]:
    site = part.site.id
    if (known := _level(part, at)) is None:
        return
    yield Observation(f"{site} level", known[0], known[1], Unit.METRE)
    dry = parts.get(dry_part(site))
    if isinstance(dry, DryPart) and dry.compared:
        last = dry.compared[-1]
        yield Observation(
            f"{site} usual level", _EPOCH + last.half_hour * _HALF_HOUR, last.usual_mm / 1000 + dry.zero_m, Unit.METRE
        )
