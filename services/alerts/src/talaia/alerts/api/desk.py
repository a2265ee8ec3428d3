"""What every route works with: the view, the way to the bus, and which time it is."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Protocol

from fastapi import Depends, Request
from sqlmodel import Session

from talaia.alerts.view import queries
from talaia.alerts.view.tables import SourceRow
from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message
from talaia.web.live import Watched

SILENT_AFTER_S = 180.0
"""Three intervals of `alive`: what is silent for longer is said to be so."""


class Shown(Watched, Protocol):
    """The view: `talaia.stream.views.projection.Projection` is one."""

    def session(self) -> AbstractContextManager[Session]:
        """A session for reading."""
        ...


class Sender(Protocol):
    """The way to the bus: `talaia.stream.producer.Producer` is one."""

    async def send(self, messages: Sequence[Message]) -> None:
        """All of them, acknowledged when this returns. Raises BusUnavailable."""
        ...


class Judging(Protocol):
    """Whether the worker judges what comes: `talaia.stream.views.pace.GroupPace` is one."""

    def behind_s(self) -> float | None:
        """Seconds that the longest waiting signal or act has waited for it; None: not known."""
        ...


@dataclass(frozen=True)
class Heard:
    """A source, and for how long it has said nothing."""

    row: SourceRow
    age_s: float

    @property
    def silent(self) -> bool:
        """Longer than it may."""
        return self.age_s > SILENT_AFTER_S


@dataclass(frozen=True, kw_only=True)
class Desk:
    """What every route works with."""

    view: Shown
    sender: Sender
    judging: Judging
    clock: Clock

    def now(self, sources: Sequence[SourceRow]) -> datetime:
        """The wall's time; in a replay the newest time that the view has heard of."""
        if self.clock is Clock.WALL:
            return wall_now()
        heard = [_moment(row.alive_ms) for row in sources]
        as_of = self.view.age().as_of
        return max(heard if as_of is None else [as_of, *heard], default=datetime.fromtimestamp(0, UTC))

    def moment(self) -> datetime:
        """The time at which an act is said."""
        with self.view.session() as session:
            return self.now(queries.sources(session))

    def heard(self, session: Session) -> tuple[datetime, list[Heard]]:
        """Which time it is, and every source."""
        rows = queries.sources(session)
        now = self.now(rows)
        return now, [Heard(row, max((now - _moment(row.alive_ms)).total_seconds(), 0.0)) for row in rows]


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=milliseconds)


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]
