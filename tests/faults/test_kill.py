"""Workers are killed under load, anywhere and between any two steps of a settle; the judge counts the input again."""

import random
import signal
import time

import pytest
from support.counting import CLICKS, PARTITIONS, STATE
from support.counting_city import PER_SECOND, SESSION_S, City, Worker, all_ready, city
from support.judgement import end_in_peace, judged, seed
from support.plain_kafka import committed
from support.processes import wait_for
from support.recount import last_values, progress_of
from support.trapped_worker import AFTER_STATE, BEFORE_OUTPUTS, BEFORE_STATE

__all__ = ["city", "seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
TAKEOVER_S = SESSION_S + 5
COMMITS_PASS_S = "1.2"
"""Outputs are so slow that the committer comes by while slices wait to be settled."""


def takeover_s(survivor: Worker, known: int, since: float) -> float:
    """Seconds until a survivor has recovered what others held. known: how often it was ready before."""
    wait_for(lambda: survivor.ready(known + 1), "the survivor to take over")
    return time.monotonic() - since


def killed_anywhere(town: City, rounds: int, seed: int) -> None:
    feed, workers, took_s = town.feed(PER_SECOND), town.ready(2), []
    for number in range(rounds):
        town.wait_for_load(500, 6_000)
        victim = workers.pop(random.randrange(2))
        known = workers[0].times_ready
        victim.kill()
        took_s.append(takeover_s(workers[0], known, time.monotonic()))
        if number < rounds - 1:
            workers += town.ready(1)
    feed.stop()
    end_in_peace(town)
    judged(town, "SIGKILL of one of two workers", rounds, f"takeover after {max(took_s):.1f} s at most; seed {seed}")
    assert max(took_s) <= TAKEOVER_S


def killed_between_steps(town: City, rounds: int) -> None:
    feed, (survivor,) = town.feed(PER_SECOND), town.ready(1)
    places = (BEFORE_OUTPUTS, BEFORE_STATE, AFTER_STATE)
    for _ in range(rounds):
        victims = [town.trapped(place, "SIGKILL", OUTPUTS_DELAY_S=COMMITS_PASS_S) for place in places]
        all_ready(victims)
        town.wait_for_load()
        known = survivor.times_ready
        for victim in victims:
            victim.trap.touch()
        assert [victim.exit_code() for victim in victims] == [-signal.SIGKILL] * len(places)
        since = time.monotonic()
        assert committed_over(town) == 0
        assert takeover_s(survivor, known, since) <= TAKEOVER_S
    feed.stop()
    end_in_peace(town)
    judged(town, "SIGKILL before outputs, before the state, after the state", len(places) * rounds, "outputs took 1.2 s")


def committed_over(town: City) -> int:
    """Partitions of which more is committed than the state covers."""
    offsets = committed(town.bootstrap, town.prefix + town.processor.name, town.prefix + CLICKS.name, PARTITIONS)
    states = [last_values(town.bootstrap, town.prefix + STATE.name, number) for number in range(PARTITIONS)]
    return sum(offset > progress_of(state).get(CLICKS.name, -1) + 1 for offset, state in zip(offsets, states, strict=True))


def test_a_worker_killed_under_load_loses_and_doubles_nothing_and_is_replaced_in_time(city: City, seed: int) -> None:
    killed_anywhere(city, 1, seed)


def test_workers_killed_between_any_two_steps_of_a_settle_lose_and_double_nothing(city: City) -> None:
    killed_between_steps(city, 1)


@pytest.mark.slow
def test_twenty_kills_in_a_row_lose_and_double_nothing(city: City, seed: int) -> None:
    killed_anywhere(city, 20, seed)


@pytest.mark.slow
def test_fifteen_kills_between_steps_lose_and_double_nothing(city: City) -> None:
    killed_between_steps(city, 5)
