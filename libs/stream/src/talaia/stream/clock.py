"""The only place that reads the wall clock; everybody else is told the time."""

from datetime import UTC, datetime


def wall_now() -> datetime:
    """The wall's time, UTC."""
    return datetime.now(UTC)  # noqa: TID251
