"""The group's coordinator refuses a worker: it ends soon and says why, and goes on when it is let in again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.counting_city import PER_SECOND, City, city_at
from support.endings import ended_well
from support.judgement import end_in_peace, judged
from support.processes import wait_for
from support.secured import SecuredKafka, secured, worker_rights
from talaia.stream.rights import Kind, Operation, Right

__all__ = ["secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

DEADLINE_S = 30
GROUP = Right(Kind.GROUP, "count-worker", Operation.READ)


@pytest.fixture
def town(secured: SecuredKafka, prefix: str, tmp_path: Path) -> Iterator[City]:
    with city_at(secured.plain, prefix, tmp_path) as town:
        yield town


def refused(secured: SecuredKafka, town: City, rounds: int, workers: int) -> None:
    user = secured.user(worker_rights(), town.prefix)
    feed = town.feed(PER_SECOND)
    slowest_s = 0.0
    for _ in range(rounds):
        running = [town.worker(**user.environment()) for _ in range(workers)]
        wait_for(lambda: all(worker.ready() for worker in running), "the workers")  # noqa: B023
        town.wait_for_load()
        user.revoke(GROUP)
        refused_at = time.monotonic()
        for worker in running:
            code = worker.exit_code(DEADLINE_S)
            ended_well(worker.said(), code)
            assert f"does not let this worker READ group {town.prefix}count-worker: grant it" in worker.said().splitlines()[-1]
        slowest_s = max(slowest_s, time.monotonic() - refused_at)
        starts_and_is_refused(town, user.environment())
        user.grant(GROUP)
    town.worker(**user.environment())
    feed.stop()
    end_in_peace(town)
    judged(town, "the coordinator refuses the group", rounds, f"ended after {slowest_s:.1f} s at most")


def starts_and_is_refused(town: City, environment: dict[str, str]) -> None:
    late = town.worker(**environment)
    assert late.exit_code(DEADLINE_S) == 69
    assert f"READ group {town.prefix}count-worker" in late.said()


def test_a_worker_whose_group_refuses_it_under_load_ends_with_the_reason_and_comes_back_when_that_ends(
    secured: SecuredKafka, town: City
) -> None:
    refused(secured, town, rounds=1, workers=1)


@pytest.mark.slow
def test_five_refusals_of_two_workers_lose_and_double_nothing(secured: SecuredKafka, town: City) -> None:
    refused(secured, town, rounds=5, workers=2)
