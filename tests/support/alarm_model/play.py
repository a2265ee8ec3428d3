"""An event goes through the regions of an alarm, and what its rows raise after it; then the bell."""

from typing import Any

from support.alarm_model.alarm import MINUTE, SECOND, Alarm
from support.alarm_model.area import Area
from support.alarm_model.flood import ring, waits
from support.alarm_model.guards import Context, holds
from support.alarm_model.masks import covered, exempt, letting_go, masks_between
from support.alarm_model.rows import REGIONS, row_of
from support.alarm_model.spell import CHATTER_MS, RAISED, begin, priority_after, refusal, start

BELLS = ("new_activation", "re_alarm", "repeat", "released")
WORDS = ("began", "changed", "ended", "realised")
HANDED_OVER_MS = 10 * MINUTE


class Play:
    """One event of one alarm."""

    def __init__(self, area: Area, alarm: Alarm, event: str, x: Context) -> None:
        self.area, self.alarm = area, alarm
        self.x: Context = {
            **x,
            "now": area.now,
            "covered": lambda one: covered(area.masks, list(area.alarms.values()), one),
            "exempt": lambda one: one.release_mask is not None and exempt(one, one.release_mask),
        }
        self.queue = [event]
        self.line = area.line_of(alarm)
        self.rang: str | None = None

    def run(self) -> None:
        stood = self.alarm.stands()
        while self.queue:
            self.through(self.queue.pop(0))
        if self.rang:
            self.bell(self.rang)
        if self.alarm.stands() != stood:
            tell(self.area, self.alarm, "cause_ended" if stood else "cause_began")

    def through(self, event: str) -> None:
        if event in BELLS:
            self.rang = event
        if event == "new_activation":
            self.activate()
        if event == "returned":
            self.alarm.unheard = self.alarm.waits_since = None
        if event == "acknowledge" and self.alarm.is_in("acknowledgement", "unacknowledged"):
            self.alarm.unheard = self.alarm.waits_since = None
        for region in REGIONS:
            asked = "signal" if region == "freshness" and event in WORDS and not self.x.get("reconciled") else event
            row = row_of(region, self.alarm.regions[region], asked, lambda guard: holds(guard, self.alarm, self.x))
            if row:
                if region == "condition" and event in WORDS and self.alarm.is_in("condition", "normal", "latched"):
                    self.x["new_priority"] = priority_after(self.alarm, event, self.x["priority"])
                self.alarm.regions[region] = row["to"]
                for effect in row["effects"].split("; "):
                    self.effect(effect, region)

    def activate(self) -> None:
        alarm, now = self.alarm, self.area.now
        if begin(alarm, now):
            self.area.start("chatter_over", alarm, now + CHATTER_MS)
        level, until = self.area.handed.pop(alarm.condition_id, (-1, 0))
        if now < until:
            alarm.handed = alarm.heard = level

    def effect(self, effect: str, region: str) -> None:
        alarm, area = self.alarm, self.area
        verb, _, rest = effect.partition(" ")
        if effect == "count":
            alarm.beginnings.append(area.now)
        elif verb in ("start", "restart") and rest == "expiry":
            self.expiry()
        elif verb in ("start", "restart"):
            if rest == "on_delay":
                self.beginning()
            area.start(rest + "_over", alarm, start(alarm, rest, self.x))
        elif verb == "stop":
            area.stop(rest + "_over", alarm)
            alarm.overdue = alarm.overdue and rest != "acknowledgement"
        elif verb == "note":
            self.line["notes"].append(rest)
            alarm.overdue = alarm.overdue or rest == "overdue"
        elif verb == "refuse":
            self.line["refused"] = refusal(rest, alarm, self.x)
        elif verb == "answer":
            self.line["answer"] = rest
        elif effect == "update":
            alarm.priority = self.x["new_priority"]
            if alarm.is_in("condition", "active"):
                alarm.highest = max(alarm.highest, alarm.priority)
        elif verb in ("end", "raise"):
            area.after.append((verb, rest))
        elif verb == "apply":
            self.reconcile(rest.split()[0])
        elif effect in RAISED:
            if effect == "new_activation" and not self.x.get("timer"):
                self.beginning()
            if effect == "hand_over":
                self.hand_over()
            self.queue.append(effect)
        else:
            assert effect in ("none", ""), effect

    def beginning(self) -> None:
        self.alarm.priority, self.alarm.begun_by = self.x["new_priority"], self.x["cause"]

    def expiry(self) -> None:
        alarm = self.alarm
        alarm.expires_at = self.x.get("expires_at")
        if alarm.expires_at is not None and alarm.is_in("condition", "on_delay", "active"):
            self.area.start("expired", alarm, alarm.expires_at)
        else:
            self.area.stop("expired", alarm)

    def reconcile(self, word: str) -> None:
        alarm = self.alarm
        self.line["notes"].append("reconciled")
        alarm.word_at = self.x["asked_at"]
        new = priority_after(alarm, word, None)
        self.x.update(reconciled=True, priority=None, new_priority=new)
        self.queue.append(word)
        if word == "ended":
            alarm.expires_at = None
            self.area.stop("expired", alarm)

    def hand_over(self) -> None:
        alarm = self.alarm
        if alarm.suppressed() is None and alarm.heard_at() >= 0 and self.x.get("became"):
            self.area.handed[self.x["became"]] = (alarm.heard_at(), self.area.now + HANDED_OVER_MS)

    def bell(self, event: str) -> None:
        area, alarm, now = self.area, self.alarm, self.area.now
        position = alarm.kind.position
        waiting = any(waits(one, now) for one in area.alarms.values() if one.kind.position == position)
        announced, silent = ring(alarm, event, area.desk(position), now, waiting)
        self.line["announced"], self.line["silent"] = announced or self.line["announced"], silent or self.line["silent"]


def tell(area: Area, cause: Alarm, event: str) -> None:
    """Other alarms learn that a cause stands or is gone, by condition id."""
    for _, alarm in sorted(area.alarms.items()):
        if alarm is cause or not any(masks_between(area.masks, cause, alarm)):
            continue
        mask = letting_go(area.masks, cause, alarm)
        release: Any = (mask or {}).get("release_delay_s") or 0
        held = alarm.is_in("design", "held")
        Play(area, alarm, event, {"release_ms": release * SECOND}).run()
        if held and not alarm.is_in("design", "held"):
            alarm.release_mask = mask
