"""What the catalogue says of a topic, and of the state of a worker."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import msgspec

from talaia.contracts.envelope import Envelope
from talaia.contracts.vocabulary import Access

PARTITIONS = 16
"""Fixed for every keyed topic and changelog: key -> partition -> state would break if it changed."""


class Cleanup(StrEnum):
    """Kafka's cleanup policy."""

    DELETE = "delete"
    COMPACT = "compact"


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A promise about one topic. retention: None keeps for ever (or by key, when compacted)."""

    name: str
    purpose: str
    owner: str
    key: str
    events: tuple[type[Envelope], ...]
    cleanup: Cleanup
    retention: timedelta | None
    access: Access
    personal_data: str
    written_by: tuple[str, ...]
    read_by: tuple[str, ...]
    partitions: int = PARTITIONS
    max_message_bytes: int = 1_048_576

    @property
    def is_output(self) -> bool:
        """Whether only workers write it: then every event of it has `sequence` and `cause`."""
        return all(writer.endswith("worker") for writer in self.written_by)

    def key_field(self, event: type[Envelope]) -> str | None:
        """The field of an event's data that tells the record's key: `site` for key site, `alarm_id` for key alarm.

        None where the event does not tell it; whoever writes such an event knows its key.
        """
        data = next(field.type for field in msgspec.structs.fields(event) if field.name == "data")
        names = {field.encode_name for field in msgspec.structs.fields(data)}
        return next((name for name in (self.key, f"{self.key}_id") if name in names), None)

    @property
    def rejected(self) -> "Topic":
        """Where its reader puts what cannot be read: as long and as secret as the topic itself."""
        return Topic(
            name=f"{self.name}.rejected",
            purpose=f"What could not be read of {self.name}, and why",
            owner=self.owner,
            key=self.key,
            events=(),
            cleanup=Cleanup.DELETE,
            retention=self.retention,
            access=self.access,
            personal_data=self.personal_data,
            written_by=tuple(reader for reader in self.read_by if reader.endswith("worker")),
            read_by=("cli",),
            partitions=self.partitions,
            max_message_bytes=2 * self.max_message_bytes,
        )


@dataclass(frozen=True, kw_only=True)
class Changelog:
    """The state of one worker, by part; compacted, of the class of its inputs."""

    worker: str
    inputs: tuple[Topic, ...]

    @property
    def topic(self) -> Topic:
        """The changelog as a topic of the catalogue."""
        order = list(Access)
        return Topic(
            name=f"{self.worker}-state-changelog",
            purpose=f"State and progress of {self.worker}",
            owner=self.inputs[0].owner,
            key="part",
            events=(),
            cleanup=Cleanup.COMPACT,
            retention=None,
            access=max((topic.access for topic in self.inputs), key=order.index),
            personal_data="as its inputs",
            written_by=(self.worker,),
            read_by=(self.worker,),
            partitions=self.inputs[0].partitions,
            max_message_bytes=8 * 1_048_576,
        )
