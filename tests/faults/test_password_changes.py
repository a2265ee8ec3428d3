"""A password is changed while events flow: the file, then Kafka, then the workers start again, one by one."""

import re
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.counting_city import City, Worker, all_ready, city_at
from support.judgement import end_in_peace, judged
from support.secured import SecuredKafka, User, secured, worker_rights
from talaia.stream import users
from talaia.stream.connection import accepted

__all__ = ["secured"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

PER_SECOND = 1_000
GAP_S = 30


@pytest.fixture
def town(secured: SecuredKafka, prefix: str, tmp_path: Path) -> Iterator[City]:
    with city_at(secured.plain, prefix, tmp_path) as town:
        yield town


def changed(user: User) -> None:
    """As an operator does it."""
    user.file.write_text(re.sub('password = ".*"', f'password = "{uuid.uuid4().hex}"', user.file.read_text()))
    assert not accepted(user.settings())
    assert users.apply(user.bus.admin().settings(), user.file.parent, [user.name]) == ((), (user.name,))


def restarted(town: City, worker: Worker, user: User) -> tuple[Worker, float]:
    """The one that takes its place, and how long the place was empty."""
    code, _ = worker.end()
    assert code == 0, worker.said()[-2_000:]
    ended_at = time.monotonic()
    successor = town.worker(**user.environment())
    all_ready([successor])
    return successor, time.monotonic() - ended_at


@pytest.mark.slow
def test_three_changes_of_a_password_at_a_thousand_events_a_second_lose_nothing_and_say_nothing_twice(
    secured: SecuredKafka, town: City
) -> None:
    user = secured.user(worker_rights(), town.prefix)
    feed = town.feed(PER_SECOND)
    workers = [town.worker(**user.environment()) for _ in range(2)]
    all_ready(workers)
    gaps_s = []
    for _ in range(3):
        town.wait_for_load(1_000, 3_000)
        changed(user)
        town.wait_for_load(1_000, 3_000)  # who is in stays in
        for place, worker in enumerate(workers):
            workers[place], gap_s = restarted(town, worker, user)
            gaps_s.append(gap_s)
    feed.stop()
    end_in_peace(town)
    verdict = judged(town, "password changed, workers restarted one by one", 3, f"gap of a worker {max(gaps_s):.1f} s at most")
    assert verdict.repeated == 0
    assert max(gaps_s) <= GAP_S
