"""A catchment is configured: its sites and gauges begin, go on with what they learnt, or end."""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import SignalState
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.signals import OVERFLOW_EXPECTED, OVERFLOW_STARTED, tell
from talaia.waste.model.events import Configuration, Refused, Site
from talaia.waste.model.outcomes import Outcome, Step
from talaia.waste.model.parts import (
    CATCHMENT,
    CatchmentPart,
    Condition,
    GaugePart,
    Part,
    SitePart,
    gauge_part,
    site_part,
)
from talaia.waste.model.policy import Policy


def configure(parts: Mapping[str, Part], told: Configuration, now: datetime, policy: Policy) -> Step:
    """The parts of a catchment under its new configuration. The same one again changes nothing. Raises Refused."""
    before = parts.get(CATCHMENT)
    assert before is None or isinstance(before, CatchmentPart)
    if before is not None and (before.hash, before.area) == (told.hash, told.area):
        return Step()
    catchment = CatchmentPart(catchment=told.catchment, area=told.area, hash=told.hash, gauges=told.gauges)
    _check(told, catchment, policy)
    changed: dict[str, Part | None] = {CATCHMENT: catchment}
    for gauge in told.gauges:
        if gauge_part(gauge.id) not in parts:
            changed[gauge_part(gauge.id)] = GaugePart(gauge=gauge.id)
    sites = {site_part(site.id): site for site in told.sites}
    kept = {gauge_part(gauge.id) for gauge in told.gauges}
    outcomes: list[Outcome] = []
    for name in sorted(parts):
        part = parts[name]
        if isinstance(part, GaugePart) and name not in kept:
            changed[name] = None
        if isinstance(part, SitePart) and before is not None and _is_another(part, sites.get(name), before.area != told.area):
            at = Circumstances(now, told.cause, before.area, before.hash, policy)
            part, ended = _ended(part, at)
            outcomes += ended
            changed[name] = part if name in sites else None
    for name, site in sites.items():
        changed[name] = _configured(changed.get(name) or parts.get(name), site)
    wakes = {CATCHMENT: now + policy.signal.alive_every} if before is None else {}
    return Step(changed=changed, outcomes=tuple(outcomes), wakes=wakes)


def _is_another(part: SitePart, site: Site | None, moved: bool) -> bool:
    """Whether what was said of a site is no longer true of it: it is gone, of another kind, or of another area."""
    return site is None or moved or site.kind is not part.site.kind


def _configured(part: Part | None, site: Site) -> SitePart:
    """A site goes on with what it learnt, unless it is another kind of site now."""
    if not isinstance(part, SitePart):
        return SitePart(site=site)
    return msgspec.structs.replace(part, site=site, model=part.model if part.site.kind is site.kind else None)


def _ended(part: SitePart, at: Circumstances) -> tuple[SitePart, list[Outcome]]:
    """The site with its conditions over."""
    conditions: dict[str, Condition] = {"expected": part.expected, "started": part.started}
    said: list[Outcome] = []
    for field, kind in (("expected", OVERFLOW_EXPECTED), ("started", OVERFLOW_STARTED)):
        if conditions[field].open:
            conditions[field], ended = tell(conditions[field], SignalState.ENDED, kind, part.site, at)
            said.append(ended)
    return msgspec.structs.replace(part, **conditions), said


def _check(told: Configuration, catchment: CatchmentPart, policy: Policy) -> None:
    for name in (told.catchment, told.area, *(site.id for site in told.sites)):
        if len(name) > policy.id_characters:
            raise Refused("too_large", f"{name[:20]}... has more than {policy.id_characters} characters: shorten the id")
    gauges = [gauge.id for gauge in told.gauges]
    sites = [site.id for site in told.sites]
    for kind, names in (("gauge", gauges), ("site", sites)):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Refused("named_twice", f"{kind} {twice[0]} stands twice in the configuration")
    for site in told.sites:
        if site.gauge not in gauges:
            raise Refused("unknown_gauge", f"site {site.id} names gauge {site.gauge}, which the configuration does not have")
        if len(msgspec.msgpack.encode(site)) > policy.site_bytes:
            raise Refused("too_large", f"site {site.id} has more than {policy.site_bytes} bytes of text: shorten it")
    if len(msgspec.msgpack.encode(catchment)) > policy.catchment_bytes:
        raise Refused("too_large", f"the gauges have more than {policy.catchment_bytes} bytes of text: shorten their names")
