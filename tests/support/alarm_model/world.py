"""A recording goes in, the lines of states.ndjson come out."""

import datetime as dt
from typing import Any

from support.alarm_model.alarm import MINUTE, PRIORITIES, Alarm, Kind
from support.alarm_model.area import Area, Line
from support.alarm_model.flood import told, waits
from support.alarm_model.play import Play
from support.alarm_model.spell import priority_after

RANK = ("viewer", "operator", "supervisor")
SUPERVISED = ("take_out_of_service", "return_to_service")
WITHOUT_REGION = ("note", "assign", "verdict")
EPOCH = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)
SILENT_AFTER_MS = 3 * MINUTE
Message = dict[str, Any]


def ms(stamp: str | None) -> int | None:
    return None if stamp is None else round((dt.datetime.fromisoformat(stamp) - EPOCH).total_seconds() * 1000)


class World:
    """One area, its sources and its inputs."""

    def __init__(self, kinds: dict[str, Kind], masks: list[dict[str, Any]]) -> None:
        self.area = Area(kinds, masks)
        self.lines: list[Line] = []
        self.silent: set[str] = set()

    def play(self, message: Message) -> None:
        recorded = ms(message["recordedtime"]) or 0
        self.timers(recorded)
        self.area.now = max(self.area.now, recorded)
        self.area.open()
        if "act_id" in message:
            named, cause = self.act(message), ("act", message["act_id"])
        elif message["state"] == "alive":
            named, cause = self.alive(message), ("signal", message["signal_id"])
        else:
            named, cause = self.signal(message, recorded), ("signal", message["signal_id"])
        self.lines += self.area.close(*cause, named)
        self.timers(self.area.now)

    def timers(self, now: int) -> None:
        while True:
            self.slots()
            due = self.area.due(now)
            if due is None:
                return
            at, name, whose = due
            self.area.now = max(self.area.now, at)
            self.area.open()
            named = self.fire(name, whose)
            self.lines += self.area.close("timer", name, named)

    def slots(self) -> None:
        """Who waits for a bell has a timer of the position's next free slot."""
        area = self.area
        for position, desk in area.desks.items():
            area.timers.pop(("flood_minute", position), None)
            if any(waits(one, max(area.now, desk.free_at())) for one in area.alarms.values() if one.kind.position == position):
                area.timers["flood_minute", position] = max(area.now, desk.free_at())

    def fire(self, name: str, whose: str) -> set[str]:
        area = self.area
        if name == "flood_minute":
            return self.flood_minute(whose)
        if name == "source_silent":
            self.source_silent(whose)
            return set()
        alarm = area.alarms[whose]
        if name == "chatter_over":
            alarm.chattering, alarm.heard_before = False, -1
            area.line_of(alarm)
            return {whose}
        Play(area, alarm, name, {"timer": True}).run()
        self.follow(alarm, name)
        return {whose}

    def flood_minute(self, position: str) -> set[str]:
        area, now = self.area, self.area.now
        waiting = [one for one in area.alarms.values() if one.kind.position == position and waits(one, now)]
        first = min(waiting, key=lambda one: (-one.priority, one.waits_since or 0, one.condition_id))
        area.line_of(first)["announced"] = first.unheard
        told(first, area.desk(position), now)
        return {first.condition_id}

    def source_silent(self, source: str) -> None:
        self.silent.add(source)
        for _, alarm in sorted(self.area.alarms.items()):
            if alarm.source == source:
                Play(self.area, alarm, "source_silent", {}).run()
        self.system("raise", "alerts.source_silent", source, "source_silent")

    def system(self, verb: str, kind: str, subject: str, cause: str, site: str | None = None) -> None:
        """A condition of the system itself begins or ends."""
        condition_id = f"{kind}/{subject}"
        if verb == "end" and condition_id not in self.area.alarms:
            return
        alarm = self.area.alarm(condition_id, kind, site, "alerts")
        self.word(alarm, "began" if verb == "raise" else "ended", {"signal_id": f"{cause}@{self.area.now}"})

    def follow(self, alarm: Alarm, cause: str) -> None:
        for verb, kind in self.area.after:
            self.system(verb, kind, alarm.condition_id, cause, alarm.site)  # it stands where its subject stands
        self.area.after = []

    def word(self, alarm: Alarm, event: str, m: Message) -> None:
        given = PRIORITIES.index(m["priority"]) if m.get("priority") else None
        x = {"priority": given, "new_priority": priority_after(alarm, event, given), "cause": m["signal_id"]}
        Play(self.area, alarm, event, {**x, "expires_at": ms(m.get("expires_at")), "became": m.get("became")}).run()

    def signal(self, m: Message, recorded: int) -> set[str]:
        area, name, time = self.area, m["condition_id"], ms(m["time"]) or 0
        if time - recorded > MINUTE:
            area.open_lines[name] = {**self.answer("ignored", "from_the_future")}
            return {name}
        alarm = area.alarm(name, m["kind"], m["location"].get("site"), m["source"])
        if m["signal_id"] in alarm.words or time < alarm.word_at:
            area.line_of(alarm)["ignored"] = "duplicate" if m["signal_id"] in alarm.words else "out_of_order"
            return {name}
        alarm.words.add(m["signal_id"])
        alarm.word_at = time
        self.word(alarm, m["state"], m)
        return {name}

    @staticmethod
    def answer(key: str, value: str) -> Line:
        return {"announced": None, "silent": None, "refused": None, "answer": None, "ignored": None, "notes": [], key: value}

    def alive(self, m: Message) -> set[str]:
        area, source, time = self.area, m["source"], ms(m["time"]) or 0
        if time < area.alive_at.get(source, -1):
            return set()
        area.alive_at[source] = time
        area.timers["source_silent", source] = area.now + SILENT_AFTER_MS
        for name, alarm in sorted(area.alarms.items()):
            if alarm.source == source:
                x = {"listed": name in m["open"], "asked_at": time, "cause": m["signal_id"]}
                Play(area, alarm, "source_alive", x).run()
        if source in self.silent:
            self.silent.discard(source)
            self.system("end", "alerts.source_silent", source, m["signal_id"])
        return set()

    def act(self, m: Message) -> set[str]:
        area = self.area
        known = {alarm.id: alarm for alarm in area.alarms.values()}
        again = m["act_id"] in area.acts
        area.acts.add(m["act_id"])
        named = set()
        for asked in m["alarms"]:
            alarm = known.get(asked)
            if alarm is None:
                area.open_lines[asked] = self.answer(*(("ignored", "duplicate") if again else ("refused", "unknown_alarm")))
            elif again:
                area.line_of(alarm)["ignored"] = "duplicate"
            else:
                self.one_act(alarm, m)
            named.add(alarm.condition_id if alarm else asked)
        return named

    def one_act(self, alarm: Alarm, m: Message) -> None:
        line, verb = self.area.line_of(alarm), m["verb"]
        if RANK.index(m["role"]) < (2 if verb in SUPERVISED else 1):
            line["refused"] = "role"
        elif m.get("if_version") is not None:
            line["refused"] = "version"
        elif verb not in WITHOUT_REGION:
            act = {**m, "until_ms": ms(m.get("until")), "review_ms": ms(m.get("review_at"))}
            Play(self.area, alarm, verb, {"act": act}).run()
            self.follow(alarm, m["act_id"])


def states(messages: list[Message], kinds: dict[str, Kind], masks: list[dict[str, Any]]) -> list[Line]:
    """The lines of a recording's messages, merged already; `at` in ms of the scenarios' day."""
    world = World(kinds, masks)
    for message in messages:
        world.play(message)
    return world.lines
