"""The state of an area: clock, alarms, timers, desks, and the lines of the cause at hand."""

from dataclasses import dataclass, field
from typing import Any

from support.alarm_model.alarm import Alarm, Kind, alarm_id
from support.alarm_model.flood import Desk

ORDER = (
    "expired", "source_silent", "chatter_over", "flood_minute", "release_over",
    "shelf_over", "review_over", "on_delay_over", "off_delay_over", "acknowledgement_over",
)  # fmt: skip
EVENT = {"announced": None, "silent": None, "refused": None, "answer": None, "ignored": None}
Line = dict[str, Any]


@dataclass
class Area:
    """All of it; `timers` by (name, condition id, source or position) with their due time in ms."""

    kinds: dict[str, Kind]
    masks: list[dict[str, Any]]
    name: str = "demo"
    now: int = 0
    alarms: dict[str, Alarm] = field(default_factory=dict)
    timers: dict[tuple[str, str], int] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    handed: dict[str, tuple[int, int]] = field(default_factory=dict)
    after: list[tuple[str, str]] = field(default_factory=list)
    """System conditions to raise or end once the event is through: (raise or end, their kind)."""
    acts: set[str] = field(default_factory=set)
    alive_at: dict[str, int] = field(default_factory=dict)
    open_lines: dict[str, Line] = field(default_factory=dict)
    before: dict[str, Line] = field(default_factory=dict)

    def kind(self, name: str) -> Kind:
        return self.kinds.get(name) or Kind(name)

    def desk(self, position: str) -> Desk:
        return self.desks.setdefault(position, Desk())

    def alarm(self, condition_id: str, kind: str, site: str | None, source: str) -> Alarm:
        """The alarm of a condition, made when nobody heard of it."""
        if condition_id not in self.alarms:
            entry = self.kind(kind)
            made = Alarm(alarm_id(self.name, condition_id), condition_id, entry, site, source, priority=entry.priority)
            self.alarms[condition_id] = made
        return self.alarms[condition_id]

    def start(self, name: str, alarm: Alarm, due: int) -> None:
        self.timers[name, alarm.condition_id] = due

    def stop(self, name: str, alarm: Alarm) -> None:
        self.timers.pop((name, alarm.condition_id), None)

    def due(self, now: int) -> tuple[int, str, str] | None:
        """The next timer due by now: (due, name, of whom)."""
        first = min(self.timers.items(), key=lambda one: (one[1], ORDER.index(one[0][0]), one[0][1]), default=None)
        if first is None or first[1] > now:
            return None
        del self.timers[first[0]]
        return first[1], *first[0]

    def line_of(self, alarm: Alarm) -> Line:
        return self.open_lines.setdefault(alarm.condition_id, {**EVENT, "notes": []})

    def open(self) -> None:
        self.open_lines = {}
        self.before = {name: alarm.state() for name, alarm in self.alarms.items()}

    def close(self, cause_type: str, cause_id: str, named: set[str]) -> list[Line]:
        """The lines of one cause: for what it named and what it changed."""
        lines = []
        for name, line in sorted(self.open_lines.items()):
            alarm = self.alarms.get(name)
            state = alarm.state() if alarm else {}
            told = line["notes"] or any(line[key] for key in EVENT)
            if name in named or told or state != self.before.get(name):
                where = {"at": self.now, "cause_type": cause_type, "cause_id": cause_id, "condition_id": name}
                lines.append({**where, **state, **line})
        return lines
