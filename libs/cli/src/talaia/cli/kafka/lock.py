"""The jars of one Kafka release: coordinates and hashes, no download addresses."""

import re
from importlib.resources import files
from typing import NamedTuple

_SHA256 = re.compile(r"[0-9a-f]{64}")


class KafkaUnavailable(RuntimeError):
    """No local Kafka can run here; the message says why and what to do."""


class Artifact(NamedTuple):
    """One jar of the lock. classifier: empty, or the variant of the artifact."""

    group: str
    name: str
    version: str
    classifier: str
    sha256: str

    @property
    def file(self) -> str:
        """Its file name."""
        return "-".join(word for word in (self.name, self.version, self.classifier) if word) + ".jar"

    def __str__(self) -> str:
        return ":".join(word for word in (self.group, self.name, self.version, self.classifier) if word)


def read_lock(text: str) -> list[Artifact]:
    """Lines `group:artifact:version[:classifier] sha256`; `#` starts a comment. Raises ValueError naming the line."""
    artifacts = []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        coordinate = words[0].split(":")
        if len(words) != 2 or len(coordinate) not in (3, 4) or not all(coordinate) or not _SHA256.fullmatch(words[1]):
            raise ValueError(f"kafka.lock line {number}: expected `group:artifact:version[:classifier] sha256`, got: {line}")
        group, name, version = coordinate[:3]
        artifacts.append(Artifact(group, name, version, coordinate[3] if len(coordinate) == 4 else "", words[1]))
    return artifacts


def locked() -> list[Artifact]:
    """The lock that ships with this package."""
    return read_lock(files("talaia.cli.kafka").joinpath("kafka.lock").read_text(encoding="utf-8"))


def kafka_version() -> str:
    """The Kafka release of the lock."""
    return next(artifact.version for artifact in locked() if artifact.name == "kafka-clients")
