"""What every translation from the domain's words to those of the bus needs: ids that follow from a cause, UTC, ticks."""

from datetime import UTC, datetime
from functools import lru_cache
from uuid import NAMESPACE_URL, UUID, uuid5

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import Tick
from talaia.stream.processor import Message


def source_of(service: str, key: str) -> str:
    """The producer of what a service says of one message key."""
    return f"talaia/{service}/{key}"


def outcome_id(service: str, rule: str, subject: str, cause: str) -> str:
    """The same for the same rule, thing and cause, whenever it is worked out."""
    return str(uuid5(_namespace(service), f"{rule}|{subject}|{cause}"))


def utc(time: datetime) -> datetime:
    """The moment as UTC: state keeps it so, and what is said must not depend on whether it was kept."""
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def tick(service: str, topic: Topic, key: str, now: datetime) -> Message:
    """The event that lets the timers of a quiet partition of `topic` fire."""
    kind = next(event for event in topic.events if issubclass(event, Tick))
    identity = outcome_id(service, "tick", key, now.isoformat())
    return Message(topic, key, kind(id=identity, source=source_of(service, key), time=now, recordedtime=now))


@lru_cache(maxsize=16)
def _namespace(service: str) -> UUID:
    return uuid5(NAMESPACE_URL, f"talaia:{service}")
