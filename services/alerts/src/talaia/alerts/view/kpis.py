"""How much an operator has to bear: alarm load per position, counted from the journal alone (ISA-18.2 section 16, EEMUA 191).

Announcements are counted, never acts. A period of ten minutes with more than ten of them is more than one person can answer.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from typing import Any

from talaia.contracts.journal import Transition
from talaia.contracts.vocabulary import OperatorVerdict, Priority

PERIOD = timedelta(minutes=10)
MOST_A_PERIOD = 10
FLEETING = timedelta(seconds=60)
STALE = timedelta(hours=24)
TOP = 10
_STANDING, _BACK = ("active", "off_delay"), ("normal", "latched")
_AT_END = {
    "shelved": ("shelf", ("shelved",)),
    "suppressed_by_design": ("design", ("held", "releasing")),
    "out_of_service": ("service", ("out_of_service",)),
    "chattering_now": ("chatter", ("chattering",)),
}


def whole_periods(first: datetime, last: datetime) -> tuple[datetime, datetime]:
    """The marks of ten minutes (UTC) around two moments."""
    length = PERIOD.total_seconds()
    start, end = (floor(at.timestamp() / length) * length for at in (first, last))
    return datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC) + PERIOD


def kpis(journal: Iterable[Transition], start: datetime, end: datetime) -> dict[str, Any]:
    """Figures by position between two marks of ten minutes. journal: entries in the order of their time."""
    loads: dict[str, Load] = {}
    for entry in journal:
        if entry.position:
            loads.setdefault(entry.position, Load()).take(entry)
    return {"from": start, "to": end, "positions": {name: loads[name].figures(start, end) for name in sorted(loads)}}


class Load:
    """What came to one position so far."""

    def __init__(self) -> None:
        self._announced: list[Transition] = []
        self._silent: Counter[str] = Counter()
        self._began: dict[str, datetime] = {}
        self._stood: dict[str, timedelta] = {}
        self._first_bell: dict[str, datetime] = {}
        self._answered: dict[str, datetime] = {}
        self._floods: list[tuple[datetime, datetime | None]] = []
        self._chattering: set[str] = set()
        self._last: dict[tuple[str, str], str | None] = {}
        self._verdicts: dict[str, Counter[str]] = {}
        self._incidents: dict[str, set[str]] = {}
        self._refused = 0

    def take(self, entry: Transition) -> None:
        """One more entry."""
        self._refused += entry.refused is not None
        if entry.silent is not None:
            self._silent[entry.silent] += 1
        if entry.verdict is not None and entry.refused is None:
            self._verdicts.setdefault(entry.kind or "", Counter())[entry.verdict.value] += 1
        if entry.incident_id is not None and entry.activation_id is not None:
            self._incidents.setdefault(entry.activation_id, set()).add(entry.incident_id)
        if entry.condition_id is not None and entry.region != "flood":
            self._last[entry.condition_id, entry.region] = entry.to
        match entry.region:
            case "annunciation" if entry.announced is not None:
                self._announced.append(entry)
                self._first_bell.setdefault(entry.activation_id or "", entry.at)
            case "condition":
                self._of_condition(entry)
            case "acknowledgement" if entry.cause_type == "act" and (entry.from_, entry.to) == ("unacknowledged", "acknowledged"):
                self._answered.setdefault(entry.activation_id or "", entry.at)
            case "chatter" if entry.to == "chattering":
                self._chattering.add(entry.condition_id or "")
            case "flood":
                self._of_flood(entry)

    def _of_condition(self, entry: Transition) -> None:
        activation = entry.activation_id or ""
        if entry.to == "active" and entry.from_ not in _STANDING:
            self._began[activation] = entry.at
        elif entry.from_ in _STANDING and entry.to in _BACK and activation in self._began:
            self._stood[activation] = entry.at - self._began[activation]

    def _of_flood(self, entry: Transition) -> None:
        if entry.to == "flood":
            self._floods.append((entry.at, None))
        elif self._floods:
            self._floods[-1] = self._floods[-1][0], entry.at

    def figures(self, start: datetime, end: datetime) -> dict[str, Any]:
        """Of the time between two marks of ten minutes."""
        return {
            **self._rates(start, end),
            "by_priority": {each.value: sum(told.priority is each for told in self._announced) for each in reversed(Priority)},
            **self._top(),
            "silent": dict(sorted(self._silent.items())),
            "floods": [{"from": since, "to": until} for since, until in self._floods],
            "longest_flood_s": max(
                ((until or end) - since for since, until in self._floods), default=timedelta()
            ).total_seconds(),
            **self._activations(end),
            "chattering": sorted(self._chattering),
            "time_to_acknowledge_s": self._answers(),
            "refused_acts": self._refused,
            "verdicts": {
                kind: {each.value: told[each.value] for each in OperatorVerdict} for kind, told in sorted(self._verdicts.items())
            },
            "at_end": {
                name: sum(of == region and to in states for (_, of), to in self._last.items())
                for name, (region, states) in _AT_END.items()
            },
        }

    def _rates(self, start: datetime, end: datetime) -> dict[str, float]:
        periods, told = round((end - start) / PERIOD), len(self._announced)
        each = Counter((entry.at - start) // PERIOD for entry in self._announced)
        above = sum(number > MOST_A_PERIOD for number in each.values())
        return {
            "announcements": told,
            "per_10min_mean": told / periods,
            "per_hour_mean": told / periods * 6,
            "per_day_mean": told / periods * 144,
            "per_10min_max": max(each.values(), default=0),
            "periods_10min": periods,
            "periods_above_10": above,
            "share_above_10": above / periods,
        }

    def _top(self) -> dict[str, Any]:
        """The conditions that rang most often, and their share of all."""
        often = Counter(entry.condition_id or "" for entry in self._announced)
        top = sorted(often.items(), key=lambda each: (-each[1], each[0]))[:TOP]
        share = sum(number for _, number in top) / len(self._announced) if top else 0
        return {"top": [{"condition_id": name, "announcements": number} for name, number in top], "top_share": share}

    def _activations(self, end: datetime) -> dict[str, Any]:
        incidents = {of for activation in self._began for of in self._incidents.get(activation, ())}
        stood = (self._stood.get(activation, end - began) for activation, began in self._began.items())
        return {
            "activations": len(self._began),
            "fleeting": sum(each < FLEETING for each in self._stood.values()),
            "stale_24h": sum(each > STALE for each in stood),
            "alarms_per_incident": len(self._began) / len(incidents) if incidents else None,
        }

    def _answers(self) -> dict[str, float | None]:
        """Seconds from the first bell of an activation to the first hand on it."""
        waits = sorted(
            (answered - self._first_bell[activation]).total_seconds()
            for activation, answered in self._answered.items()
            if activation in self._first_bell and answered >= self._first_bell[activation]
        )
        return {"n": len(waits), "median": _nearest_rank(waits, 0.5), "p90": _nearest_rank(waits, 0.9)}


def _nearest_rank(values: Sequence[float], share: float) -> float | None:
    """Of values in order."""
    return values[max(ceil(share * len(values)) - 1, 0)] if values else None
