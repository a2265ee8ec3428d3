"""A rebalance that the next one overtakes: Faust's seek of the first begins when the second has given out partitions."""

import pytest
from support.counting_city import PER_SECOND, City, all_ready, city
from support.judgement import end_in_peace, judged
from support.processes import wait_for

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]


@pytest.mark.parametrize("heard", ["no", pytest.param("yes", marks=pytest.mark.slow)])
def test_the_late_seek_of_an_overtaken_rebalance_neither_ends_the_worker_nor_loses_anything(city: City, heard: str) -> None:
    feed = city.feed(PER_SECOND)
    leaves = city.worker()
    wait_for(leaves.ready, "the worker that leaves")
    overtaken = city.worker("overtaken_worker", HEARD=heard)
    all_ready([overtaken])
    leaves.kill()

    def goes_on() -> None:
        assert overtaken.alive, overtaken.said()[-2000:]

    city.wait_for_load(look=goes_on)
    assert overtaken.ready(2)
    feed.stop()
    end_in_peace(city)
    judged(city, "rebalance overtaken by the next one", 1)
