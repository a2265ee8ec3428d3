"""What every view keeps of itself, beside its rows; and a moment as a column."""

from contextlib import suppress
from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, TypeDecorator
from sqlmodel import BigInteger, Field, SQLModel


class UtcTime(TypeDecorator[datetime]):
    """A moment; read back with its zone, which SQLite forgets."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC without a zone."""
        if value is None:
            return None
        with suppress(OverflowError):  # a moment at the edge of the calendar stays as it is written
            value = value.astimezone(UTC)
        return value.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


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
