"""Workers die, freeze and leave under load; the judge counts the input again."""

import random
import signal
import time

import pytest
from support.counting_city import SESSION_S, City, city
from support.processes import wait_for
from support.recount import Verdict, judge

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]
PER_SECOND = 3_000


def all_right(verdict: Verdict) -> bool:
    wrong = verdict.wrong_parts + verdict.missing_events + verdict.missing_outcomes + verdict.strange_outcomes
    return wrong + verdict.missing_rejects == 0 and verdict.events > 0


def settle_and_judge(town: City) -> None:
    """All workers end in peace, so that nobody ticks while the judge reads."""
    town.wait_until_settled()
    for worker in town.workers:
        if worker.alive:
            code, seconds = worker.end()
            assert (code, seconds <= 5) == (0, True), (code, seconds)
    verdict = judge(town.bootstrap, town.prefix)
    assert all_right(verdict), verdict


def killed_under_load(town: City, rounds: int) -> None:
    feed = town.feed(PER_SECOND)
    workers = [town.worker(), town.worker()]
    wait_for(lambda: all(worker.ready() for worker in workers), "two workers")
    for _ in range(rounds):
        time.sleep(random.uniform(0.2, 1.5))
        victim = workers.pop(random.randrange(2))
        survivor = workers[0]
        known = survivor.said().count('"message": "ready"')
        victim.kill()
        at = time.monotonic()
        wait_for(lambda: survivor.ready(known + 1), "the survivor to take over")  # noqa: B023
        assert time.monotonic() - at <= SESSION_S + 5
        workers.append(town.worker())
        wait_for(workers[1].ready, "another worker")
    feed.stop()
    settle_and_judge(town)


def frozen_past_its_session(town: City, rounds: int) -> None:
    feed = town.feed(PER_SECOND)
    for number in range(rounds):
        frozen = town.worker()
        wait_for(frozen.ready, "the first worker")
        time.sleep(random.uniform(0.5, 1.5))
        frozen.send(signal.SIGSTOP)
        successor = town.worker()
        wait_for(successor.ready, "its successor")
        time.sleep(SESSION_S)
        frozen.send(signal.SIGCONT)
        time.sleep(SESSION_S)
        assert successor.alive, f"round {number}: the successor was disturbed: {successor.said()[-2000:]}"
        frozen.kill()
        successor.kill()
    feed.stop()
    town.worker()
    settle_and_judge(town)


def test_a_worker_killed_under_load_loses_and_doubles_nothing_and_is_replaced_in_time(city: City) -> None:
    killed_under_load(city, 1)


def test_a_frozen_worker_that_wakes_after_its_session_writes_nothing_and_disturbs_nobody(city: City) -> None:
    frozen_past_its_session(city, 1)


@pytest.mark.slow
def test_five_kills_in_a_row_lose_and_double_nothing(city: City) -> None:
    killed_under_load(city, 5)


@pytest.mark.slow
def test_three_frozen_workers_in_a_row_write_nothing(city: City) -> None:
    frozen_past_its_session(city, 3)


def test_a_worker_told_to_end_under_load_settles_commits_and_leaves_within_five_seconds(city: City) -> None:
    feed = city.feed(PER_SECOND)
    worker = city.worker()
    wait_for(worker.ready, "the worker")
    time.sleep(2)
    code, seconds = worker.end()
    feed.stop()
    assert (code, seconds <= 5) == (0, True), (code, seconds)
    city.worker()
    settle_and_judge(city)
