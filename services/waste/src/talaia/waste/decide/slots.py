"""Slots: the equal steps of time in which the forecast runs.

Slot n ends n steps after 1970 and holds what was measured in the step before its end. Its readings are waited for
until the stream clock is SLOT_WAIT past its end; what comes later is late.
"""

from datetime import UTC, datetime, timedelta

SLOT = timedelta(minutes=5)
SLOT_WAIT = timedelta(seconds=30)
_UNTIL_DUE = SLOT + SLOT_WAIT
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


def closed_until(now: datetime) -> datetime:
    """The last moment of the slots that are closed: what was measured later has its slot still open."""
    return now - (now - _FIRST_DUE) % SLOT - SLOT_WAIT


def next_due(closed: datetime) -> datetime:
    """When the slot after the closed ones is closed, by the stream clock."""
    return closed + _UNTIL_DUE
