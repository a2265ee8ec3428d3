"""Who hides whom: causes that stand are kept by place, so that an alarm finds them without a search.

A cause hides while it is active or on its way out, fresh and in service: of one that is stale nobody knows whether it is so.
"""

from collections.abc import Iterator

import msgspec

from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.turn import Turn
from talaia.alerts.model.mask import Mask
from talaia.alerts.model.parts import AlarmPart, HidingPart, hiding_part
from talaia.contracts.vocabulary import MaskScope, Priority

AREA = "area"
MOST_NAMED = 50


def cause_of(turn: Turn) -> str | None:
    """A condition that hides the alarm now; None when it is not covered."""
    ledger, kind = turn.ledger, turn.kind.kind
    for mask in ledger.masks():
        if mask.hides_kind(kind) and not is_exempt(turn, by_name=mask.names(kind)):
            for where in _sought(ledger, mask.scope, turn.alarm.standing.location.site):
                part = ledger.get(hiding_part(mask.cause, where))
                if isinstance(part, HidingPart):
                    return part.causes[0] if part.causes else mask.cause
    return None


def is_exempt(turn: Turn, *, by_name: bool) -> bool:
    """Whether no mask hides it but one that names its kind: a kind marked so, an activation that has been critical."""
    return not by_name and (turn.kind.exempt_from_masks or turn.alarm.memory.highest is Priority.CRITICAL)


def hides(alarm: AlarmPart) -> bool:
    """Whether a condition that is a cause hides others now. A shelved one still does."""
    standing = alarm.standing
    return standing.condition in ("active", "off_delay") and standing.freshness == "fresh" and standing.service == "in_service"


def places(ledger: Ledger, alarm: AlarmPart) -> tuple[str, ...]:
    """Where an alarm hides others now; empty for one that hides nobody."""
    if not hides(alarm):
        return ()
    found: set[str] = set()
    for mask in ledger.masks():
        if mask.cause == alarm.kind:
            found.update(_kept(ledger, mask.scope, alarm.standing.location.site))
    return tuple(sorted(found))


def keep(ledger: Ledger, alarm: AlarmPart, before: tuple[str, ...], now: tuple[str, ...]) -> None:
    """Note where the cause hides others from here on."""
    for where in set(now) - set(before):
        part = _hiding(ledger, alarm.kind, where)
        if len(part.causes) < MOST_NAMED:
            part = msgspec.structs.replace(part, causes=(*part.causes, alarm.condition_id))
        else:
            part = msgspec.structs.replace(part, more=part.more + 1)
        ledger.change(hiding_part(alarm.kind, where), part)
    for where in set(before) - set(now):
        part = _hiding(ledger, alarm.kind, where)
        if alarm.condition_id in part.causes:
            part = msgspec.structs.replace(part, causes=tuple(each for each in part.causes if each != alarm.condition_id))
        else:
            part = msgspec.structs.replace(part, more=part.more - 1)
        name = hiding_part(alarm.kind, where)
        if part.causes or part.more:
            ledger.change(name, part)
        else:
            ledger.end(name)


def followers(ledger: Ledger, cause: AlarmPart) -> Iterator[tuple[AlarmPart, tuple[Mask, ...]]]:
    """Alarms that follow from a cause by its place and their kind, by condition id, with the masks that hide them."""
    masks = [mask for mask in ledger.masks() if mask.cause == cause.kind]
    reach = {mask.scope: _reach(ledger, mask.scope, cause.standing.location.site) for mask in masks}

    def hiding(alarm: AlarmPart) -> tuple[Mask, ...]:
        site = alarm.standing.location.site
        return tuple(
            mask
            for mask in masks
            if mask.hides_kind(alarm.kind) and (mask.scope is MaskScope.SAME_AREA or site in reach[mask.scope])
        )

    for alarm in ledger.each(alarm for alarm in ledger.alarms() if hiding(alarm)):
        yield alarm, hiding(alarm)


def _hiding(ledger: Ledger, kind: str, where: str) -> HidingPart:
    part = ledger.get(hiding_part(kind, where))
    return part if isinstance(part, HidingPart) else HidingPart()


def _kept(ledger: Ledger, scope: MaskScope, site: str) -> tuple[str, ...]:
    """Under which places a cause at a site is kept."""
    match scope:
        case MaskScope.SAME_AREA:
            return (AREA,)
        case MaskScope.SAME_LINE:
            return tuple(f"line/{line}" for line in ledger.place(site).lines)
        case MaskScope.SAME_SITE | MaskScope.SITE_AND_DOWNSTREAM:
            return (f"site/{site}",)


def _sought(ledger: Ledger, scope: MaskScope, site: str) -> tuple[str, ...]:
    """Under which places a cause is kept that hides what is at a site."""
    if scope is MaskScope.SITE_AND_DOWNSTREAM:
        return tuple(f"site/{each}" for each in _along(ledger, site, upstream=True))
    return _kept(ledger, scope, site)


def _reach(ledger: Ledger, scope: MaskScope, site: str) -> frozenset[str]:
    """Sites at which a cause hides."""
    match scope:
        case MaskScope.SITE_AND_DOWNSTREAM:
            return frozenset(_along(ledger, site, upstream=False))
        case MaskScope.SAME_LINE:
            lines = set(ledger.place(site).lines)
            return frozenset(place.site for place in ledger.places() if lines.intersection(place.lines))
        case _:
            return frozenset({site})


def _along(ledger: Ledger, site: str, *, upstream: bool) -> list[str]:
    """A site and all above it, or below it; a city's circle is walked once."""
    found, at = [site], 0
    while at < len(found):
        place = ledger.place(found[at])
        found += [each for each in (place.upstream if upstream else place.downstream) if each not in found]
        at += 1
    return found
