"""A level was taken in: an overflow starts or is over, and both conditions of the site say so.

A warning becomes actual before the overflow begins, so that whoever heard the warning is not rung twice.
"""

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState
from talaia.waste.decide import overflow, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.consequence import weighed
from talaia.waste.decide.expecting import nothing_expected
from talaia.waste.decide.rules import Heard
from talaia.waste.decide.signals import evidence, tell
from talaia.waste.decide.slots import open_slot
from talaia.waste.model.conditions import OVERFLOW_STARTED, of_site
from talaia.waste.model.outcomes import NOTHING, Evidence, Outcome, Step
from talaia.waste.model.parts import SitePart


def spilling(told: Heard) -> Step:
    """What follows for the overflow of a site from its newest level."""
    part = told.keeper
    assert isinstance(part, SitePart)
    if not part.started.open and not overflow.at_crest(part.trail[-1], part.site.crest_m, told.policy.signal):
        return NOTHING
    after, said = _overflowing(told, part) if part.started.open else _not_yet(told, part)
    return Step(changed={told.holder: after}, outcomes=tuple(said)) if said else NOTHING


def _overflowing(told: Heard, part: SitePart) -> tuple[SitePart, list[Outcome]]:
    if not overflow.over(part.trail, part.site.crest_m, told.policy.signal):
        return part, []
    at = told.at
    after, ended = tell(part.started, SignalState.ENDED, OVERFLOW_STARTED, of_site(part.site), at, evidence=_why(told, part, at))
    return msgspec.structs.replace(part, started=after), [ended]


def _not_yet(told: Heard, part: SitePart) -> tuple[SitePart, list[Outcome]]:
    since = overflow.started_at(part.trail, part.site.crest_m, told.policy.signal)
    if since is None:
        return part, []
    at = told.at
    why = _why(told, part, at, started_at=since.isoformat())
    part, said = nothing_expected(part, at, why, started=True)
    subject = of_site(part.site)
    priority = weighed(Priority.HIGH, part.site, told.policy.signal)
    started, began = tell(part.started, SignalState.BEGAN, OVERFLOW_STARTED, subject, at, priority=priority, evidence=why)
    return msgspec.structs.replace(part, started=started), [*said, began]


def _why(told: Heard, part: SitePart, at: Circumstances, **facts: str) -> Evidence:
    view = rain.look(told.parts, told.catchment, open_slot(at.now) - 1, at.policy)
    return evidence(part, OVERFLOW_STARTED, rain.evidence(view, part.site.own_rain), at, None, **facts)
