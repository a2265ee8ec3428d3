"""A view of what the counting processor says: each outcome once, and the newest of each key."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from sqlmodel import Field, Session, SQLModel, select
from support.counting import COUNTS
from support.processes import wait_for
from talaia.stream.settings import BusSettings
from talaia.stream.views.projection import Projection
from talaia.stream.views.rows import keep_first, keep_newest
from talaia.stream.views.view import Arrival, View


class SaidRow(SQLModel, table=True):
    """An outcome."""

    __tablename__ = "said"

    id: str = Field(primary_key=True)
    key: str


class NewestRow(SQLModel, table=True):
    """The newest outcome of a key."""

    __tablename__ = "newest"

    key: str = Field(primary_key=True)
    position: str
    id: str
    chain: int


def project(session: Session, arrivals: Sequence[Arrival]) -> None:
    keep_first(session, SaidRow, [{"id": one.event.id, "key": one.key} for one in arrivals])
    rows = [{"key": one.key, "position": one.position, "id": one.event.id, "chain": one.event.data.chain} for one in arrivals]
    keep_newest(session, NewestRow, rows)


COUNTS_VIEW = View(name="counts", tables=(SaidRow, NewestRow), topics=(COUNTS,), dated_by=(COUNTS,), project=project)


class Shown(NamedTuple):
    """What a view holds. newest: id and checksum of the newest outcome of each key; outcomes: the ids of all."""

    newest: dict[bytes, tuple[str, int]]
    outcomes: set[str]


def shown(settings: BusSettings, file: Path) -> Shown:
    """Let a view in this file catch up with the topic, and look at it."""
    return asyncio.run(_shown(Projection(COUNTS_VIEW, f"sqlite:///{file}", settings)))


async def _shown(view: Projection) -> Shown:
    async with view.running():
        await asyncio.to_thread(wait_for, lambda: view.age().lag_events == 0, "the view to catch up")
        with view.session() as session:
            newest = {row.key.encode(): (row.id, row.chain) for row in session.scalars(select(NewestRow))}
            return Shown(newest, set(session.scalars(select(SaidRow.id))))
