"""Faults at random, one upon the other, while the group still gathers from the last; a supervisor starts workers again."""

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from support.broker import QUICK
from support.counting_city import PER_SECOND, SESSION_S, City, city_at
from support.judgement import end_in_peace, judged, seed
from talaia.cli.kafka import LocalKafka
from talaia.stream.stopping import OVERDUE, SETTLE_FAILED, STUCK, UNAVAILABLE

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
WORKERS = 2
STARTED_AGAIN = {0, -signal.SIGKILL, UNAVAILABLE, STUCK, SETTLE_FAILED, OVERDUE}
"""Overdue: told to end while another fault keeps it from settling."""


class Storm:
    """A city, its workers and what befalls them."""

    def __init__(self, town: City, kafka: LocalKafka) -> None:
        self._town, self._kafka = town, kafka
        self._workers = [town.worker() for _ in range(WORKERS)]
        self.befell: Counter[str] = Counter()

    def strike(self) -> None:
        """One fault, and time to work until the next."""
        fault: Callable[[], None] = random.choice((self._kill, self._freeze, self._end, self._lose_broker, self._kill_all))
        self.befell[fault.__name__.strip("_")] += 1
        fault()
        self._town.wait_for_load(100, 4_000, self._supervise, patience_s=120)

    def _kill(self) -> None:
        random.choice(self._workers).kill()

    def _kill_all(self) -> None:
        for worker in self._workers:
            worker.kill()

    def _end(self) -> None:
        random.choice(self._workers).send(signal.SIGTERM)

    def _freeze(self) -> None:
        frozen = random.choice(self._workers)
        frozen.send(signal.SIGSTOP)
        time.sleep(random.uniform(0.5, 2.5) * SESSION_S)
        frozen.send(signal.SIGCONT)

    def _lose_broker(self) -> None:
        self._kafka.kill()
        time.sleep(random.uniform(1, 10))
        self._kafka.restart()

    def _supervise(self) -> None:
        for place, worker in enumerate(self._workers):
            if not worker.alive:
                code = worker.exit_code()
                assert code in STARTED_AGAIN or worker.ended_before_it_began(code), (code, worker.said()[-2000:])
                self._workers[place] = self._town.worker()


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_faults_at_random_one_upon_the_other_lose_and_double_nothing(number: int, tmp_path: Path, prefix: str, seed: int) -> None:
    data = tmp_path / "kafka"
    data.mkdir()
    with LocalKafka(data, settings=QUICK) as kafka, city_at(kafka.bootstrap, prefix, tmp_path) as town:
        feed, storm = town.feed(PER_SECOND), Storm(town, kafka)
        for _ in range(12):
            storm.strike()
        feed.stop()
        end_in_peace(town)
        befell = ", ".join(f"{count} {fault.replace('_', ' ')}" for fault, count in sorted(storm.befell.items()))
        judged(town, "one fault upon the other, at random", storm.befell.total(), f"{befell}; seed {seed}")
