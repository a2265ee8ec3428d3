"""A level was taken in: an overflow starts or is over, and both conditions of the site say so.

A warning becomes actual before the overflow begins, so that whoever heard the warning is not rung twice.
"""

from collections.abc import Mapping

import msgspec

from talaia.contracts.vocabulary import Priority, SignalState
from talaia.waste.decide import overflow, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.expecting import nothing_expected
from talaia.waste.decide.signals import evidence, tell
from talaia.waste.decide.slots import open_slot
from talaia.waste.model.conditions import OVERFLOW_STARTED, of_site
from talaia.waste.model.outcomes import Evidence, Outcome
from talaia.waste.model.parts import CatchmentPart, Part, SitePart


def spilling(
    parts: Mapping[str, Part], catchment: CatchmentPart, part: SitePart, at: Circumstances
) -> tuple[SitePart, list[Outcome]]:
    """The site after its newest level, and what is to be said of its overflow."""
    crest_m, signal = part.site.crest_m, at.policy.signal
    if part.started.open:
        if not overflow.over(part.trail, crest_m, signal):
            return part, []
        why = _why(parts, catchment, part, at)
        told, ended = tell(part.started, SignalState.ENDED, OVERFLOW_STARTED, of_site(part.site), at, evidence=why)
        return msgspec.structs.replace(part, started=told), [ended]
    since = overflow.started_at(part.trail, crest_m, signal)
    if since is None:
        return part, []
    return _begin(part, at, _why(parts, catchment, part, at, started_at=since.isoformat()))


def _begin(part: SitePart, at: Circumstances, why: Evidence) -> tuple[SitePart, list[Outcome]]:
    part, said = nothing_expected(part, at, why, started=True)
    subject = of_site(part.site)
    started, began = tell(part.started, SignalState.BEGAN, OVERFLOW_STARTED, subject, at, priority=Priority.HIGH, evidence=why)
    return msgspec.structs.replace(part, started=started), [*said, began]


def _why(parts: Mapping[str, Part], catchment: CatchmentPart, part: SitePart, at: Circumstances, **facts: str) -> Evidence:
    view = rain.look(parts, catchment, open_slot(at.now) - 1, at.policy)
    return evidence(part, OVERFLOW_STARTED, rain.evidence(view, part.site.gauge), at, None, **facts)
