"""What every view keeps of itself, beside its rows; and a moment as a column."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, TypeDecorator
from sqlmodel import BigInteger, Field, SQLModel

_TEXT_LENGTH = 26


class UtcTime(TypeDecorator[datetime]):
    """A moment; read back with its zone, which SQLite forgets."""

    impl = DateTime
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """How a value is written; for SQLite by Python itself, for every row of a large view has several moments."""
        return _text if dialect.name == "sqlite" else super().bind_processor(dialect)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without a zone."""
        return None if value is None else _in_utc(value).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is not UTC:
        with suppress(OverflowError):  # a moment at the edge of the calendar stays as it is written
            return moment.astimezone(UTC)
    return moment


def _text(moment: datetime | None) -> str | None:
    """YYYY-MM-DD HH:MM:SS.ffffff, in UTC and without a zone."""
    return None if moment is None else _in_utc(moment).isoformat(" ", "microseconds")[:_TEXT_LENGTH]


class ViewHead(SQLModel, table=True):
    """The view itself. view_id: another one after every rebuild; change: number of the last; complete: whether it ever
    held all that its topics held.
    """

    __tablename__ = "view_heads"

    view_id: str = Field(primary_key=True)
    change: int = Field(default=0, sa_type=BigInteger)
    complete: bool = False


class ViewPlace(SQLModel, table=True):
    """How far a partition was taken. clock: its newest `recordedtime`; taken, skipped: records projected and unreadable."""

    __tablename__ = "view_places"

    topic: str = Field(primary_key=True)
    partition: int = Field(primary_key=True)
    topic_id: str
    next_offset: int = Field(default=0, sa_type=BigInteger)
    clock: datetime | None = Field(default=None, sa_type=UtcTime)
    taken: int = Field(default=0, sa_type=BigInteger)
    skipped: int = Field(default=0, sa_type=BigInteger)
