"""The source says that it is alive, and which of its conditions are open, so that nobody has to trust that no word was lost."""

from collections.abc import Mapping
from datetime import datetime

from talaia.waste.decide.signals import OVERFLOW_EXPECTED, OVERFLOW_STARTED, condition_id
from talaia.waste.model.outcomes import Alive, Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Part, SitePart
from talaia.waste.model.policy import SignalPolicy


def alive(parts: Mapping[str, Part], catchment: CatchmentPart, now: datetime, policy: SignalPolicy) -> Step:
    """One word of the catchment, and the next one's time."""
    standing: list[str] = []
    for part in parts.values():
        if isinstance(part, SitePart):
            for kind, condition in ((OVERFLOW_EXPECTED, part.expected), (OVERFLOW_STARTED, part.started)):
                if condition.open:
                    standing.append(condition_id(kind, part.site.id))
    said = Alive(said_at=now, cause=f"{CATCHMENT}@{now.isoformat()}", area=catchment.area, open=tuple(sorted(standing)))
    return Step(outcomes=(said,), wakes={CATCHMENT: now + policy.alive_every})
