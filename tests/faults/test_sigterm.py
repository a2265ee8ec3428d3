"""Workers are told to end under load."""

import pytest
from support.counting import CLICKS, EVERY
from support.counting_city import PER_SECOND, City, all_ready, city
from support.judgement import end_in_peace, judged, seed

__all__ = ["city", "seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
SLICE_RECORDS = 2_000


def told_to_end(town: City, rounds: int, seed: int) -> None:
    feed, took_s = town.feed(PER_SECOND), []
    for _ in range(rounds):
        (worker,) = town.ready(1)
        town.wait_for_load(500, 6_000)
        code, seconds = worker.end()
        assert code == 0, worker.said()[-2000:]
        took_s.append(seconds)
    feed.stop()
    town.ready(1)
    end_in_peace(town)
    seen = f"ended after {max(took_s):.1f} s at most; seed {seed}"
    verdict = judged(town, "SIGTERM under load", rounds, seen)
    assert max(took_s) <= 5
    assert verdict.repeated * EVERY < SLICE_RECORDS * CLICKS.partitions * rounds


def test_a_worker_told_to_end_under_load_settles_commits_and_leaves_within_five_seconds(city: City, seed: int) -> None:
    told_to_end(city, 1, seed)


def test_a_worker_that_still_waits_for_an_answer_that_never_comes_ends_all_the_same(city: City) -> None:
    worker = city.worker("waiting_worker")
    all_ready([worker])
    code, seconds = worker.end()
    assert (code, seconds <= 5) == (0, True), (code, seconds, worker.said()[-2000:])


@pytest.mark.slow
def test_ten_workers_told_to_end_one_after_another_lose_and_double_nothing(city: City, seed: int) -> None:
    told_to_end(city, 10, seed)
