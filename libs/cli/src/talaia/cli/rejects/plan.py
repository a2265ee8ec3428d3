"""What a redrive would send: the rejects that were asked for, less what was sent before, as the input topics tell."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from talaia.cli.rejects.reading import through, whole
from talaia.cli.rejects.record import REDRIVEN_FROM, digest, facts, history, original
from talaia.contracts.catalogue import Topic
from talaia.stream.settings import BusSettings

Advance = Callable[[int, int], None]
"""Shows how many records are read, of how many."""

_SAY_EVERY = 500


class Position(NamedTuple):
    """Where a reject stands; topic: its input's."""

    topic: str
    partition: int
    offset: int

    @property
    def name(self) -> str:
        """As people write it."""
        return f"{self.topic}.rejected/{self.partition}/{self.offset}"


class Group(NamedTuple):
    """Rejects that are counted together."""

    topic: str
    reason: str
    source: str


class Choice(NamedTuple):
    """Which rejects are asked for. positions: these alone, if there are any; again: also those that were redriven before."""

    topics: Sequence[Topic]
    reason: str | None = None
    source: str | None = None
    positions: frozenset[Position] = frozenset()
    again: bool = False


class Chosen(NamedTuple):
    """A reject that is asked for. origin: offset of the original; content: digest of its bytes."""

    position: Position
    group: Group
    origin: int
    content: bytes


class Plan:
    """chosen: to be sent, by position. How many are not, and why: sent before, redriven and rejected again, original gone,
    written by no reader.
    """

    def __init__(self) -> None:
        self.chosen: dict[Position, Chosen] = {}
        self.sent_before = self.rejected_again = self.gone = self.foreign = 0

    @property
    def groups(self) -> Counter[Group]:
        """How many are to be sent, by group."""
        return Counter(each.group for each in self.chosen.values())

    def take(self, choice: Choice, position: Position, record: ConsumerRecord) -> None:
        """Look at one reject."""
        why = facts(record)
        group = Group(position.topic, why["reason"], why["source"])
        wanted = choice.reason in (None, group.reason) and choice.source in (None, group.source)
        if not wanted or (choice.positions and position not in choice.positions):
            return
        home = why["origin-topic"], why["origin-partition"]
        if original(record) is None or home != (position.topic, str(position.partition)) or not why["origin-offset"].isdecimal():
            self.foreign += 1
        elif history(record) and not choice.again:
            self.rejected_again += 1
        else:
            self.chosen[position] = Chosen(position, group, int(why["origin-offset"]), digest(record))


async def planned(settings: BusSettings, consumer: AIOKafkaConsumer, choice: Choice, advance: Advance) -> Plan:
    """What is to be sent now."""
    plan = Plan()
    names = {settings.topic(topic.rejected.name): topic.name for topic in choice.topics}
    partitions = {(each.topic, each.partition) for each in choice.positions}
    places = [
        TopicPartition(name, number)
        for name, topic in names.items()
        for number in range(choice.topics[0].partitions)
        if not partitions or (topic, number) in partitions
    ]
    ranges = await whole(consumer, places)
    read, total = 0, sum(end - start for start, end in ranges.values())
    async for place, record in through(consumer, ranges):
        plan.take(choice, Position(names[place.topic], place.partition, record.offset), record)
        read += 1
        if read % _SAY_EVERY == 0:
            advance(read, total)
    await _subtract_sent(settings, consumer, plan, advance)
    return plan


async def _subtract_sent(settings: BusSettings, consumer: AIOKafkaConsumer, plan: Plan, advance: Advance) -> None:
    """What was sent again stands after its original, with its place among the rejects; whose original is gone is not known."""
    chosen: dict[TopicPartition, list[Chosen]] = {}
    for each in plan.chosen.values():
        chosen.setdefault(TopicPartition(settings.topic(each.position.topic), each.position.partition), []).append(each)
    ranges = {
        place: (max(start, min(each.origin for each in chosen[place])), end)
        for place, (start, end) in (await whole(consumer, list(chosen))).items()
    }
    originals = {place: {each.origin for each in theirs} for place, theirs in chosen.items()}
    there: set[tuple[TopicPartition, int, bytes]] = set()
    sent: set[tuple[str, bytes]] = set()
    read, total = 0, sum(end - start for start, end in ranges.values())
    async for place, record in through(consumer, ranges):
        if record.offset in originals[place]:
            there.add((place, record.offset, digest(record)))
        if record.headers:
            sent.update((name, digest(record)) for name in _redriven_from(record))
        read += 1
        if read % _SAY_EVERY == 0:
            advance(read, total)
    for place, theirs in chosen.items():
        for each in theirs:
            if (each.position.name, each.content) in sent:
                plan.sent_before += 1
                del plan.chosen[each.position]
            elif (place, each.origin, each.content) not in there:
                plan.gone += 1
                del plan.chosen[each.position]


def _redriven_from(record: ConsumerRecord) -> Iterable[str]:
    return [value.decode(errors="replace") for name, value in record.headers if name == REDRIVEN_FROM and value]
