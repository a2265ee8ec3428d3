"""What the guards of the table say, phrase by phrase."""

from collections.abc import Callable
from typing import Any

from support.alarm_model.alarm import HOUR, SECOND, Alarm

TOO_FEW = "count rule set and fewer than count_n beginnings within count_within_s"
LIMIT_OF_ROLE_H = {"operator": 8, "supervisor": 72}
Context = dict[str, Any]


def too_few(alarm: Alarm, now: int, more: int) -> bool:
    rule = alarm.kind.count
    if not rule:
        return False
    recent = [at for at in alarm.beginnings if at > now - rule["within_s"] * SECOND]
    return len(recent) + more < rule["n"]


def shelving_broken(alarm: Alarm, act: Context, now: int) -> str | None:
    until, kind = act.get("until_ms"), alarm.kind
    if not (act.get("reason") or "").strip():
        return "reason"
    if until is None or until <= now:
        return "end"
    if until - now > LIMIT_OF_ROLE_H[act["role"]] * HOUR:
        return "limit_of_role"
    if kind.shelve_max_h is not None and until - now > kind.shelve_max_h * HOUR:
        return "limit_of_kind"
    if act.get("one_shot") and not alarm.is_in("condition", "active", "off_delay"):
        return "no_activation"
    return None


def service_broken(act: Context, now: int) -> str | None:
    if not (act.get("reason") or "").strip():
        return "reason"
    review = act.get("review_ms")
    return "review" if review is not None and review <= now else None


def holds(guard: str, alarm: Alarm, x: Context) -> bool:
    """x: now, covered, and what the event brought (word, act, listed, asked_at, letting_go)."""
    kind, now, on = alarm.kind, x["now"], alarm.is_in
    rising = x.get("new_priority", -1) > alarm.highest
    phrases: dict[str, Callable[[], Any]] = {
        "": lambda: True,
        "otherwise": lambda: True,
        "count rule set and fewer than count_n beginnings within count_within_s (this one included)": lambda: too_few(
            alarm, now, 1
        ),
        "count rule set and fewer than count_n beginnings within count_within_s": lambda: too_few(alarm, now, 0),
        "on_delay_s = 0": lambda: kind.on_delay_s == 0,
        "on_delay_s > 0": lambda: kind.on_delay_s > 0,
        "priority higher than ever in this activation": lambda: rising,
        "priority not higher": lambda: not rising,
        "off_delay_s > 0": lambda: kind.off_delay_s > 0,
        "off_delay_s = 0 and latching": lambda: kind.off_delay_s == 0 and kind.latching,
        "off_delay_s = 0 and not latching": lambda: kind.off_delay_s == 0 and not kind.latching,
        "latching": lambda: kind.latching,
        "not latching": lambda: not kind.latching,
        "acknowledged": lambda: on("acknowledgement", "acknowledged"),
        "unacknowledged": lambda: on("acknowledgement", "unacknowledged"),
        "condition on_delay or active": lambda: on("condition", "on_delay", "active"),
        "condition neither on_delay nor active": lambda: not on("condition", "on_delay", "active"),
        "among its open ones": lambda: x["listed"],
        "not among its open ones": lambda: not x["listed"],
        "last word older than it": lambda: alarm.word_at < x["asked_at"],
        "expires_at not passed": lambda: alarm.expires_at is None or alarm.expires_at > now,
        "covered": lambda: x["covered"](alarm),
        "not covered": lambda: not x["covered"](alarm),
        "release_delay_s > 0": lambda: x["release_ms"] > 0,
        "release_delay_s = 0": lambda: x["release_ms"] == 0,
        "exempt from the mask that lets go": lambda: x["exempt"](alarm),
        "kind needs acknowledgement": lambda: kind.needs_acknowledgement,
        "kind needs none": lambda: not kind.needs_acknowledgement,
        "acknowledgement overdue": lambda: alarm.overdue,
        "condition active off_delay or latched": lambda: on("condition", "active", "off_delay", "latched"),
        "condition active": lambda: on("condition", "active"),
        "condition off_delay": lambda: on("condition", "off_delay"),
        "condition active or off_delay": lambda: on("condition", "active", "off_delay"),
        "kind acknowledges itself on return": lambda: kind.acknowledges_itself_on_return,
        "acknowledgement_expires_min set": lambda: kind.acknowledgement_expires_min is not None,
        "the shelving rules hold": lambda: shelving_broken(alarm, x["act"], now) is None,
        "one_shot": lambda: alarm.one_shot,
        "the service rules hold": lambda: service_broken(x["act"], now) is None,
    }
    return bool(phrases[guard]())
