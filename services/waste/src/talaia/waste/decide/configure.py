"""A catchment is configured: its sites and gauges begin, go on with what they learnt, or end."""

from collections.abc import Collection, Mapping
from datetime import datetime

import msgspec

from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.configurable import check
from talaia.waste.decide.rules import Woken
from talaia.waste.decide.spills.hear import taken_out
from talaia.waste.decide.standing import ended
from talaia.waste.model.catchment import Site
from talaia.waste.model.events import Configuration
from talaia.waste.model.flashy import FLASHY
from talaia.waste.model.outcomes import Outcome, Step
from talaia.waste.model.parts import (
    CATCHMENT,
    CatchmentPart,
    GaugePart,
    Part,
    SitePart,
    gauge_part,
    site_part,
)
from talaia.waste.model.policy import Policy
from talaia.waste.model.rainfall import MIXTURES, RAIN, MixturesPart
from talaia.waste.model.spills import SpillPart, spill_part


def configure(parts: Mapping[str, Part], told: Configuration, now: datetime, policy: Policy) -> Step:
    """The parts of a catchment under its new configuration. The same one again changes nothing. Raises Refused."""
    before = parts.get(CATCHMENT)
    assert before is None or isinstance(before, CatchmentPart)
    if before is not None and (before.hash, before.area) == (told.hash, told.area):
        return Step()
    catchment = CatchmentPart(catchment=told.catchment, area=told.area, hash=told.hash, gauges=told.gauges, zone=told.zone)
    mixed = {site.own_rain: site.gauge_weights for site in told.sites if site.gauge_weights}
    mixtures = MixturesPart(shares=mixed) if mixed else None
    check(told, catchment, mixtures, policy)
    changed: dict[str, Part | None] = {}
    outcomes: tuple[Outcome, ...] = ()
    if before is not None:
        at = Circumstances(now, told.cause, before.area, before.hash, policy)
        changed, outcomes = _left(parts, before, told, at)
        standing = changed.get(CATCHMENT, before)
        assert isinstance(standing, CatchmentPart)
        catchment = msgspec.structs.replace(catchment, conditions=standing.conditions, open=before.open)
    changed[CATCHMENT] = catchment
    if mixtures is not None or MIXTURES in parts:
        changed[MIXTURES] = mixtures
    for gauge in told.gauges:
        if gauge_part(gauge.id) not in parts:
            changed[gauge_part(gauge.id)] = GaugePart(gauge=gauge.id)
    for site in told.sites:
        name = site_part(site.id)
        known, record = parts.get(name), changed.get(spill_part(site.id)) or parts.get(spill_part(site.id))
        changed[name] = _configured(changed.get(name) or known, site)
        if isinstance(record, SpillPart) and isinstance(known, SitePart) and known.site.weir != site.weir:
            changed[spill_part(site.id)] = msgspec.structs.replace(record, crest_m=None)  # its next level works it out anew
    wakes = {CATCHMENT: now + policy.signal.alive_every} if before is None else {}
    return Step(changed=changed, outcomes=outcomes, wakes=wakes)


def _left(
    parts: Mapping[str, Part], before: CatchmentPart, told: Configuration, at: Circumstances
) -> tuple[dict[str, Part | None], tuple[Outcome, ...]]:
    """What is gone, with its conditions over; of a catchment that moved to another area, all conditions are over there."""
    changed: dict[str, Part | None] = {}
    outcomes: list[Outcome] = []
    sites = {site.id: site for site in told.sites}
    gauges = {gauge.id for gauge in told.gauges}
    for name in sorted(parts):
        goes_on = name == CATCHMENT or _goes_on(name, parts, sites, gauges)
        if goes_on and before.area == told.area:
            continue
        if not goes_on and isinstance(parts[name], SpillPart):
            outcomes += taken_out(Woken(parts, before, name, at)).outcomes
        part, said = ended(parts, before, parts[name], at)
        outcomes += said
        stays = goes_on or (isinstance(part, SitePart) and part.site.id in sites)
        changed[name] = part if stays else None
    return changed, tuple(outcomes)


def _goes_on(name: str, parts: Mapping[str, Part], sites: Mapping[str, Site], gauges: Collection[str]) -> bool:
    """Whether what a part tells of is still configured, and a site still of the same kind; spills are of any kind.

    Of rain that only new gauges are to tell nothing is known yet; where pumps run, the level tells of no dry weather.
    """
    if name in (FLASHY, MIXTURES):
        return True
    if name == RAIN:
        return any(gauge_part(gauge) in parts for gauge in gauges)
    kind, _, rest = name.partition("/")
    location, _, thing = rest.partition("/")
    if kind == "gauge":
        return location in gauges
    if kind == "outlook":
        return True
    if kind == "spill":
        return location in sites
    site, before = sites.get(location), parts.get(site_part(location))
    if site is None or not isinstance(before, SitePart) or before.site.kind is not site.kind:
        return False
    if kind in ("dry", "profile", "nights"):
        return not site.pumps
    if kind in ("sensor", "gas", "battery"):
        return thing not in before.site.named_sensors - site.named_sensors
    return kind != "pump" or thing in {pump.id for pump in site.pumps}


def _configured(part: Part | None, site: Site) -> SitePart:
    """A site goes on with what it learnt, unless it is another kind of site now; what it was told was told of it as it was."""
    if not isinstance(part, SitePart):
        return SitePart(site=site)
    gone = part.site.named_sensors - site.named_sensors
    sensors = {name: sensor for name, sensor in part.sensors.items() if name not in gone}
    if part.site.kind is not site.kind:
        return msgspec.structs.replace(part, site=site, sensors=sensors, told=None, model=None, flashy=None, advisory=())
    return msgspec.structs.replace(part, site=site, sensors=sensors, told=None)
