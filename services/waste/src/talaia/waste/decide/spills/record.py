"""The record of a site's spills after what was measured, in whatever order it came: the same as if all had come in time.

What was said of a spill is said again when a late sample, or late rain, changes it, and withdrawn when nothing is left.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import VolumeMethod
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.spills import volume
from talaia.waste.decide.spills.counting import counted_by_year
from talaia.waste.decide.spills.dry_weather import settled_at, weather
from talaia.waste.decide.spills.entries import matched
from talaia.waste.decide.spills.levels import LATE, anew, forgotten, sample_times_s, taken
from talaia.waste.decide.spills.start_end import Rule
from talaia.waste.decide.spills.watching import watched
from talaia.waste.model.catchment import Site
from talaia.waste.model.outcomes import Outcome, SpillRecord, Watched
from talaia.waste.model.parts import Part
from talaia.waste.model.spills import Entry, RainDay, Spill, SpillPart, Watch, YearCount

_MOST_SETTLING = 24
"""So many spills of a site wait for their day to be over; of more, the first stays as it was last said."""


class Known(NamedTuple):
    """What is known of a site beside its levels: its rule, the rain of its gauge, its time zone, when it is, all parts."""

    site: Site
    rule: Rule
    rain: RainDay | None
    zone: tzinfo
    at: Circumstances
    parts: Mapping[str, Part]


def with_level(part: SpillPart, time_s: float, level_m: float, known: Known) -> tuple[SpillPart, list[Outcome]]:
    """The record after one more level, and what is to be said."""
    now_s = known.at.now.timestamp()
    said: list[Outcome] = []
    if part.crest_m != known.site.crest_m:
        part, said = _rewritten(msgspec.structs.replace(anew(part, known.rule), crest_m=known.site.crest_m), known)
    kept = forgotten(part, now_s, known.rule)
    if kept.times_s:
        watch, months = watched(part.watch, part.before.time_s, kept.times_s, known.rule.gap_s, known.zone)
        said += [_watched(month, known) for month in months]
        part = _fixed(msgspec.structs.replace(kept.part, watch=watch), kept.fixed, known)
    part = taken(part, time_s, level_m, now_s, known.rule)
    if part.course.open is None and not part.course.over and not part.entries:
        return part, said
    part, told = _rewritten(part, known)
    return part, said + told


def with_weather(part: SpillPart, known: Known) -> tuple[SpillPart, list[Outcome]]:
    """The record after rain, or after a day is over."""
    said: list[Outcome] = []
    now: list[tuple[Entry, ...]] = []
    for entries in (part.settling, part.entries):
        now.append(tuple(_in_weather(entry, known) for entry in entries))
        said += [_record(entry, known) for entry, before in zip(now[-1], entries, strict=True) if entry != before]
    settling = tuple(entry for entry in now[0] if not _done(entry, known))
    return msgspec.structs.replace(part, settling=settling, entries=now[1]), said


def left(part: SpillPart, known: Known) -> list[Outcome]:
    """What is said when the site is taken out: of a spill that lasts nobody will know the end, no dry one waits any more.

    Its running month ends there.
    """
    said: list[Outcome] = [_record(_settled(entry), known) for entry in part.settling if entry.provisional]
    blocks = part.blocks
    for entry in part.entries:
        lasts = entry.spill.end_s is None
        end_s = part.course.time_s if entry.spill.end_s is None else entry.spill.end_s
        blocks, counts = counted_by_year(blocks, entry.spill.start_s, end_s, known.zone)
        if lasts or entry.provisional:
            record = _record(_settled(entry, counts), known)
            why = f"{known.site.id} was taken out of the configuration while it spilled: nobody knows when that ended"
            said.append(msgspec.structs.replace(record, end_unknown=why) if lasts else record)
    return [*said, *_months(part, known)]


def _months(part: SpillPart, known: Known) -> list[Watched]:
    """The months up to now of a site that is heard no more."""
    now_s = known.at.now.timestamp()
    times_s = [*sample_times_s(part), now_s]
    running, over = watched(part.watch, part.before.time_s, times_s, known.rule.gap_s, known.zone)
    last = Watch(running.start_s, now_s, running.known_s)
    return [_watched(month, known) for month in (*over, last) if month.end_s > month.start_s]


def next_settled_at(part: SpillPart, known: Known) -> datetime | None:
    """When the next day of a dry spill is over."""
    starts = [entry.spill.start_s for entry in (*part.settling, *part.entries) if entry.provisional]
    return min((settled_at(_moment(start_s), known.zone) for start_s in starts), default=None)


def _fixed(part: SpillPart, spills: int, known: Known) -> SpillPart:
    """The record when its first spills no longer change: they count, and wait for their day to be over."""
    blocks = part.blocks
    for entry in part.entries[:spills]:
        end_s = entry.spill.end_s
        assert end_s is not None
        blocks, _ = counted_by_year(blocks, entry.spill.start_s, end_s, known.zone)
    settling = tuple(entry for entry in (*part.settling, *part.entries[:spills]) if not _done(entry, known))
    return msgspec.structs.replace(part, settling=settling[-_MOST_SETTLING:], entries=part.entries[spills:], blocks=blocks)


def _rewritten(part: SpillPart, known: Known) -> tuple[SpillPart, list[Outcome]]:
    """The record with the spills of its course, as they are now."""
    course = part.course
    spills = [*course.over, Spill(course.open.start_s, gaps=course.open.gaps)] if course.open else course.over
    if len(spills) == len(part.entries) and all(e.spill == spill for e, spill in zip(part.entries, spills, strict=True)):
        return part, []
    before, gone = matched(spills, part.entries)
    said: list[Outcome] = [_record(entry, known, withdrawn=True) for entry in gone]
    entries: list[Entry] = []
    blocks = part.blocks
    for spill, old in zip(spills, before, strict=True):
        end_s = course.time_s if spill.end_s is None else spill.end_s
        blocks, counts = counted_by_year(blocks, spill.start_s, end_s, known.zone)
        first_s = spill.start_s if old is None else old.first_s
        entry = _in_weather(Entry(first_s, spill, *((None, True) if old is None else (old.dry, old.provisional)), counts), known)
        entries.append(entry)
        if entry != old:
            said.append(_record(entry, known))
    return msgspec.structs.replace(part, entries=tuple(entries)), said


def _in_weather(entry: Entry, known: Known) -> Entry:
    """The entry in the weather as it is known now; long after its day the rain of that day is forgotten."""
    start = _moment(entry.spill.start_s)
    if known.at.now > settled_at(start, known.zone) + LATE:
        return Entry(entry.first_s, entry.spill, entry.dry, False, entry.counts)
    dry, provisional = weather(known.rain, start, known.at.now, known.zone, known.at.policy.spill.dry_mm)
    return Entry(entry.first_s, entry.spill, dry, provisional, entry.counts)


def _settled(entry: Entry, counts: tuple[YearCount, ...] | None = None) -> Entry:
    """The entry as it stays. counts: up to the last level, where they are not yet said."""
    return Entry(entry.first_s, entry.spill, entry.dry, False, entry.counts if counts is None else counts)


def _done(entry: Entry, known: Known) -> bool:
    """Whether no late rain can change it any more."""
    return entry.dry is False or known.at.now > settled_at(_moment(entry.spill.start_s), known.zone) + LATE


def _record(entry: Entry, known: Known, *, withdrawn: bool = False) -> SpillRecord:
    spill = entry.spill
    law = known.rule.law
    m3, uncertainty_m3 = _volume(spill, law) or (None, None)
    return SpillRecord(
        said_at=known.at.now,
        cause=known.at.cause,
        site=known.site,
        spill_id=f"{known.site.id}/{_moment(entry.first_s).isoformat()}",
        start=_moment(spill.start_s),
        end=None if spill.end_s is None else _moment(spill.end_s),
        volume_m3=m3,
        uncertainty_m3=uncertainty_m3,
        volume_since=None if m3 is None else _water_since(spill),
        method=VolumeMethod.NOT_KNOWN if law is None else law.method,
        dry_weather=entry.dry,
        provisional=entry.provisional,
        withdrawn=withdrawn,
        gaps=tuple((_moment(gap.start_s), _moment(gap.end_s)) for gap in spill.gaps),
        counts=entry.counts,
    )


def _volume(spill: Spill, law: volume.Law | None) -> volume.Volume | None:
    if law is None or spill.end_s is None or spill.water is None:
        return None
    unknown_s = sum(min(gap.end_s, spill.end_s) - gap.start_s for gap in spill.gaps)
    return volume.volume(spill.water, law.uncertainty_share, unknown_s / (spill.end_s - spill.start_s))


def _water_since(spill: Spill) -> datetime | None:
    """From when on its water is counted; None: from its start on."""
    return _moment(spill.water.since_s) if spill.water is not None and spill.water.since_s > spill.start_s else None


def _watched(month: Watch, known: Known) -> Watched:
    return Watched(
        said_at=known.at.now,
        cause=known.at.cause,
        site=known.site,
        month=_moment(month.start_s).astimezone(known.zone).strftime("%Y-%m"),
        start=_moment(month.start_s),
        end=_moment(month.end_s),
        known_s=month.known_s,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
