"""What a redrive would send: the rejects that were asked for, less what was sent before, as the input topics tell."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence, Set
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from talaia.cli.rejects.reading import through, whole
from talaia.cli.rejects.record import REDRIVEN_FROM, digest, facts, history, offset_of, original
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


class Origin(NamedTuple):
    """A record that was rejected, perhaps more than once. content: digest of its bytes."""

    topic: str
    partition: int
    offset: int
    content: bytes


class Chosen(NamedTuple):
    """A reject that is asked for, and whose it is."""

    position: Position
    group: Group
    origin: Origin


class Plan:
    """chosen: to be sent, by position, one of each original. How many are not, and why: sent before, another reject of the
    same original, redriven and rejected again, original gone, written by no reader.
    """

    def __init__(self) -> None:
        self.chosen: dict[Position, Chosen] = {}
        self.rejects: dict[Origin, list[Position]] = {}
        self.sent_before = self.repeated = self.rejected_again = self.gone = self.foreign = 0
        self._originals: set[Origin] = set()

    @property
    def groups(self) -> Counter[Group]:
        """How many are to be sent, by group."""
        return Counter(each.group for each in self.chosen.values())

    def take(self, choice: Choice, position: Position, record: ConsumerRecord) -> None:
        """Look at one reject; those not asked for count as rejects of their originals."""
        why = facts(record)
        group = Group(position.topic, why["reason"], why["source"])
        wanted = choice.reason in (None, group.reason) and choice.source in (None, group.source)
        wanted = wanted and (not choice.positions or position in choice.positions)
        offset = offset_of(why["origin-offset"])
        home = why["origin-topic"], why["origin-partition"]
        if original(record) is None or home != (position.topic, str(position.partition)) or offset is None:
            self.foreign += wanted
            return
        origin = Origin(position.topic, position.partition, offset, digest(record))
        self.rejects.setdefault(origin, []).append(position)
        if not wanted:
            return
        if history(record) and not choice.again:
            self.rejected_again += 1
        elif origin in self._originals:
            self.repeated += 1
        else:
            self._originals.add(origin)
            self.chosen[position] = Chosen(position, group, origin)

    def subtract(self, there: Set[Origin], sent: Set[tuple[str, bytes]]) -> None:
        """there: originals that still stand; sent: what was sent again, by its place among the rejects and its content."""
        for each in list(self.chosen.values()):
            if any((reject.name, each.origin.content) in sent for reject in self.rejects[each.origin]):
                self.sent_before += 1
            elif each.origin not in there:
                self.gone += 1
            else:
                continue
            del self.chosen[each.position]


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
    origins = {each.origin for each in plan.chosen.values()}
    offsets: dict[TopicPartition, set[int]] = {}
    for origin in origins:
        offsets.setdefault(TopicPartition(settings.topic(origin.topic), origin.partition), set()).add(origin.offset)
    bounds = await whole(consumer, list(offsets))
    ranges = {place: (max(start, min(offsets[place])), end) for place, (start, end) in bounds.items()}
    there: set[Origin] = set()
    sent: set[tuple[str, bytes]] = set()
    read, total = 0, sum(end - start for start, end in ranges.values())
    async for place, record in through(consumer, ranges):
        if record.offset in offsets[place]:
            topic = place.topic.removeprefix(settings.topic_prefix)
            there.add(Origin(topic, place.partition, record.offset, digest(record)))
        if record.headers:
            sent.update((name, digest(record)) for name in _redriven_from(record))
        read += 1
        if read % _SAY_EVERY == 0:
            advance(read, total)
    plan.subtract(there, sent)


def _redriven_from(record: ConsumerRecord) -> Iterable[str]:
    return [value.decode(errors="replace") for name, value in record.headers if name == REDRIVEN_FROM and value]
