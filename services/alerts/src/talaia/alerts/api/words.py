"""How the page says numbers, times and what happened. English; pure."""

from collections.abc import Set
from datetime import UTC, datetime, tzinfo

from talaia.alerts.api.answers import JournalEntry
from talaia.contracts.register import zone_named

STATES = {
    "UNACKNOWLEDGED": "New",
    "LATCHED_UNACKNOWLEDGED": "Latched, new",
    "ACKNOWLEDGED": "Acknowledged",
    "LATCHED": "Latched",
    "RETURNED_UNACKNOWLEDGED": "Over, not seen",
    "SHELVED": "Shelved",
    "SUPPRESSED_BY_DESIGN": "Suppressed",
    "OUT_OF_SERVICE": "Out of service",
    "NORMAL": "Over",
}
_HAPPENED = {
    ("condition", "on_delay"): "Began; stands if it lasts",
    ("condition", "active"): "Began",
    ("condition", "off_delay"): "Ended; over if it lasts",
    ("condition", "latched"): "Over; latched until reset",
    ("condition", "normal"): "Over",
    ("freshness", "stale"): "Stale: no word from its source",
    ("freshness", "fresh"): "Fresh again",
    ("shelf", "shelved"): "Shelved",
    ("shelf", "unshelved"): "Off the shelf",
    ("design", "held"): "Suppressed: its cause stands",
    ("design", "releasing"): "Its cause is over; released if it stays so",
    ("design", "free"): "Released from its cause",
    ("service", "out_of_service"): "Taken out of service",
    ("service", "in_service"): "Back in service",
    ("acknowledgement", "unacknowledged"): "Needs acknowledgement",
    ("acknowledgement", "acknowledged"): "Acknowledged",
}
_NOT_DONE = {
    "incomplete": "Not done: the form was not complete, or holds characters that cannot be kept.",
    "version": "Not done: the alarm has changed since. Look again, then decide.",
    "not_found": "Not done: there is no such alarm.",
    "key_reused": "Not done: this form was sent before, with something else. Look again, then decide.",
    "bus_unavailable": "Not done for sure: the bus does not take it now. Send it again in a moment.",
}


def not_done(code: str) -> str:
    """Why a form of the page came to nothing. code: of a problem, or `incomplete`."""
    return _NOT_DONE.get(code, "Not done.")


def span(seconds: float) -> str:
    """How long: `12 s`, `24 min`, `1 h 39 min`, `2 d 3 h`. The page's script says it alike."""
    whole = max(int(seconds), 0)
    if whole < 100:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 100:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 48:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def left(until: datetime, now: datetime) -> str:
    """How long until then, or since: `in 24 min`, `3 min ago`."""
    seconds = (until - now).total_seconds()
    return f"in {span(seconds)}" if seconds >= 0 else f"{span(-seconds)} ago"


def zone_of(named: Set[str]) -> tzinfo:
    """In which the page says times: the zone that all registers name; UTC while there is none, where they differ, or unknown."""
    zone = zone_named(next(iter(named))) if len(named) == 1 else None
    return zone or UTC


def clock(at: datetime, zone: tzinfo, now: datetime) -> str:
    """Time of day in the city; with its date when it is of another day."""
    there, today = local(at, zone), local(now, zone)
    return there.strftime("%H:%M:%S" if there.date() == today.date() else "%d %b %H:%M")


def local(at: datetime, zone: tzinfo) -> datetime:
    """A moment in the city's zone; one at the very edge of the calendar stays in its own."""
    try:
        return at.astimezone(zone)
    except OverflowError:
        return at


def number(value: float) -> str:
    """A figure as people read it: the digits that matter."""
    size = abs(value)
    if size < 0.1:
        value = round(value, 3) or 0.0  # never -0.00
        return f"{value:.3f}" if value else "0.00"
    if size >= 1_000_000:
        return f"{value:.2e}"
    if value.is_integer() and size >= 10:
        return f"{value:.0f}"
    return f"{value:.0f}" if size >= 100 else f"{value:.1f}" if size >= 20 else f"{value:.2f}"


_FACTS = (
    ("_mm_30min", " in 30 min", "mm"),
    ("_m_per_min", "", "m/min"),
    ("_mm", "", "mm"),
    ("_min", "", "min"),
    ("_m", "", "m"),
    ("_s", "", "s"),
)


def is_told(name: str) -> bool:
    """Whether a fact is for an operator: not what only helps to work a probability out again, which the evidence's API shows."""
    return not name.startswith(("log_odds", "log-odds", "time_ratio"))


def fact(name: str, value: float | str, zone: tzinfo, now: datetime) -> tuple[str, str]:
    """A fact of the evidence: what, and how much with the unit that its name ends with; a time (`_at`) as the page says times."""
    ending, more, unit = next((fact for fact in _FACTS if name.endswith(fact[0])), ("", "", ""))
    what = spaced(name.removesuffix(ending)).capitalize() + more
    if isinstance(value, str):
        return what, _moment(value, zone, now) if name.endswith("_at") else value
    return what, f"{value:.0f}" if not unit and value.is_integer() and abs(value) < 1e6 else f"{number(value)} {unit}".rstrip()


def _moment(said: str, zone: tzinfo, now: datetime) -> str:
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        return said
    return clock(at, zone, now) if at.tzinfo else said


def spaced(word: str) -> str:
    """`rain_mm_30min` as `rain mm 30min`."""
    return word.replace("_", " ")


def happened(entry: JournalEntry) -> str:
    """One entry of the journal as a sentence."""
    by = f" by {entry.who}" if entry.who else ""
    if entry.refused:
        return f"{spaced(entry.event).capitalize()}{by} refused: {spaced(entry.refused)}"
    if entry.event == "note":
        return f"Note{by}"
    if entry.region == "annunciation":
        return f"Silent: {spaced(entry.silent)}" if entry.silent else f"Announced as {entry.announced or 'new'}"
    known = _HAPPENED.get((entry.region, entry.went_to or ""))
    if known is None or (entry.came_from == entry.went_to and entry.region != "condition"):
        known = f"{spaced(entry.region).capitalize()}: {spaced(entry.event)}"
    elif entry.came_from == entry.went_to:
        known = f"{spaced(entry.event).capitalize()}"
    details = [spaced(word) for word in ([entry.answer] if entry.answer else []) + entry.notes]
    return known + by + (f" ({', '.join(details)})" if details else "")
