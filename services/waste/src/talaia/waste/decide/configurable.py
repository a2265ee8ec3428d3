"""What no configuration may be. Ids become names, of parts and of conditions: `<kind>/<site>/<thing>`, of limited length."""

from collections.abc import Iterator

import msgspec

from talaia.waste.decide.zones import zone
from talaia.waste.model.catchment import Site
from talaia.waste.model.events import Configuration, Refused
from talaia.waste.model.parts import CatchmentPart
from talaia.waste.model.policy import Policy
from talaia.waste.model.rainfall import MixturesPart


def check(told: Configuration, catchment: CatchmentPart, mixtures: MixturesPart | None, policy: Policy) -> None:
    """Raises Refused when it cannot be taken. catchment, mixtures: the parts that would keep it."""
    zone(told.zone)
    gauges = [gauge.id for gauge in told.gauges]
    sites = [site.id for site in told.sites]
    _check_ids(told, policy)
    for kind, names in (("gauge", gauges), ("site", sites)):
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise Refused("named_twice", f"{kind} {twice[0]} stands twice in the configuration")
    for site in told.sites:
        if site.gauge not in gauges:
            raise Refused("unknown_gauge", f"site {site.id} names gauge {site.gauge}, which the configuration does not have")
        strange = sorted(site.gauge_weights.keys() - set(gauges))
        if strange:
            raise Refused("unknown_gauge", f"site {site.id} weighs gauge {strange[0]}, which the configuration does not have")
        if site.gauge_weights and not sum(site.gauge_weights.values()) > 0:
            raise Refused("gauge_weights", f"the weights of site {site.id} add up to nothing: give at least one gauge a share")
        if len(msgspec.msgpack.encode(site)) > policy.site_bytes:
            raise Refused("too_large", f"site {site.id} has more than {policy.site_bytes} bytes of text: shorten it")
    if mixtures is not None and len(msgspec.msgpack.encode(mixtures)) > policy.mixtures_bytes:
        raise Refused("too_large", f"gauge weights have more than {policy.mixtures_bytes} bytes: weigh fewer gauges")
    if len(msgspec.msgpack.encode(catchment)) > policy.catchment_bytes:
        raise Refused("too_large", f"the gauges have more than {policy.catchment_bytes} bytes of text: shorten their names")


def _check_ids(told: Configuration, policy: Policy) -> None:
    places = [*(gauge.id for gauge in told.gauges), *(site.id for site in told.sites)]
    things = {site.id: sorted(_things(site)) for site in told.sites}
    for name in (told.catchment, told.area, *things):
        if len(name) > policy.id_characters:
            raise Refused("too_large", f"{name[:20]}... has more than {policy.id_characters} characters: shorten the id")
    for name in (*places, *(thing for of_site in things.values() for thing in of_site)):
        if "/" in name:
            raise Refused("divided_id", f"{name[:60]!r} has a /, which divides names: write - instead")
    for site, names in things.items():
        for name in names:
            if len(f"{site}/{name}") > policy.thing_characters:
                whole = f"{name[:20]}... of {site[:20]} have more than {policy.thing_characters} characters"
                raise Refused("too_large", f"the ids {whole} together: shorten them")


def _things(site: Site) -> Iterator[str]:
    """Ids of what a site has: its pumps, and all sensors that are named."""
    for pump in site.pumps:
        yield pump.id
        yield from pump.sensors
    yield from (sensor.id for sensor in site.sensors)
