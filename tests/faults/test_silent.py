"""A worker hangs while its heartbeat goes on, so that nobody takes over: only the watchdog can tell, and ends it."""

import time

import pytest
from support.counting_city import PER_SECOND, City, city
from support.judgement import end_in_peace, judged
from support.processes import wait_for
from support.trapped_worker import BEFORE_STATE, HANG
from talaia.stream.stopping import STUCK

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
SILENT_S = 5


def hangs(town: City, rounds: int) -> None:
    feed, took_s = town.feed(PER_SECOND), []
    for _ in range(rounds):
        worker = town.trapped(BEFORE_STATE, HANG, SILENT_LOOP_S=str(SILENT_S))
        wait_for(worker.ready, "the worker")
        town.wait_for_load()
        worker.trap.touch()
        wait_for(lambda: not worker.trap.exists(), "the trap to spring")  # noqa: B023
        hung_at = time.monotonic()
        assert worker.exit_code() == STUCK
        took_s.append(time.monotonic() - hung_at)
        assert "the event loop has been silent" in worker.said()
    town.ready(1)
    feed.stop()
    end_in_peace(town)
    seen = f"ended after {max(took_s):.1f} s at most, where {SILENT_S} s of silence are borne"
    judged(town, "a worker hangs while its heartbeat goes on", rounds, seen)


def test_a_worker_that_hangs_with_its_heart_still_beating_is_ended_by_its_watchdog(city: City) -> None:
    hangs(city, 1)


@pytest.mark.slow
def test_five_workers_that_hang_one_after_another_lose_and_double_nothing(city: City) -> None:
    hangs(city, 5)
