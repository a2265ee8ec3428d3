"""Which overflows were warned of, and how long before: the usual event-based verification of warnings.

An overflow is a hit when an alarm of its site was raised strictly before it started and not cleared more than
15 minutes before; alarms of a site closer than 30 minutes are one episode. The lead runs from the raising, or
from the end of the overflow before, to the start. An alarm that had been on for more than 3 hours warned of nothing,
and counts as a false alarm; so does an episode without an overflow from its raising to 60 minutes after its clearing.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

CLEARED_BEFORE = timedelta(minutes=15)
ONE_EPISODE = timedelta(minutes=30)
LEAD_LIMIT = timedelta(hours=3)
VALID_AFTER = timedelta(minutes=60)

_OFF = ("normal", "on_delay")
_ALWAYS = datetime.max.replace(tzinfo=UTC)


class Overflow(NamedTuple):
    """A true overflow."""

    site: str
    start: datetime
    end: datetime


class Spell(NamedTuple):
    """From an alarm's raising to its clearing."""

    raised: datetime
    cleared: datetime


class Verdict(NamedTuple):
    """An overflow and how long before it was warned of; None: it was not. too_long: by an alarm on for hours."""

    overflow: Overflow
    lead: timedelta | None
    too_long: bool


def read_truth(file: Path) -> list[Overflow]:
    """The overflows of a recording, as its `truth.csv` has them."""
    with file.open(encoding="utf-8", newline="") as lines:
        return [
            Overflow(row["site"], datetime.fromisoformat(row["start"]), datetime.fromisoformat(row["end"]))
            for row in csv.DictReader(lines)
            if row["kind"] == "overflow"
        ]


def spells(journal: Iterable[Mapping[str, Any]], kinds: tuple[str, ...]) -> dict[str, list[Spell]]:
    """When each site had an alarm of some kinds on, from the journal's lines in order."""
    raised: dict[str, datetime] = {}
    found: dict[str, list[Spell]] = defaultdict(list)
    for entry in journal:
        if entry["region"] != "condition" or entry.get("kind") not in kinds:
            continue
        condition, at = entry["condition_id"], datetime.fromisoformat(entry["at"])
        if entry["to"] not in _OFF:
            raised.setdefault(condition, at)
        elif condition in raised:
            found[_site(condition)].append(Spell(raised.pop(condition), at))
    for condition, at in raised.items():
        found[_site(condition)].append(Spell(at, _ALWAYS))
    return dict(found)


def episodes(of_site: Iterable[Spell]) -> list[Spell]:
    """Spells of one site, those close together as one."""
    joined: list[Spell] = []
    for spell in sorted(of_site):
        if joined and spell.raised - joined[-1].cleared <= ONE_EPISODE:
            joined[-1] = Spell(joined[-1].raised, max(joined[-1].cleared, spell.cleared))
        else:
            joined.append(spell)
    return joined


def judge(overflows: Iterable[Overflow], alarms: Mapping[str, list[Spell]]) -> list[Verdict]:
    """Each overflow with its lead, in order of their starts."""
    ended: dict[str, datetime] = {}
    verdicts = []
    for overflow in sorted(overflows, key=lambda each: each.start):
        warned = [
            spell
            for spell in episodes(alarms.get(overflow.site, []))
            if spell.raised < overflow.start and spell.cleared >= overflow.start - CLEARED_BEFORE
        ]
        lead = None
        if warned:
            lead = overflow.start - max(warned[-1].raised, ended.get(overflow.site, warned[-1].raised))
        too_long = lead is not None and lead > LEAD_LIMIT
        verdicts.append(Verdict(overflow, None if too_long else lead, too_long))
        ended[overflow.site] = overflow.end
    return verdicts


def false_alarms(verdicts: Iterable[Verdict], alarms: Mapping[str, list[Spell]]) -> int:
    """Episodes without an overflow, and alarms that had been on for too long."""
    by_site: dict[str, list[Overflow]] = defaultdict(list)
    on_for_hours = 0
    for overflow, _, too_long in verdicts:
        by_site[overflow.site].append(overflow)
        on_for_hours += too_long
    return on_for_hours + sum(
        not any(_belongs(overflow, episode) for overflow in by_site[site])
        for site, of_site in alarms.items()
        for episode in episodes(of_site)
    )


def _belongs(overflow: Overflow, episode: Spell) -> bool:
    return overflow.end >= episode.raised and overflow.start - VALID_AFTER <= episode.cleared


def _site(condition: str) -> str:
    return condition.rpartition("/")[2]
