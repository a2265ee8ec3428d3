"""What a view makes of the records it fetches."""

import logging

import pytest
from aiokafka import TopicPartition
from support.counting import CLICKS
from support.records import KEYS, PARTITION, clicked
from talaia.stream.settings import BusSettings
from talaia.stream.views.arrivals import Arrivals


def test_a_thousand_unreadable_records_are_counted_and_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    poison = [clicked(offset)._replace(value=b"{") for offset in range(1_000)]
    place = TopicPartition(BusSettings().topic(CLICKS.name), PARTITION)
    with caplog.at_level(logging.WARNING):
        records = {place: [*poison, clicked(1_000)]}
        (taken,), (arrival,) = Arrivals([CLICKS], BusSettings()).read(records, {place: 1_001})  # type: ignore[arg-type]
    assert (taken.next_offset, taken.readable, taken.unreadable) == (1_001, 1, 1_000)
    assert (arrival.key, arrival.change) == (KEYS[0], 1)
    assert [record.__dict__["count"] for record in caplog.records] == [1_000]
