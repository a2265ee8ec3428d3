"""The topic catalogue: every topic with its purpose, owner, key, retention, access and events.

From it are made and checked: schemas, `asyncapi.yaml`, reference pages, the topic table, the topics themselves
(`talaia topics apply`), and what travels on them (`talaia topics check --live`).
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

import msgspec

from talaia.contracts import alerts, waste
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


MEASUREMENTS = Topic(
    name="waste.measurements.v1",
    purpose="A sensor measured; the configuration of its catchment",
    owner="waste",
    key="catchment",
    events=(waste.Measured, waste.Configured, waste.MeasurementsTick),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("waste ingest", "waste api", "waste-worker", "cli"),
    read_by=("waste-worker", "waste api"),
)
READINGS = Topic(
    name="waste.readings.v1",
    purpose="A measurement after quality control: unit, QARTOD flag, reason",
    owner="waste",
    key="site",
    events=(waste.Read,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
FORECASTS = Topic(
    name="waste.forecasts.v1",
    purpose="Level path of a site and its time to overflow, as it stands",
    owner="waste",
    key="site",
    events=(waste.Forecasted,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
SIGNALS = Topic(
    name="alerts.signals.v1",
    purpose="A condition began, changed or ended, with evidence; a source is alive",
    owner="alerts",
    key="area",
    events=(alerts.Signalled, alerts.Alive, alerts.SignalsTick),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("waste-worker", "alerts-worker", "cli"),
    read_by=("alerts-worker", "alerts api"),
)
ACTS = Topic(
    name="alerts.acts.v1",
    purpose="A person acknowledged, noted ...; the alarm policy",
    owner="alerts",
    key="area",
    events=(alerts.Acted, alerts.PolicyConfigured),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=400),
    access=Access.RESTRICTED,
    personal_data="subject of the person who acted",
    written_by=("alerts api", "cli"),
    read_by=("alerts-worker", "alerts api"),
)
ALARMS = Topic(
    name="alerts.alarms.v1",
    purpose="The alarm as it stands",
    owner="alerts",
    key="alarm",
    events=(alerts.AlarmStands,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.OPERATIONAL,
    personal_data="subject of the person who acknowledged",
    written_by=("alerts-worker",),
    read_by=("alerts api",),
)
JOURNAL = Topic(
    name="alerts.journal.v1",
    purpose="Every transition, who and why: the audit trail",
    owner="alerts",
    key="area",
    events=(alerts.Journalled,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=400),
    access=Access.RESTRICTED,
    personal_data="subject of the person who acted",
    written_by=("alerts-worker",),
    read_by=("alerts api",),
)

TOPICS: tuple[Topic, ...] = (MEASUREMENTS, READINGS, FORECASTS, SIGNALS, ACTS, ALARMS, JOURNAL)
CHANGELOGS: tuple[Changelog, ...] = (
    Changelog(worker="waste-worker", inputs=(MEASUREMENTS,)),
    Changelog(worker="alerts-worker", inputs=(SIGNALS, ACTS)),
)
INPUTS: tuple[Topic, ...] = tuple(topic for changelog in CHANGELOGS for topic in changelog.inputs)


def every_topic() -> tuple[Topic, ...]:
    """All topics a broker must have: catalogue, rejects of every worker's input, changelogs."""
    return (*TOPICS, *(topic.rejected for topic in INPUTS), *(changelog.topic for changelog in CHANGELOGS))
