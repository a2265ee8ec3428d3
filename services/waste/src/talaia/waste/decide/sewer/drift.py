"""A level sensor drifts: night after night its lowest level in dry weather goes one way, and its neighbours' do not.

The last dry nights of a site make three parts of equal length, and the second lowest night of each is its base: the rain
of the days before only lifts a night, and one wrong night does not count. A drift moves the base twice, from part to
part. A sensor that was cleaned, a crest that was rebuilt or a blockage moves it once, groundwater moves the neighbours
too. Moves are shares of the depth, so that a tank and a pipe can be compared.

A sensor that drifts upwards seems never to recover from rain: a night is dry for it if it is so for its neighbours.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Flag, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.model.catchment import Site
from talaia.waste.model.conditions import SENSOR_DRIFTING
from talaia.waste.model.dry import DryPart, Night, NightsPart, dry_part, nights_part
from talaia.waste.model.outcomes import Evidence, Observation
from talaia.waste.model.parts import Part, Sample, SitePart, site_part
from talaia.waste.model.site_policy import SewerPolicy

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)
_NIGHTS = nights_part("")


class Watched(NamedTuple):
    """A site and its nights, in millimetres over zero_m."""

    site: Site
    zero_m: float
    nights: tuple[Night, ...]

    @property
    def depth_m(self) -> float:
        """From its bottom to its crest."""
        return self.site.crest_m - self.site.bottom_m


class Moved(NamedTuple):
    """The base of each of the three parts, millimetres."""

    watched: Watched
    bases_mm: tuple[int, ...]

    @property
    def moves(self) -> tuple[float, ...]:
        """From the first part to the second, and from that to the third, shares of the depth."""
        first, second, third = self.bases_mm
        depth_mm = 1000 * self.watched.depth_m
        return (second - first) / depth_mm, (third - second) / depth_mm


class Drift(NamedTuple):
    """How a site moved, and its neighbours meanwhile. nights: those of the site that count; lasts: last day of each part."""

    own: Moved
    neighbours: tuple[Moved, ...]
    nights: tuple[Night, ...]
    lasts: tuple[int, ...]

    @property
    def of_neighbours(self) -> tuple[float, ...]:
        """The median of their moves."""
        return tuple(median(moves) for moves in zip(*(each.moves for each in self.neighbours), strict=True))


class Catchment(NamedTuple):
    """Its sites, by id, in their order; of how many sites each day is known, and for how many it was dry."""

    sites: dict[str, Watched]
    known: Counter[int]
    dry: Counter[int]


def catchment_of(parts: Mapping[str, Part]) -> Catchment:
    """All sites of which nights are known."""
    sites: dict[str, Watched] = {}
    for name in sorted([name for name in parts if name.startswith(_NIGHTS)]):
        part, site = parts[name], name.removeprefix(_NIGHTS)
        place, of_dry = parts.get(site_part(site)), parts.get(dry_part(site))
        if isinstance(part, NightsPart) and isinstance(place, SitePart) and isinstance(of_dry, DryPart):
            sites[site] = Watched(place.site, of_dry.zero_m, part.nights)
    nights = [night for watched in sites.values() for night in watched.nights]
    return Catchment(sites, Counter(night.day for night in nights), Counter(night.day for night in nights if night.dry))


def drift(site: str, among: Catchment, policy: SewerPolicy, least: float = 0.0) -> Drift | None:
    """None where too little is known of it or of its neighbours, or where it does not move on by `least` itself."""
    own, count = among.sites[site], policy.drift_nights
    nights = tuple([night for night in own.nights if night.dry or _others_dry(night.day, among, policy)])[-3 * count :]
    if len(nights) < 3 * count:
        return None
    spans = [(nights[n].day, nights[n + count - 1].day) for n in range(0, 3 * count, count)]
    moved = _moved(own._replace(nights=nights), spans)
    if moved is None or not _onward(moved.moves, moved.moves[0], least):
        return None
    others = [_own_dry(each) for each in among.sites.values() if each is not own]
    found = [seen for each in others if (seen := _moved(each, spans)) is not None]
    nearest = sorted(found, key=lambda each: _distance2(own.site, each.watched.site))[: policy.drift_neighbours_most]
    if len(nearest) < policy.drift_neighbours:
        return None
    return Drift(moved, tuple(nearest), nights, tuple(last for _, last in spans))


def stands(was_open: bool, site: str, among: Catchment, policy: SewerPolicy) -> bool:
    """Whether the sensor of a site drifts: from the least moves on, until one is under half of that."""
    own = among.sites[site]
    least = least_m(own, policy) / own.depth_m / (2 if was_open else 1)
    found = drift(site, among, policy, least)
    if found is None:
        return False
    moves = found.own.moves
    excess = [move - other for move, other in zip(moves, found.of_neighbours, strict=True)]
    shared = [policy.drift_shared * move - other for move, other in zip(moves, found.of_neighbours, strict=True)]
    return _onward(excess, moves[0], least) and _onward(shared, moves[0], 0.0)


def least_m(own: Watched, policy: SewerPolicy) -> float:
    """How much the base of a sensor that drifts moves from part to part."""
    return max(policy.drift_share * own.depth_m, policy.drift_least_m)


def _own_dry(watched: Watched) -> Watched:
    """A site with the nights alone that were dry for it."""
    return watched._replace(nights=tuple([night for night in watched.nights if night.dry]))


def _others_dry(day: int, among: Catchment, policy: SewerPolicy) -> bool:
    """Of a day that was not dry for one of them."""
    others = among.known[day] - 1
    return others >= policy.drift_neighbours and among.dry[day] >= policy.neighbours_dry * others


def _moved(watched: Watched, spans: Iterable[tuple[int, int]]) -> Moved | None:
    """None where not two nights of each part are known."""
    lows = [sorted([night.low_mm for night in watched.nights if first <= night.day <= last]) for first, last in spans]
    return Moved(watched, tuple([part[1] for part in lows])) if min(map(len, lows)) > 1 else None


def _distance2(one: Site, other: Site) -> float:
    """Square of the distance, in degrees: enough to put sites of one catchment in order."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return float("inf")
    return (one.lat - other.lat) ** 2 + (one.lon - other.lon) ** 2


