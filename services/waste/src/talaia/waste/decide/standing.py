"""Which conditions of a part stand, whatever the part: so that the source can list them, and end them when a thing is gone."""

from collections.abc import Mapping

import msgspec

from talaia.contracts.vocabulary import SignalState
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.signals import tell
from talaia.waste.model.conditions import (
    OVERFLOW_EXPECTED,
    OVERFLOW_STARTED,
    OVERFLOW_WATCH,
    Condition,
    Subject,
    condition_id,
    of_gauge,
    of_site,
)
from talaia.waste.model.outcomes import Outcome, Signal, Step
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, Holder, Part, SitePart, site_part

_MOST_CHARACTERS = 2_000
_NONE: Mapping[str, Condition] = {}
_OF_OVERFLOW = {OVERFLOW_WATCH: "watched", OVERFLOW_EXPECTED: "expected", OVERFLOW_STARTED: "started"}


def standing(part: Part) -> list[tuple[str, Condition]]:
    """The open conditions of a part, by condition id."""
    found: list[tuple[str, Condition]] = []
    if isinstance(part, SitePart) and (part.watched.open or part.expected.open or part.started.open):
        three = {kind: getattr(part, field) for kind, field in _OF_OVERFLOW.items()}
        found = [(condition_id(kind, part.site.id), condition) for kind, condition in three.items() if condition.open]
    conditions: Mapping[str, Condition] = getattr(part, "conditions", _NONE)  # cheaper than to ask what part it is
    if conditions:
        found += [(name, condition) for name, condition in conditions.items() if condition.open]
    return found


def any_open(conditions: Mapping[str, Condition]) -> bool:
    """Whether any of them stands."""
    return bool(conditions) and any(condition.open for condition in conditions.values())


def counted(parts: Mapping[str, Part]) -> tuple[str, ...]:
    """The ids of all conditions that stand in a catchment."""
    return tuple(sorted(name for part in parts.values() for name, _ in standing(part)))


def kept(names: tuple[str, ...]) -> tuple[str, ...] | None:
    """As many as a part can keep; None when they are more, and are counted anew each time."""
    return names if sum(map(len, names)) <= _MOST_CHARACTERS else None


def listed(parts: Mapping[str, Part], step: Step) -> Step:
    """The step, with the list of what stands as its signals leave it."""
    signals = [outcome for outcome in step.outcomes if isinstance(outcome, Signal)]
    if not signals:
        return step
    catchment = step.changed.get(CATCHMENT) or parts.get(CATCHMENT)
    if not isinstance(catchment, CatchmentPart) or catchment.open is None:
        return step
    names = set(catchment.open)
    for signal in signals:
        name = condition_id(signal.kind, signal.subject.id)
        if signal.state in (SignalState.BEGAN, SignalState.CHANGED):
            names.add(name)
        else:
            names.discard(name)
    after = msgspec.structs.replace(catchment, open=kept(tuple(sorted(names))))
    return Step(changed={**step.changed, CATCHMENT: after}, outcomes=step.outcomes, wakes=step.wakes)


def who(parts: Mapping[str, Part], catchment: CatchmentPart, subject: str) -> Subject:
    """The thing of a subject's id as it is configured; a bare id when it is not any more."""
    location, _, thing = subject.partition("/")
    part = parts.get(site_part(location))
    if isinstance(part, SitePart):
        return of_site(part.site, thing)
    gauge = next((gauge for gauge in catchment.gauges if gauge.id == location), None)
    return Subject(subject, location) if gauge is None else of_gauge(gauge, thing)


def ended(parts: Mapping[str, Part], catchment: CatchmentPart, part: Part, at: Circumstances) -> tuple[Part, list[Outcome]]:
    """The part with all its conditions over. parts, catchment: as they were configured while the conditions stood."""
    said: list[Outcome] = []
    for name, condition in sorted(standing(part)):
        kind, _, subject = name.partition("/")
        over, word = tell(condition, SignalState.ENDED, kind, who(parts, catchment, subject), at)
        said.append(word)
        part = with_condition(part, name, over)
    return part, said


def with_condition(part: Part, name: str, condition: Condition) -> Part:
    """The part with a condition of it as it stands now."""
    field = _OF_OVERFLOW.get(name.partition("/")[0])
    if isinstance(part, SitePart) and field is not None:
        return msgspec.structs.replace(part, **{field: condition})
    assert isinstance(part, Holder)
    return msgspec.structs.replace(part, conditions=part.conditions | {name: condition})
