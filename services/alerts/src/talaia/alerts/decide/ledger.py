"""The parts of an area within one step: as they were, with what the step changed, and what it says."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from talaia.alerts.model.identity import mark
from talaia.alerts.model.incident import Near
from talaia.alerts.model.inputs import Place
from talaia.alerts.model.kind import Kind, unrationalised
from talaia.alerts.model.mask import Mask
from talaia.alerts.model.outcomes import IncidentStands, Look, Outcome, Stands, Step
from talaia.alerts.model.parts import (
    ACTS,
    ALARM,
    PLACE,
    POLICY,
    SEEN_ACTS,
    ActsPart,
    AlarmPart,
    FloodPart,
    Part,
    PolicyPart,
    SourcePart,
    alarm_part,
    flood_part,
    kind_part,
    place_part,
    source_part,
)

_SHORTEST = timedelta(milliseconds=1)


def after(now: datetime, delay_s: float) -> datetime:
    """When a delay is over; a timer that is set lies after now."""
    return now + max(timedelta(seconds=delay_s), _SHORTEST)


class Ledger:
    """What a step has come to so far. now: the stream clock."""

    def __init__(self, area: str, parts: Mapping[str, Part], now: datetime) -> None:
        self.area = area
        self.now = now
        self._parts = parts
        self._changed: dict[str, Part | None] = {}
        self._wakes: dict[str, datetime | None] = {}
        self._outcomes: list[Outcome] = []
        self._looks: list[Look] = []

    def get(self, name: str) -> Part | None:
        """A part as it stands."""
        return self._changed[name] if name in self._changed else self._parts.get(name)

    def put(self, name: str, part: Part, wake: datetime | None) -> None:
        """A part as it is from here on, and when it is to be woken: never before now."""
        self._changed[name] = part
        self._wakes[name] = None if wake is None else max(wake, self.now)

    def change(self, name: str, part: Part) -> None:
        """A part as it is from here on; its timer stays."""
        self._changed[name] = part

    def first_time(self, act_id: str) -> bool:
        """Whether an act was not judged before; from here on it was."""
        known = self.get(ACTS)
        seen = known.seen if isinstance(known, ActsPart) else ()
        if mark(act_id) in seen:
            return False
        self.change(ACTS, ActsPart(seen=(*seen, mark(act_id))[-SEEN_ACTS:]))
        return True

    def end(self, name: str) -> None:
        """A part is over."""
        self._changed[name] = None
        self._wakes.pop(name, None)

    def say(self, outcome: Outcome) -> None:
        """Say something, after all that was said before."""
        self._outcomes.append(outcome)

    def look(self, look: Look) -> None:
        """Note what the input came to for one alarm."""
        self._looks.append(look)

    def names(self, prefix: str) -> list[str]:
        """Names of the parts that begin so."""
        return [name for name in self._parts.keys() | self._changed.keys() if name.startswith(prefix)]

    def put_alarm(self, alarm: AlarmPart) -> None:
        """An alarm as it is from here on; it is woken at the first of its timers."""
        self.put(alarm_part(alarm.alarm_id), alarm, min(alarm.memory.timers.values(), default=None))

    def alarms(self) -> Iterator[AlarmPart]:
        """All alarms of the area, in no order."""
        parts = (self.get(name) for name in self.names(ALARM))
        return (part for part in parts if isinstance(part, AlarmPart))

    def each(self, alarms: Iterable[AlarmPart]) -> Iterator[AlarmPart]:
        """Alarms by condition id, each as it stands when its turn comes: what happens to one may change the next."""
        for _, name in sorted((alarm.condition_id, alarm_part(alarm.alarm_id)) for alarm in alarms):
            now = self.get(name)
            assert isinstance(now, AlarmPart)
            yield now

    def alarms_of(self, source: str) -> Iterator[AlarmPart]:
        """The alarms of a source, by condition id."""
        return self.each(alarm for alarm in self.alarms() if alarm.standing.source == source)

    def kind(self, kind: str) -> Kind:
        """The register's entry of a kind, or what holds without one."""
        part = self.get(kind_part(kind))
        return part if isinstance(part, Kind) else unrationalised(kind)

    def source(self, source: str) -> SourcePart:
        """What is known of a source."""
        part = self.get(source_part(source))
        return part if isinstance(part, SourcePart) else SourcePart(source=source)

    def flood(self, position: str) -> FloodPart:
        """How much rings at a position."""
        part = self.get(flood_part(position))
        return part if isinstance(part, FloodPart) else FloodPart(position=position)

    def masks(self) -> tuple[Mask, ...]:
        """The masks of the register that holds."""
        part = self.get(POLICY)
        return part.masks if isinstance(part, PolicyPart) else ()

    def near(self) -> tuple[Near, ...]:
        """Which activations belong together by place and time."""
        part = self.get(POLICY)
        return part.near if isinstance(part, PolicyPart) else ()

    def place(self, site: str) -> Place:
        """How a site lies in the city."""
        part = self.get(place_part(site))
        return part if isinstance(part, Place) else Place(site=site)

    def places(self) -> Iterator[Place]:
        """How the sites of the area lie, in no order."""
        parts = (self.get(name) for name in self.names(PLACE))
        return (part for part in parts if isinstance(part, Place))

    def refuses(self, kind: str) -> bool:
        """Whether the register is strict, and has no entry for a kind."""
        part = self.get(POLICY)
        return isinstance(part, PolicyPart) and part.strict and self.get(kind_part(kind)) is None

    def policy(self) -> str | None:
        """Hash of the register that holds."""
        part = self.get(POLICY)
        return part.hash if isinstance(part, PolicyPart) else None

    def step(self) -> Step:
        """What follows from the input."""
        return Step(changed=self._changed, outcomes=_last_words(self._outcomes), wakes=self._wakes, looks=tuple(self._looks))


def _last_words(outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
    """Of what stands only how it stands in the end: what changes in between within one input, nobody was told."""
    last = {_stands(outcome): place for place, outcome in enumerate(outcomes)}
    return tuple(outcome for place, outcome in enumerate(outcomes) if _stands(outcome) is None or last[_stands(outcome)] == place)


def _stands(outcome: Outcome) -> str | None:
    """The thing of which it says how it stands."""
    match outcome:
        case Stands():
            return outcome.alarm.alarm_id
        case IncidentStands():
            return outcome.incident.incident_id
    return None
