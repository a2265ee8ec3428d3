"""What every translation from the domain's words to those of the bus needs: ids that follow from a cause, UTC, ticks."""

from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha1
from uuid import NAMESPACE_URL, uuid5

from talaia.contracts.catalogue import Topic
from talaia.contracts.envelope import Tick
from talaia.stream.processor import Message

_VARIANTS = dict(zip("0123456789abcdef", 4 * "89ab", strict=True))
"""What the digit becomes that holds the variant: two of its bits are given."""


def source_of(service: str, key: str) -> str:
    """The producer of what a service says of one message key."""
    return f"talaia/{service}/{key}"


def outcome_id(service: str, rule: str, subject: str, cause: str) -> str:
    """The same for the same rule, thing and cause, whenever it is worked out: a UUID of version 5 (RFC 9562, 5.5).

    uuid.uuid5 takes four times as long, and each output has one.
    """
    digest = sha1(_namespace(service) + f"{rule}|{subject}|{cause}".encode(), usedforsecurity=False).hexdigest()
    variant = _VARIANTS[digest[16]]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def utc(time: datetime) -> datetime:
    """The moment as UTC: state keeps it so, and what is said must not depend on whether it was kept."""
    return time if time.tzinfo is UTC else time.astimezone(UTC)


def tick(service: str, topic: Topic, key: str, now: datetime) -> Message:
    """The event that lets the timers of a quiet partition of `topic` fire."""
    kind = next(event for event in topic.events if issubclass(event, Tick))
    identity = outcome_id(service, "tick", key, now.isoformat())
    return Message(topic, key, kind(id=identity, source=source_of(service, key), time=now, recordedtime=now))


@lru_cache(maxsize=16)
def _namespace(service: str) -> bytes:
    return uuid5(NAMESPACE_URL, f"talaia:{service}").bytes
