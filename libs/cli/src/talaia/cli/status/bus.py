"""What the broker says of workers: lag, members, rejects. It is asked for offsets and for single records, never for all."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

from kafka import TopicPartition
from kafka.admin import KafkaAdminClient, OffsetSpec
from kafka.errors import KafkaError

from talaia.cli.plain import plain
from talaia.cli.status.report import Bus, Group, Input, Member
from talaia.cli.status.samples import Offsets, Samples
from talaia.contracts.catalogue import Changelog, Topic
from talaia.stream.connection import administrator
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

_QUESTION_MS = 3_000
_ALL_S = 6.0
Answer = TypeVar("Answer")


def look(settings: BusSettings, changelogs: Sequence[Changelog], now: datetime) -> Bus:
    """Ask the broker for everything; takes some seconds at most, whatever is away."""
    try:
        with administrator(settings, _QUESTION_MS) as admin:
            return _Look(settings, admin).at(changelogs, now)
    except BusUnavailable as why:
        groups = [Group(worker=each.worker, inputs=[Input(topic=topic.name) for topic in each.inputs]) for each in changelogs]
        return Bus(kafka=settings.kafka_bootstrap, error=str(why), groups=groups)


class _Look:
    """One look at a broker that answers."""

    def __init__(self, settings: BusSettings, admin: KafkaAdminClient) -> None:
        self._settings, self._admin = settings, admin
        self._end_at = time.monotonic() + _ALL_S

    def at(self, changelogs: Sequence[Changelog], now: datetime) -> Bus:
        inputs = [topic for each in changelogs for topic in each.inputs]
        read = [*inputs, *(topic.rejected for topic in inputs)]
        names = [self._settings.topic(topic.name) for topic in read]
        there = {described["name"] for described in self._admin.describe_topics(names) if not described["error_code"]}
        offsets = self._offsets(changelogs, [place for place in self._places(read) if place.topic in there])
        samples = Samples(self._settings, offsets, [place for place in offsets.starts if place not in offsets.settled])
        return Bus(
            kafka=self._settings.kafka_bootstrap,
            missing=sorted(set(names) - there),
            groups=[self._group(each, [self._input(topic, samples, now) for topic in each.inputs]) for each in changelogs],
        )

    def _places(self, topics: Iterable[Topic]) -> list[TopicPartition]:
        return [TopicPartition(self._settings.topic(topic.name), n) for topic in topics for n in range(topic.partitions)]

    def _offsets(self, changelogs: Sequence[Changelog], places: list[TopicPartition]) -> Offsets:
        starts, ends = self._ask_offsets(places, OffsetSpec.EARLIEST), self._ask_offsets(places, OffsetSpec.LATEST)
        settled: dict[TopicPartition, int] = {}
        for each in changelogs:
            group, inputs = self._settings.topic(each.worker), self._places(each.inputs)
            committed = self._ask(lambda: dict(self._admin.list_group_offsets({group: inputs})[group]))  # noqa: B023 - asked now
            if committed is not None:
                known = [place for place in inputs if place in starts and place in ends]
                settled |= {place: max(committed[place].offset if place in committed else -1, starts[place]) for place in known}
        return Offsets(starts, ends, settled)

    def _ask_offsets(self, places: list[TopicPartition], which: OffsetSpec) -> dict[TopicPartition, int]:
        found = self._ask(lambda: self._admin.list_partition_offsets(dict.fromkeys(places, which))) if places else None
        return {place: answer.offset for place, answer in (found or {}).items()}

    def _input(self, topic: Topic, samples: Samples, now: datetime) -> Input:
        places = self._places([topic])
        return Input(
            topic=topic.name,
            lag_events=samples.lag_events(places),
            lag_s=samples.lag_s(places),
            waiting_s=samples.waiting_s(places, now),
            rejects=samples.rejects(self._places([topic.rejected])),
        )

    def _group(self, changelog: Changelog, inputs: list[Input]) -> Group:
        name = self._settings.topic(changelog.worker)
        described = self._ask(lambda: self._admin.describe_groups([name])[name])
        if described is None or not described["group_state"]:
            return Group(worker=changelog.worker, inputs=inputs)
        members = [_member(each) for each in described["members"]]
        held = {number for member in members for number in member.partitions}
        return Group(
            worker=changelog.worker,
            inputs=inputs,
            state=described["group_state"],
            members=members,
            free=sorted(set(range(changelog.inputs[0].partitions)) - held),
        )

    def _ask(self, question: Callable[[], Answer]) -> Answer | None:
        """What the broker answers, if it does: one question that fails leaves the others their answers."""
        if time.monotonic() > self._end_at:
            return None
        try:
            return question()
        except (KafkaError, OSError):
            return None


def _member(described: Mapping[str, Any]) -> Member:
    assignment = described["member_assignment"]
    partitions = assignment["assigned_partitions"] if isinstance(assignment, Mapping) else ()
    held = {number for topic in partitions for number in topic["partitions"]}
    return Member(name=plain(described["client_id"]), host=plain(described["client_host"].lstrip("/")), partitions=sorted(held))
