"""What a process must be allowed on the bus: derived from the catalogue, which says who writes and who reads each topic."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from talaia.contracts.catalogue import Topic


class Kind(StrEnum):
    """What a right is about, in Kafka's words."""

    TOPIC = "topic"
    GROUP = "group"
    TRANSACTIONAL_ID = "transactional id"


class Operation(StrEnum):
    """What is allowed, in Kafka's words. Reading and writing include describing."""

    READ = "READ"
    WRITE = "WRITE"
    DESCRIBE = "DESCRIBE"


class Right(NamedTuple):
    """One right. name: without the installation's prefix; prefixed: of everything whose name begins so."""

    kind: Kind
    name: str
    operation: Operation
    prefixed: bool = False


def principal(who: str) -> str:
    """The user of a role, which the catalogue names in words: `waste api` is `waste-api`."""
    return who.replace(" ", "-")


def rights_of(who: str, topics: Iterable[Topic]) -> tuple[Right, ...]:
    """All that a role of the catalogue (`waste-worker`, `waste api`, `cli`) needs, as far as these topics go."""
    rights = []
    for topic in topics:
        if who in topic.read_by:
            rights.append(Right(Kind.TOPIC, topic.name, Operation.READ))
        if who in topic.written_by:
            rights.append(Right(Kind.TOPIC, topic.name, Operation.WRITE))
    service, _, role = principal(who).rpartition("-")
    if role == "worker":
        rights.append(Right(Kind.GROUP, who, Operation.READ))
        # by their epochs a new owner of a changelog partition keeps out the one before
        rights.append(Right(Kind.TRANSACTIONAL_ID, f"{who}-", Operation.WRITE, prefixed=True))
    elif role == "api":
        rights.append(Right(Kind.GROUP, f"{service}-worker", Operation.DESCRIBE))
        # processes that share a view's work; the group's name goes on with the shape of the tables
        rights.append(Right(Kind.GROUP, f"{service}-view.", Operation.READ, prefixed=True))
    return tuple(rights)


def reading(topics: Iterable[Topic]) -> tuple[Right, ...]:
    """What it takes to read topics."""
    return tuple(Right(Kind.TOPIC, topic.name, Operation.READ) for topic in topics)
