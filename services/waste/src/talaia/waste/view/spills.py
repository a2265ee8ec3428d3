"""The record of spills: how its rows are made, and what is asked of them."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session, and_, col, func, or_, select, tuple_

from talaia.contracts.spills import MonthWatched, SpillRecorded
from talaia.waste.view.tables import LevelRow, SiteRow, SpillRow, WatchRow

SpillKey = tuple[datetime, str]
Sessions = Callable[[], AbstractContextManager[Session]]
"""Each call a session that reads the view."""
_BATCH = 500
_A_DAY = timedelta(days=1)


class Standing(NamedTuple):
    """A site, its newest level, and its last spill."""

    site: SiteRow
    level: LevelRow | None
    spill: SpillRow | None


class Months(NamedTuple):
    """Months of a site that are over: how many, how long since it was first heard, for how long of that its level was known."""

    over: int = 0
    whole_s: float = 0.0
    known_s: float = 0.0


def row(event: SpillRecorded | MonthWatched, position: str) -> dict[str, Any]:
    """The row of an event, which has its fields."""
    fields = msgspec.structs.asdict(event.data).items()
    row = {name: msgspec.to_builtins(value) if isinstance(value, list) else value for name, value in fields}
    return row | {"position": position}


def spills(
    session: Session,
    site: str | None,
    between: tuple[datetime | None, datetime | None],
    after: SpillKey | None,
    limit: int,
) -> Sequence[SpillRow]:
    """Spills, the newest first; between: first moment of their start, and the one before which it is."""
    order = (col(SpillRow.start), col(SpillRow.spill_id))
    query = select(SpillRow).order_by(*(each.desc() for each in order)).limit(limit)
    start, end = between
    if site is not None:
        query = query.where(col(SpillRow.site) == site)
    if start is not None:
        query = query.where(col(SpillRow.start) >= start)
    if end is not None:
        query = query.where(col(SpillRow.start) < end)
    if after is not None:
        query = query.where(tuple_(*order) < tuple_(*after))
    return session.exec(query).all()


def every(reading: Sessions, between: tuple[datetime, datetime]) -> Iterator[SpillRow]:
    """All spills that stand, the newest first; each batch in a session of its own, so that who takes them slowly holds none."""
    after: SpillKey | None = None
    while True:
        with reading() as session:
            batch = spills(session, None, between, after, _BATCH)
        if not batch:
            return
        yield from (each for each in batch if not each.withdrawn)
        after = batch[-1].start, batch[-1].spill_id


def standing(session: Session, after: str | None, limit: int) -> list[Standing]:
    """Sites by id after one, each with its newest level and its last spill that stands."""
    query = select(SiteRow, LevelRow).join(LevelRow, col(LevelRow.site) == SiteRow.site, isouter=True)
    query = query.order_by(col(SiteRow.site)).limit(limit)
    if after is not None:
        query = query.where(col(SiteRow.site) > after)
    sites = list(session.execute(query))
    last = _last(session, [site.site for site, _ in sites])
    return [Standing(site, level, last.get(site.site)) for site, level in sites]


def _last(session: Session, sites: Sequence[str]) -> dict[str, SpillRow]:
    """One that a site's former catchment left open, or whose site was taken out, lasts no more; when it ended nobody knows."""
    gone = or_(col(SpillRow.end_unknown) != "", col(SpillRow.catchment) != col(SiteRow.catchment))
    lasts_elsewhere = and_(col(SpillRow.end).is_(None), gone)
    newest = (
        select(col(SpillRow.site), func.max(col(SpillRow.start)))
        .join(SiteRow, col(SiteRow.site) == col(SpillRow.site))
        .where(col(SpillRow.site).in_(sites), col(SpillRow.withdrawn).is_(False), ~lasts_elsewhere)
        .group_by(col(SpillRow.site))
    )
    query = select(SpillRow).where(tuple_(col(SpillRow.site), col(SpillRow.start)).in_(newest), ~col(SpillRow.withdrawn))
    return {each.site: each for each in session.exec(query)}


def of_year(reading: Sessions, year: int) -> Iterator[SpillRow]:
    """Spills that stand and may touch a year, none of which lasts longer than a year; local years are not those of UTC."""
    return every(reading, (datetime(year - 1, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 2, tzinfo=UTC)))


def months(session: Session, year: int, now: datetime) -> dict[str, Months]:
    """The months of a year that are over, by site; of a site that is heard no more, those since then too.

    A month is told when its site is heard after it, so of a silent one nobody tells.
    """
    query = select(WatchRow).where(col(WatchRow.month) < f"{year + 1:04d}-").order_by(col(WatchRow.site), col(WatchRow.month))
    found: dict[str, Months] = {}
    last: dict[str, WatchRow] = {}
    seen: set[tuple[str, str]] = set()
    for each in session.exec(query):
        if _is_whole(each):
            last[each.site] = each
        if each.month.startswith(f"{year:04d}-"):
            before = found.get(each.site, Months())
            whole_s = (each.end - each.start).total_seconds()
            over = before.over + ((each.site, each.month) not in seen)
            seen.add((each.site, each.month))
            found[each.site] = Months(over, before.whole_s + whole_s, before.known_s + each.known_s)
    for site in session.exec(select(SiteRow.site)):
        if site in last and (silent := _silent(last[site].end, year, now)):
            before = found.get(site, Months())
            whole_s = sum((end - start).total_seconds() for start, end in silent)
            found[site] = Months(before.over + len(silent), before.whole_s + whole_s, before.known_s)
    return found


def _is_whole(watch: WatchRow) -> bool:
    """Whether it reaches to the end of its month: the site was not taken out in it."""
    return (watch.end + _A_DAY).strftime("%Y-%m") > watch.month


def _silent(since: datetime, year: int, now: datetime) -> list[tuple[datetime, datetime]]:
    """Months of a year that are over for a day, from one on which begins at `since`, a local midnight."""
    # the first of the month that is nearest to it is that month by UTC; what lies between is the zone's
    first = (since + _A_DAY).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    starts = [datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) + (since - first) for month in range(13)]
    return [(start, end) for start, end in pairwise(starts) if start >= since and end + _A_DAY <= now]


def configured(session: Session) -> dict[str, SiteRow]:
    """Every configured site by its id."""
    return {each.site: each for each in session.exec(select(SiteRow).order_by(col(SiteRow.site)))}
