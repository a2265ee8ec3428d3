"""What a process must be allowed on the bus: derived from the catalogue, which says who writes and who reads each topic."""

from collections.abc import Iterable, Sequence
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
    DESCRIBE_CONFIGS = "DESCRIBE_CONFIGS"


OPERATOR = "cli"
"""Whoever runs `talaia status`, `tail`, `rejects` and `topics check`."""
REDRIVE = "redrive"
"""Group and transactional id of `talaia rejects redrive`, of which one runs at a time."""


class Right(NamedTuple):
    """One right. name: without the installation's prefix; prefixed: of everything whose name begins so."""

    kind: Kind
    name: str
    operation: Operation
    prefixed: bool = False

    def named(self, prefix: str) -> str:
        """As people read it: `READ topic waste.readings.v1`. prefix: the installation's, which goes before the name."""
        return f"{self.operation} {self.kind} {prefix}{self.name}{'*' * self.prefixed}"


_REDRIVING = (Right(Kind.GROUP, REDRIVE, Operation.READ), Right(Kind.TRANSACTIONAL_ID, REDRIVE, Operation.WRITE))


def principal(who: str) -> str:
    """The user of a role, which the catalogue names in words: `waste api` is `waste-api`."""
    return who.replace(" ", "-")


def rights_by_user(topics: Iterable[Topic]) -> dict[str, tuple[Right, ...]]:
    """Everybody whom these topics name as a writer or reader, by user, with all that it needs."""
    topics = tuple(topics)
    roles = {who for topic in topics for who in (*topic.written_by, *topic.read_by)}
    return {principal(who): rights_of(who, topics) for who in sorted(roles)}


def rights_of(who: str, topics: Iterable[Topic]) -> tuple[Right, ...]:
    """All that a role of the catalogue (`waste-worker`, `waste api`, `cli`) needs, as far as these topics go."""
    rights = []
    topics = tuple(topics)
    for topic in topics:
        if who in topic.read_by or who == OPERATOR:  # who looks after the bus looks at all of it
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
        rights.append(view_group(service)._replace(prefixed=True))
    elif who == OPERATOR:
        rights += _operating(topics)
    return tuple(rights)


def _operating(topics: Sequence[Topic]) -> tuple[Right, ...]:
    workers = sorted({reader for topic in topics for reader in topic.read_by if reader.endswith("-worker")})
    return (
        *(Right(Kind.TOPIC, topic.name, Operation.DESCRIBE_CONFIGS) for topic in topics),
        *(Right(Kind.GROUP, worker, Operation.DESCRIBE) for worker in workers),
        *_REDRIVING,
    )


def reading(topics: Iterable[Topic]) -> tuple[Right, ...]:
    """What it takes to read topics."""
    return tuple(Right(Kind.TOPIC, topic.name, Operation.READ) for topic in topics)


def redriving(inputs: Iterable[Topic]) -> tuple[Right, ...]:
    """What it takes to send rejects of these inputs again."""
    rights = []
    for topic in inputs:
        rights += [*reading([topic, topic.rejected]), Right(Kind.TOPIC, topic.name, Operation.WRITE)]
    return (*rights, *_REDRIVING)


def view_group(view: str, shape: str = "") -> Right:
    """What it takes to share a view's work; shape: of its tables, with which the group's name goes on."""
    return Right(Kind.GROUP, f"{view}-view.{shape}", Operation.READ)
