"""Static membership: a member that comes back soon finds its partitions; two with one id cannot both go on."""

import time
from pathlib import Path

import pytest
from support.counting_city import PER_SECOND, City, city
from support.endings import ended_well
from support.judgement import end_in_peace, judged
from support.processes import wait_for
from support.sessions import sessions_of

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

DEADLINE_S = 30


def two_with_one_id(town: City, rounds: int) -> None:
    feed = town.feed(PER_SECOND)
    slowest_s = 0.0
    for _ in range(rounds):
        first = town.worker(TALAIA_STATIC_MEMBER="member-0")
        wait_for(first.ready, "the first")
        town.wait_for_load()
        second = town.worker(TALAIA_STATIC_MEMBER="member-0")
        wait_for(second.ready, "the second")
        joined_at = time.monotonic()
        wait_for(lambda: not (first.alive and second.alive), "one of two with one id to end", DEADLINE_S)  # noqa: B023
        slowest_s = max(slowest_s, time.monotonic() - joined_at)
        ended, left = (second, first) if first.alive else (first, second)
        ended_well(ended.said(), ended.exit_code())
        assert "TALAIA_STATIC_MEMBER" in ended.said() or "was taken over by another worker" in ended.said()
        town.wait_for_load()
        assert left.alive
        left.kill()
    town.worker(TALAIA_STATIC_MEMBER="member-0")
    feed.stop()
    end_in_peace(town)
    judged(town, "two workers with one static id", rounds, f"one ended {slowest_s:.1f} s after both were ready, at most")


def test_of_two_workers_with_one_static_id_one_ends_and_no_state_is_wrong(city: City) -> None:
    two_with_one_id(city, rounds=1)


@pytest.mark.slow
def test_five_pairs_with_one_static_id_leave_no_state_wrong(city: City) -> None:
    two_with_one_id(city, rounds=5)


@pytest.mark.slow
def test_a_static_member_that_comes_back_soon_finds_its_partitions_and_disturbs_nobody(city: City, tmp_path: Path) -> None:
    patient = str(sessions_of(20, tmp_path))
    workers = [city.worker(TALAIA_STATIC_MEMBER=f"member-{n}", TALAIA_KAFKA_FILE=patient) for n in range(2)]
    wait_for(lambda: all(worker.ready() for worker in workers), "two workers")
    known = workers[0].times_ready
    assert workers[1].end()[0] == 0
    again = city.worker(TALAIA_STATIC_MEMBER="member-1", TALAIA_KAFKA_FILE=patient)
    wait_for(again.ready, "the member to be back")
    assert workers[0].times_ready == known
