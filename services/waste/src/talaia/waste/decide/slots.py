"""Slots: the equal steps of time in which the forecast runs.

Slot n ends n steps after 1970 and holds what was measured in the step before its end. Its readings are waited for
until the stream clock is SLOT_WAIT past its end; what comes later is late.
"""

from datetime import UTC, datetime, timedelta

SLOT = timedelta(minutes=5)
SLOT_WAIT = timedelta(seconds=30)
SLOT_MIN = SLOT.total_seconds() / 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DUE = _EPOCH + SLOT_WAIT


def slot_of(time: datetime) -> int:
    """The slot that holds a moment."""
    return -((_EPOCH - time) // SLOT)


def slot_end(slot: int) -> datetime:
    """Its last moment."""
    return _EPOCH + slot * SLOT


def due(slot: int) -> datetime:
    """When it is closed, by the stream clock."""
    return slot_end(slot) + SLOT_WAIT


def open_slot(now: datetime) -> int:
    """The first slot that is not closed."""
    return (now - _FIRST_DUE) // SLOT + 1


def is_closed(time: datetime, now: datetime) -> bool:
    """Whether the slot that holds a moment is closed by now."""
    return now - time >= SLOT_WAIT and now >= due(slot_of(time))
