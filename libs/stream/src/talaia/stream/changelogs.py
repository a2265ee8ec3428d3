"""What the workers' states want next, and whether Kafka still has it: asked from outside, while no worker has to run."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError, KafkaTimeoutError

from talaia.contracts.catalogue import Changelog
from talaia.stream.connection import connection, no_answer
from talaia.stream.folding.coverage import Held, contradiction, progress_in
from talaia.stream.folding.parts import CLAIM, PROGRESS, Codec, ForeignState, StateRefused, split_record_key
from talaia.stream.folding.records import Progress
from talaia.stream.preflight import topic_ids
from talaia.stream.settings import BusSettings

_TAIL_RECORDS = 200
"""A progress record ends every settle: the newest stands near the end, after claims at most."""
_POLL_MS = 500
_SILENT_S = 30.0
_ANY_FORMAT = 9_999


def contradictions(settings: BusSettings, changelogs: Sequence[Changelog]) -> list[str]:
    """Why a worker would not go on from its state, a sentence a partition. Raises BusUnavailable, Stop."""
    try:
        consumer = KafkaConsumer(**connection(settings), enable_auto_commit=False, auto_offset_reset="earliest")
        try:
            return [sentence for changelog in changelogs for sentence in _of(settings, consumer, changelog)]
        finally:
            consumer.close()
    except (KafkaError, OSError) as error:
        raise no_answer(settings, error) from None


def _of(settings: BusSettings, consumer: Any, changelog: Changelog) -> list[str]:
    ids = topic_ids(settings, changelog.inputs)
    numbers = range(changelog.topic.partitions)
    named = {(topic, n): TopicPartition(settings.topic(topic), n) for topic in ids for n in numbers}
    starts = consumer.beginning_offsets(list(named.values()))
    found = []
    try:
        states = _Tails(consumer, settings.topic(changelog.topic.name), numbers).read()
    except UnicodeDecodeError:  # kafka-python's parser, at whoever's record
        return [f"{changelog.worker} must not go on: {ForeignState('a header name that is no text')}"]
    # asked before and after the states: while workers work and retention cuts, both only move on
    ends = consumer.end_offsets(list(named.values()))
    for number, state in states.items():
        inputs = {topic: Held(ids[topic], starts[named[topic, number]], ends[named[topic, number]]) for topic in ids}
        why = state if isinstance(state, str) else contradiction(number, state, inputs)
        if why is not None:
            found.append(f"{changelog.worker} must not go on with partition {number}: {why}")
    return found


class _Tails:
    """The newest progress of each partition of a changelog, or what no worker wrote."""

    def __init__(self, consumer: Any, topic: str, numbers: Iterable[int]) -> None:
        self._consumer = consumer
        places = [TopicPartition(topic, number) for number in numbers]
        self._starts, self._ends = consumer.beginning_offsets(places), consumer.end_offsets(places)
        self._states: dict[int, Progress | str] = {}
        self._parts: set[int] = set()

    def read(self) -> dict[int, Progress | str]:
        """By partition; those on which nothing was settled yet are left out."""
        self._from({place: max(start, self._ends[place] - _TAIL_RECORDS) for place, start in self._starts.items()})
        self._from({place: start for place, start in self._starts.items() if place.partition not in self._states})
        without = {number: str(ForeignState("parts without a progress record")) for number in self._parts - self._states.keys()}
        return dict(sorted((self._states | without).items()))

    def _from(self, starts: dict[TopicPartition, int]) -> None:
        waiting = {place: self._ends[place] for place, start in starts.items() if start < self._ends[place]}
        self._consumer.assign(list(waiting))
        for place in waiting:
            self._consumer.seek(place, starts[place])
        give_up_at = time.monotonic() + _SILENT_S
        while waiting:
            for place, records in self._consumer.poll(_POLL_MS).items():
                give_up_at = time.monotonic() + _SILENT_S
                for record in records:
                    self._take(place.partition, record.key, record.value)
            if time.monotonic() > give_up_at:  # whoever may not read a topic gets nothing of it
                raise KafkaTimeoutError("nothing comes of a changelog")
            waiting = {place: end for place, end in waiting.items() if self._consumer.position(place) < end}

    def _take(self, number: int, key: bytes | None, value: bytes | None) -> None:
        if key is None or key == CLAIM or isinstance(self._states.get(number), str):
            return
        try:
            if key == PROGRESS:
                self._states[number] = progress_in(value)
                return
            split_record_key(key)
            if value is not None:
                Codec(Any, _ANY_FORMAT).slot(key, value)
            self._parts.add(number)
        except StateRefused as why:
            self._states[number] = str(why)
