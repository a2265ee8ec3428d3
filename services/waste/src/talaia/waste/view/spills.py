"""The record of spills: how its rows are made, and what is asked of them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec
from sqlmodel import Session, col, func, select, tuple_

from talaia.contracts.spills import MonthWatched, SpillRecorded
from talaia.waste.view.tables import LevelRow, SiteRow, SpillRow, WatchRow

SpillKey = tuple[datetime, str]
_BATCH = 500


class Standing(NamedTuple):
    """A site, its newest level, and its last spill."""

    site: SiteRow
    level: LevelRow | None
    spill: SpillRow | None


class Months(NamedTuple):
    """Months of a site that are over: how many, how long, and for how long of them its level was known."""

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


def every(session: Session, between: tuple[datetime | None, datetime | None]) -> Iterator[SpillRow]:
    """All spills that stand, the newest first."""
    after: SpillKey | None = None
    while batch := spills(session, None, between, after, _BATCH):
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
    newest = (
        select(col(SpillRow.site), func.max(col(SpillRow.start)))
        .where(col(SpillRow.site).in_(sites), col(SpillRow.withdrawn).is_(False))
        .group_by(col(SpillRow.site))
    )
    query = select(SpillRow).where(tuple_(col(SpillRow.site), col(SpillRow.start)).in_(newest), ~col(SpillRow.withdrawn))
    return {each.site: each for each in session.exec(query)}


def of_year(session: Session, year: int) -> Iterator[SpillRow]:
    """Spills that stand and may touch a year, none of which lasts longer than a year; local years are not those of UTC."""
    return every(session, (datetime(year - 1, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 2, tzinfo=UTC)))


def months(session: Session, year: int) -> dict[str, Months]:
    """The months of a year that are over, by site."""
    found: dict[str, Months] = {}
    for each in session.exec(select(WatchRow).where(col(WatchRow.month).startswith(f"{year:04d}-"))):
        before = found.get(each.site, Months())
        whole_s = (each.end - each.start).total_seconds()
        found[each.site] = Months(before.over + 1, before.whole_s + whole_s, before.known_s + each.known_s)
    return found


def configured(session: Session) -> dict[str, SiteRow]:
    """Every configured site by its id."""
    return {each.site: each for each in session.exec(select(SiteRow).order_by(col(SiteRow.site)))}
