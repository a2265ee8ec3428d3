"""Ids that follow from what they name: a replay makes the same ones."""

from functools import lru_cache
from hashlib import blake2b
from uuid import NAMESPACE_URL, UUID, uuid5


@lru_cache(maxsize=1_024)
def _area(area: str) -> UUID:
    return uuid5(NAMESPACE_URL, "talaia:area:" + area)


def alarm_id_of(area: str, condition_id: str) -> str:
    """The alarm of a condition."""
    return str(uuid5(_area(area), condition_id))


def activation_id_of(alarm_id: str, signal_id: str) -> str:
    """One spell of an alarm, by the signal that began it."""
    return str(uuid5(UUID(alarm_id), signal_id))


def incident_id_of(activation_id: str) -> str:
    """The incident that an activation opened."""
    return str(uuid5(UUID(activation_id), "incident"))


def split_id_of(incident_id: str, act_id: str) -> str:
    """The incident that an act split from another."""
    return str(uuid5(UUID(incident_id), act_id))


def caused_id(cause: str, what: str) -> str:
    """Something that followed from a cause: an event's identity, or that of a timer that fired."""
    return str(uuid5(uuid5(NAMESPACE_URL, "talaia:alerts:" + cause), what))


def mark(identity: str) -> int:
    """Eight bytes by which an input is known again."""
    return int.from_bytes(blake2b(identity.encode(), digest_size=8).digest(), "little")