def _onward(moves: Iterable[float], way: float, least: float) -> bool:
    """Whether all go that way, up or down, by so much."""
    return all((move if way > 0 else -move) >= least for move in moves)


def evidence(site: str, parts: Mapping[str, Part], at: Circumstances) -> Evidence:
    """The nights of the site, the bases of its neighbours at the end of each part, and the moves that follow from them."""
    why = Evidence(rule=SENSOR_DRIFTING, rule_version=at.policy.signal.rule_version, configuration=at.configuration)
    policy, among = at.policy.sewer, catchment_of(parts)
    found = drift(site, among, policy, least=float("-inf")) if site in among.sites else None
    if found is None:
        return why
    own = among.sites[site]
    facts: dict[str, float | str] = {"nights_of_a_part": policy.drift_nights, "neighbours": len(found.neighbours)}
    for number, (move, other) in enumerate(zip(found.own.moves, found.of_neighbours, strict=True), 1):
        facts |= {f"move_{number}_share": move, f"neighbours_move_{number}_share": other}
    bases = [
        Observation(f"{each.watched.site.id} base", _time(last), base_mm / 1000 + each.watched.zero_m, Unit.METRE)
        for each in found.neighbours
        for last, base_mm in zip(found.lasts, each.bases_mm, strict=True)
    ]
    nights = [Sample(_time(night.day), night.low_mm / 1000 + own.zero_m, Flag.GOOD) for night in found.nights]
    return msgspec.structs.replace(
        why,
        levels=tuple(nights),
        observations=tuple(bases),
        thresholds=(
            ("told_from", least_m(own, policy), Unit.METRE),
            ("over_under", least_m(own, policy) / 2, Unit.METRE),
            ("depth", own.depth_m, Unit.METRE),
            ("shared_most", policy.drift_shared, "1"),
        ),
        facts=tuple(sorted(facts.items())),
    )


def _time(day: int) -> datetime:
    return _EPOCH + day * _DAY
