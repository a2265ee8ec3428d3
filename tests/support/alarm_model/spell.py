"""What the effects of a row do to one alarm: beginnings, delays, acknowledgements, shelves."""

import uuid
from typing import Any

from support.alarm_model.alarm import HOUR, MINUTE, SECOND, Alarm
from support.alarm_model.guards import Context, service_broken, shelving_broken

RAISED = ("new_activation", "re_alarm", "reentry", "returned", "hand_over", "repeat", "released")
CHATTER_MS = 30 * MINUTE
STOPS = {"on_delay", "off_delay", "acknowledgement", "shelf", "review", "release"}


def begin(alarm: Alarm, now: int) -> bool:
    """A new activation; True when it chatters."""
    alarm.activation_id = str(uuid.uuid5(uuid.UUID(alarm.id), alarm.begun_by))
    alarm.highest, alarm.overdue = alarm.priority, False
    alarm.unheard, alarm.waits_since, alarm.handed = None, None, -1
    window = max(10 * alarm.kind.sampling_interval_s * SECOND, 10 * MINUTE)
    alarm.activations = [at for at in alarm.activations if at > now - window] + [now]
    if alarm.chattering or len(alarm.activations) >= 3:
        alarm.heard_before = max(alarm.heard_before, alarm.heard) if alarm.chattering else alarm.heard
        alarm.chattering = True
    alarm.heard = -1
    return alarm.chattering


def priority_after(alarm: Alarm, event: str, given: int | None) -> int:
    """The priority a word leaves: the register's or higher."""
    beginning = alarm.is_in("condition", "normal", "latched")
    if given is None:
        return alarm.kind.priority if beginning else alarm.priority
    return max(alarm.kind.priority, given)


def start(alarm: Alarm, what: str, x: Context) -> int:
    """When the timer of this name is due, in ms."""
    now, kind, act = int(x["now"]), alarm.kind, x.get("act", {})
    if what == "acknowledgement":
        alarm.overdue = False
        return now + (kind.acknowledgement_expires_min or 0) * MINUTE
    if what == "shelf":
        alarm.one_shot = bool(act.get("one_shot"))
        return int(act["until_ms"])
    if what == "review":
        review = act.get("review_ms")
        return now + kind.review_after_h * HOUR if review is None else int(review)
    if what == "release":
        return now + int(x["release_ms"])
    return now + {"on_delay": kind.on_delay_s, "off_delay": kind.off_delay_s}[what] * SECOND


def refusal(words: str, alarm: Alarm, x: Context) -> str | None:
    if words != "with the rule that was broken":
        return words
    act: dict[str, Any] = x["act"]
    return shelving_broken(alarm, act, x["now"]) if act["verb"] == "shelve" else service_broken(act, x["now"])
