"""What the group is told of a worker's progress."""

import pytest
from support.counting import CLICKS, PARTITIONS, click
from support.counting_city import City, city
from support.plain_kafka import commit
from talaia.stream.clock import wall_now

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


def test_what_the_state_covers_is_committed_even_when_nothing_follows(city: City) -> None:
    feed = city.feed(0)
    for number in range(100):
        feed.send(click(f"k{number}", number, wall_now()))
    feed.stop()
    worker = city.worker(TALAIA_CLOCK="replay")  # nobody ticks
    city.wait_until_settled()
    worker.end()
    commit(city.bootstrap, city.prefix + "count-worker", city.prefix + CLICKS.name, [0] * PARTITIONS)
    assert city.lag() == 100
    city.worker(TALAIA_CLOCK="replay")
    city.wait_until_settled()
