"""A slot closes: the sites of a catchment whose timers are due take it in, forecast, and say what has changed."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import SignalState, SiteKind
from talaia.waste.decide import flashy, forecast, hindsight, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.expecting import concerns, expecting, foreseen, nothing_expected
from talaia.waste.decide.levels import level_at, level_m
from talaia.waste.decide.rulebook import ON_SLOT
from talaia.waste.decide.rules import Closed, Sequel
from talaia.waste.decide.signals import evidence, must_renew, tell
from talaia.waste.decide.slots import due, open_slot
from talaia.waste.model.conditions import OVERFLOW_EXPECTED, OVERFLOW_STARTED, of_site
from talaia.waste.model.flashy import FLASHY, FlashyPart
from talaia.waste.model.outcomes import Forecast, Outcome, Step
from talaia.waste.model.outlook import OutlookPart, outlook_part
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Part, SitePart
from talaia.waste.model.policy import Policy
from talaia.waste.model.rainfall import RAIN

_STORING = (SiteKind.STORAGE_TANK, SiteKind.PUMP_STATION, SiteKind.MANHOLE)
"""Kinds of site whose level rises and falls by what is stored in them."""


def close_slot(
    parts: Mapping[str, Part], catchment: CatchmentPart, names: tuple[str, ...], now: datetime, policy: Policy
) -> Step:
    """The slot that is due now, for these sites. A site without a good level for long sleeps until one arrives."""
    slot = open_slot(now) - 1
    view = rain.look(parts, catchment, slot, policy)
    sites = {name: _site(parts, name) for name in names}
    learnt = hindsight.learnt(sites.values(), parts, slot, policy)
    stamp = f"@{now.isoformat()}"
    at = Circumstances(now, CATCHMENT + stamp, catchment.area, catchment.hash, policy)
    foreseen = _forecasts(sites, stamp, parts, learnt, view, at)
    changed: dict[str, Part | None] = {**learnt, **foreseen.shared}
    outcomes: list[Outcome] = []
    closed: list[SitePart] = []
    for name, part in sites.items():
        after, issued = foreseen.issued.get(name) or (part, None)
        if issued is not None:
            outcomes.append(issued)
        if issued is None or concerns(after, issued):
            after, said = _told(after, issued, name in foreseen.unknown, view, at._replace(cause=name + stamp))
            outcomes += said
        if after is not part:
            changed[name] = after
        closed.append(after)
    if (fallen := rain.learn(parts, catchment, view, policy)) is not None:
        changed[RAIN] = fallen
    again = due(slot + 1)
    wakes = {name: again for name in names if name not in foreseen.unknown}
    sequel = Sequel(parts, changed, tuple(outcomes), wakes)
    told = Closed(sequel, catchment, tuple(closed), view, at)
    for rule in ON_SLOT:
        sequel.add(rule(told))
    return sequel.step()


def _site(parts: Mapping[str, Part], name: str) -> SitePart:
    part = parts[name]
    assert isinstance(part, SitePart)
    return part


class Foreseen(NamedTuple):
    """Sites after the slot with their forecasts, by name; what they learnt together; sites of which nobody knows anything."""

    issued: dict[str, tuple[SitePart, Forecast]]
    shared: dict[str, Part]
    unknown: set[str]


def _forecasts(
    sites: Mapping[str, SitePart],
    stamp: str,
    parts: Mapping[str, Part],
    learnt: Mapping[str, OutlookPart],
    view: rain.RainView,
    at: Circumstances,
) -> Foreseen:
    """Tanks are forecast together, and so are pipes. stamp: what makes a site's name the cause of its forecast."""
    policy, oldest = at.policy.forecast, at.now - at.policy.forecast.level_age
    tanks: dict[str, forecast.Tank] = {}
    pipes: dict[str, flashy.Pipe] = {}
    unknown: set[str] = set()
    errors, errors_of = None, None
    for name, part in sites.items():
        seen_at = level_at(part.trail)
        if seen_at is None or seen_at < oldest:
            unknown.add(name)
            continue
        level, kind = level_m(part.trail, policy), part.site.kind
        if level is None:
            continue
        if kind in _STORING:
            if errors is None or kind is not errors_of:
                errors, errors_of = hindsight.errors_of(outlook_part(kind), at.policy.outlook, learnt, parts), kind
            tanks[name] = forecast.Tank(part, level, seen_at, errors, name + stamp)
        else:
            pipes[name] = flashy.Pipe(part, level, name + stamp)
    known = parts.get(FLASHY)
    assert known is None or isinstance(known, FlashyPart)
    shared, flowing = flashy.forecasts(known, tuple(pipes.values()), view, at)
    standing = forecast.forecasts(tuple(tanks.values()), view, at)
    issued = dict(zip((*pipes, *tanks), (*flowing, *standing), strict=True))
    return Foreseen(issued, {} if shared is None or shared is known else {FLASHY: shared}, unknown)


def _told(
    part: SitePart, issued: Forecast | None, unknown: bool, view: rain.RainView, at: Circumstances
) -> tuple[SitePart, list[Outcome]]:
    if unknown:
        return _unknown(part, view, at)
    if issued is None or part.started.open:
        return _overflowing(part, view, at, issued)
    return expecting(part, view, at, issued)


def _overflowing(
    part: SitePart, view: rain.RainView, at: Circumstances, issued: Forecast | None
) -> tuple[SitePart, list[Outcome]]:
    if not part.started.open or not must_renew(part.started, at.now, at.policy.signal):
        return part, []
    why = foreseen(part, OVERFLOW_STARTED, view, at, issued)
    told, said = tell(part.started, SignalState.CHANGED, OVERFLOW_STARTED, of_site(part.site), at, evidence=why)
    return msgspec.structs.replace(part, started=told), [said]


def _unknown(part: SitePart, view: rain.RainView, at: Circumstances) -> tuple[SitePart, list[Outcome]]:
    """Nobody knows how the site stands: what was expected ends and says so, an overflow stays open and turns stale."""
    if not (part.expected.open or part.watched.open):
        return part, []
    silent = "no good level for an hour: how the site stands is unknown"
    why = evidence(part, OVERFLOW_EXPECTED, rain.evidence(view, part.site.own_rain), at, None, reason=silent)
    return nothing_expected(part, at, why, started=False)
