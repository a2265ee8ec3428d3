"""What a view does with records that its database does not take, and when it believes that a topic was made anew."""

import logging
from pathlib import Path

import msgspec
import pytest
from aiokafka import ConsumerRecord, TopicPartition
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import select
from support.examples import example
from talaia.alerts.view.project import VIEW
from talaia.contracts.alerts import AlarmStands
from talaia.contracts.catalogue import ALARMS
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings
from talaia.stream.views.arrivals import Arrivals
from talaia.stream.views.origin import MadeAnew
from talaia.stream.views.projection import Projection
from talaia.stream.views.share import Share
from talaia.stream.views.store import Store
from talaia.stream.views.tables import ViewPlace
from talaia.stream.views.taking import halves, take

KEY = b"demo"
PLACE = TopicPartition(BusSettings().topic(ALARMS.name), partition_of(KEY, ALARMS.partitions))


def record(partition: TopicPartition, offset: int, key: bytes = KEY, value: bytes = b"") -> ConsumerRecord:
    return ConsumerRecord(partition.topic, partition.partition, offset, 0, 0, key, value, 0, 0, 0, ())


def stands(offset: int, version: int) -> ConsumerRecord:
    event = msgspec.json.decode(example(AlarmStands))
    event["data"] |= {"version": version, "alarm_id": f"a{offset}"}
    return record(PLACE, offset, value=msgspec.json.encode(event))


def test_a_record_that_the_database_does_not_take_is_named_without_its_content_and_the_others_are_taken(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    store, arrivals = Store(VIEW, database_url), Arrivals(VIEW.topics, BusSettings())
    head = store.open()
    store.begin([ViewPlace(topic=ALARMS.name, partition=PLACE.partition, topic_id="t")])
    refused = {3, 7}
    records = {PLACE: [stands(offset, 2**64 if offset in refused else offset) for offset in range(10)]}
    with caplog.at_level(logging.WARNING):
        take(store, arrivals, head, store.places(), records, {PLACE: 12})
    place = store.places()[ALARMS.name, PLACE.partition]
    assert (place.next_offset, place.taken, place.skipped) == (12, 8, 2)
    said = [(entry.__dict__["topic"], entry.__dict__["partition"], entry.__dict__["offset"]) for entry in caplog.records]
    assert said == [(ALARMS.name, PLACE.partition, offset) for offset in sorted(refused)]
    assert str(2**64) not in caplog.text


PARTITIONS = [TopicPartition("a", number) for number in range(4)]


@given(st.dictionaries(st.sampled_from(PARTITIONS), st.integers(0, 5)).filter(lambda counts: sum(counts.values()) > 1))
def test_halves_hold_each_record_once_and_end_where_the_whole_ends(counts: dict[TopicPartition, int]) -> None:
    records = {partition: [record(partition, offset * 2) for offset in range(count)] for partition, count in counts.items()}
    ends = dict.fromkeys(counts, 100)
    (first, until), (second, rest) = halves(records, ends)
    sizes = [sum(map(len, half.values())) for half in (first, second)]
    assert abs(sizes[0] - sizes[1]) <= 1
    for partition, some in records.items():
        before, after = list(first.get(partition, ())), list(second.get(partition, ()))
        assert before + after == some
        assert all(each.offset < until[partition] for each in before)
        assert all(each.offset >= until.get(partition, 0) for each in after)
    assert until | rest == ends


class Late(Share):
    """A broker whose answer is overtaken by another process, which takes a record that came after it."""

    def __init__(self, partitions: list[TopicPartition], store: Store, end: int) -> None:
        super().__init__(BusSettings(), partitions, None)
        self.store, self.end, self.all = store, end, partitions

    async def ends(self) -> dict[TopicPartition, int]:
        with self.store.session() as session:
            for place in session.exec(select(ViewPlace)):
                place.next_offset = 101
            session.commit()
        return dict.fromkeys(self.all, self.end)


@pytest.mark.parametrize("end", [100, 99])
async def test_only_a_topic_that_ends_before_what_was_taken_before_it_was_asked_counts_as_made_anew(
    tmp_path: Path, end: int
) -> None:
    url = f"sqlite:///{tmp_path}/view.db"
    projection, store = Projection(VIEW, url, BusSettings()), Store(VIEW, url)
    store.open()
    wanted = [
        ViewPlace(topic=t.name, partition=n, topic_id="t", next_offset=100) for t in VIEW.topics for n in range(t.partitions)
    ]
    store.begin(wanted)
    projection._places = store.places()
    share = Late(list(projection._arrivals.partitions), store, end)
    if end < 100:
        with pytest.raises(MadeAnew):
            await projection._ends(share)
    else:
        assert set((await projection._ends(share)).values()) == {100}
