"""Subscriptions in their database: a source of their own, beside the view and never rebuilt with it.

What is agreed stands in a document, so a later release reads the rows of this one. One process at a time sends for a
subscription: it holds a lease, and only who holds it may write how far it came.
"""

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, update
from sqlmodel import Session, col, func, or_, select

from talaia.alerts.notify.webhooks.subscription import SubscriptionRow
from talaia.stream.views.database import database

LEASE_MS = 30_000
NAME = "webhooks"
_PROGRESS = (
    *("condition", "why", "view_id", "change", "at_ms", "snapshot_until", "delivered", "delivered_ms"),
    *("failures", "failing_since_ms", "next_try_ms", "error"),
)
_ROW = SubscriptionRow.__table__  # type: ignore[attr-defined]


class Overtaken(Exception):
    """Somebody decided anew on this subscription, or another process sends for it now."""


class Subscriptions:
    """All subscriptions. Everything blocks, and raises SQLAlchemyError while the database is away."""

    def __init__(self, url: str) -> None:
        self._database = database(url)
        self._engine = self._database.engine(NAME)
        # of a file there is one process: it need not wait for the lease of the one that was killed
        self._me = uuid.uuid4().hex if self._database.shared else "alone"
        self._made = False

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def every(self) -> Sequence[SubscriptionRow]:
        """All of them, the oldest first."""
        with self._session() as session:
            return session.exec(select(SubscriptionRow).order_by(col(SubscriptionRow.subscription_id))).all()

    def one(self, subscription_id: str) -> SubscriptionRow | None:
        """One of them."""
        with self._session() as session:
            return session.get(SubscriptionRow, subscription_id)

    def add(self, row: SubscriptionRow, most: int) -> bool:
        """A new one; False when there are so many already.

        Counted in a transaction of its own: SQLite lets none that has read go on to write when another wrote meanwhile.
        """
        with self._session() as session:
            if session.exec(select(func.count()).select_from(SubscriptionRow)).one() >= most:
                return False
        with self._session() as session:
            session.add(row)
            session.commit()
            return True

    def remove(self, subscription_id: str) -> bool:
        """Whether there was one."""
        with self._session() as session:
            gone = session.connection().execute(delete(_ROW).filter_by(subscription_id=subscription_id)).rowcount
            session.commit()
            return bool(gone)

    def decide(self, subscription_id: str, **decided: Any) -> SubscriptionRow | None:
        """Somebody decides on one anew; who sends for it now begins again with that. None: there is none."""
        with self._session() as session:
            values = decided | {"generation": col(SubscriptionRow.generation) + 1}
            session.connection().execute(update(_ROW).filter_by(subscription_id=subscription_id).values(**values))
            session.commit()
            return session.get(SubscriptionRow, subscription_id)

    def lease(self, subscription_id: str, now_ms: int) -> SubscriptionRow | None:
        """It as it stands, for this process to send for; None while another one does."""
        free = or_(col(SubscriptionRow.leased_by) == self._me, col(SubscriptionRow.leased_until_ms) < now_ms)
        values = {"leased_by": self._me, "leased_until_ms": now_ms + LEASE_MS}
        with self._session() as session:
            statement = update(_ROW).filter_by(subscription_id=subscription_id).where(free).values(**values)
            taken = session.connection().execute(statement).rowcount
            session.commit()
            return session.get(SubscriptionRow, subscription_id) if taken else None

    def keep(self, row: SubscriptionRow, now_ms: int) -> None:
        """How far it came, and that this process goes on. Raises Overtaken."""
        self._write(row, {name: getattr(row, name) for name in _PROGRESS} | {"leased_until_ms": now_ms + LEASE_MS})

    def release(self, row: SubscriptionRow) -> None:
        """How far it came; another process may go on at once. Raises Overtaken."""
        self._write(row, {name: getattr(row, name) for name in _PROGRESS} | {"leased_until_ms": 0})

    def _write(self, row: SubscriptionRow, values: dict[str, Any]) -> None:
        stands = {"subscription_id": row.subscription_id, "generation": row.generation, "leased_by": self._me}
        with self._session() as session:
            done = session.connection().execute(update(_ROW).filter_by(**stands).values(**values)).rowcount
            session.commit()
        if not done:
            raise Overtaken

    @contextmanager
    def _session(self) -> Iterator[Session]:
        if not self._made:
            self._make()
        with Session(self._engine, expire_on_commit=False) as session:
            yield session

    def _make(self) -> None:
        file = self._engine.url.database
        if not self._database.shared and file:
            Path(file).touch(0o600)  # it holds what deliveries are signed with
        with self._engine.begin() as connection:
            self._database.create(connection, NAME, [_ROW])
        self._made = True
