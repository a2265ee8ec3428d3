"""A slot closes: the sites of a catchment whose timers are due take it in, forecast, and say what has changed."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import SignalState, SiteKind
from talaia.waste.decide import flashy, forecast, grey_box, hindsight, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.expecting import expecting, nothing_expected
from talaia.waste.decide.rulebook import ON_SLOT
from talaia.waste.decide.rules import Closed, Sequel
from talaia.waste.decide.signals import evidence, must_renew, tell
from talaia.waste.decide.slots import due, open_slot
from talaia.waste.model.conditions import OVERFLOW_EXPECTED, OVERFLOW_STARTED, of_site
from talaia.waste.model.flashy import FLASHY, FlashyPart
from talaia.waste.model.outcomes import Forecast, Outcome, Step
from talaia.waste.model.outlook import OutlookPart
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
    learnt = hindsight.learnt(parts, names, slot, policy)
    changed: dict[str, Part | None] = dict(learnt)
    wakes: dict[str, datetime | None] = {}
    outcomes: list[Outcome] = []
    closed: list[SitePart] = []
    shared = known = parts.get(FLASHY)
    for name in names:
        part = parts[name]
        assert isinstance(part, SitePart)
        at = Circumstances(now, f"{name}@{now.isoformat()}", catchment.area, catchment.hash, policy)
        taken_at = forecast.level_at(part.trail)
        if taken_at is None or now - taken_at > policy.forecast.level_age:
            after, said = _unknown(part, view, at)
        else:
            errors = hindsight.errors_of(part, policy.outlook, learnt, parts)
            shared, after, said = _forecast(shared, part, view, errors, at)
            wakes[name] = due(slot + 1)
        outcomes += said
        if after is not part:
            changed[name] = after
        closed.append(after)
    if shared is not known:
        changed[FLASHY] = shared
    if (fallen := rain.learn(parts, catchment, view, policy)) is not None:
        changed[RAIN] = fallen
    at = Circumstances(now, f"{CATCHMENT}@{now.isoformat()}", catchment.area, catchment.hash, policy)
    sequel = Sequel(parts, changed, tuple(outcomes), wakes)
    told = Closed(sequel, catchment, tuple(closed), view, at)
    for rule in ON_SLOT:
        sequel.add(rule(told))
    return sequel.step()


def _forecast(
    shared: Part | None, part: SitePart, view: rain.RainView, errors: OutlookPart, at: Circumstances
) -> tuple[Part | None, SitePart, list[Outcome]]:
    """What the flashy sites share and the site after the slot, and what is said of it."""
    level = forecast.level_m(part.trail, at.policy.forecast)
    if level is None:
        return shared, *_overflowing(part, view, at, None)
    if part.site.kind in _STORING:
        part, issued = _stored(part, view, level, errors, at)
    else:
        assert shared is None or isinstance(shared, FlashyPart)
        shared, part, issued = flashy.forecast(shared or flashy.untrained(at.policy.flashy), part, view, level, at)
    say = _overflowing if part.started.open else expecting
    after, said = say(part, view, at, issued)
    return shared, after, [issued, *said]


def _stored(
    part: SitePart, view: rain.RainView, level: float, errors: OutlookPart, at: Circumstances
) -> tuple[SitePart, Forecast]:
    rows = grey_box.inputs(view, part.site.gauge)
    model = forecast.model_after(part, view, rows, level, at.policy.forecast)
    known = grey_box.without_rain(model) if view.lost else model
    issued = forecast.issue(part, known, view, rows, errors, at)
    told = hindsight.told_after(part, issued, view.slot, at.policy.outlook)
    return msgspec.structs.replace(part, model=model, told=told), issued


def _overflowing(
    part: SitePart, view: rain.RainView, at: Circumstances, issued: Forecast | None
) -> tuple[SitePart, list[Outcome]]:
    if not part.started.open or not must_renew(part.started, at.now, at.policy.signal):
        return part, []
    why = evidence(part, OVERFLOW_STARTED, rain.evidence(view, part.site.gauge), at, issued)
    told, said = tell(part.started, SignalState.CHANGED, OVERFLOW_STARTED, of_site(part.site), at, evidence=why)
    return msgspec.structs.replace(part, started=told), [said]


def _unknown(part: SitePart, view: rain.RainView, at: Circumstances) -> tuple[SitePart, list[Outcome]]:
    """Nobody knows how the site stands: what was expected ends and says so, an overflow stays open and turns stale."""
    if not (part.expected.open or part.watched.open):
        return part, []
    silent = "no good level for an hour: how the site stands is unknown"
    why = evidence(part, OVERFLOW_EXPECTED, rain.evidence(view, part.site.gauge), at, None, reason=silent)
    return nothing_expected(part, at, why, started=False)
