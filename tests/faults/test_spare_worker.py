"""A worker more than there are partitions: it waits, and takes over when another one goes."""

import pytest
from support.counting import PARTITIONS
from support.counting_city import City, all_ready, city
from support.judgement import end_in_peace, judged
from support.processes import wait_for

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(180)]
PER_SECOND = 500


def test_a_worker_without_partitions_is_ready_and_takes_over_from_one_that_is_killed(city: City) -> None:
    feed = city.feed(PER_SECOND)
    workers = [city.worker() for _ in range(PARTITIONS + 1)]
    all_ready(workers)
    wait_for(lambda: any(is_spare(worker.said()) for worker in workers), "one to be without partitions")
    (spare, *_) = [worker for worker in workers if is_spare(worker.said())]
    known = spare.times_ready
    next(worker for worker in workers if worker is not spare).kill()
    wait_for(lambda: spare.ready(known + 1) and not is_spare(spare.said()), "the spare worker to take over", last=spare.said)
    city.wait_for_load(500, 500)
    feed.stop()
    end_in_peace(city)
    judged(city, "SIGKILL of one of a worker for each partition and a spare one", 1)


def is_spare(said: str) -> bool:
    """Whether it was last ready with nothing."""
    ready = [line for line in said.splitlines() if '"message": "ready"' in line]
    return bool(ready) and '"partitions": []' in ready[-1]
