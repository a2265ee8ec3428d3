"""Why an alarm is as important as it is: what follows, how long there is to respond, how much of that is left."""

from datetime import datetime

from talaia.alerts.api import words
from talaia.alerts.api.answers import AlarmItem
from talaia.alerts.view.importance import NEEDS_A_HAND, OPEN
from talaia.contracts.register import RegisterEntry


def importance(alarm: AlarmItem, entry: RegisterEntry | None, now: datetime) -> str:
    """As `critical: severe consequence, 10 min to respond; expected in 12 min; waits to be acknowledged`."""
    parts = [f"{alarm.priority}: {_decided(entry)}"]
    if alarm.expected_at is not None and alarm.shown in OPEN:
        parts.append(f"expected {words.left(alarm.expected_at, now)}")
    if alarm.shown in NEEDS_A_HAND:
        parts.append("waits to be acknowledged")
    elif alarm.shown not in OPEN:
        parts.append(words.STATES.get(alarm.shown, words.spaced(alarm.shown)).lower())
    return "; ".join(parts)


def _decided(entry: RegisterEntry | None) -> str:
    if entry is None:
        return "nobody entered this kind in the register"
    return f"{entry.consequence_class} consequence, {words.span(entry.time_to_respond_min * 60)} to respond"
