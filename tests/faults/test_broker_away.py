"""The broker dies under load and comes back."""

import time
from pathlib import Path

import pytest
from support.broker import QUICK
from support.counting_city import City, city_at
from support.processes import wait_for
from support.recount import judge
from talaia.cli.kafka import LocalKafka

pytestmark = [pytest.mark.broker, pytest.mark.timeout(300)]


def broker_away(folder: Path, prefix: str, away_s: float) -> None:
    data = folder / "kafka"
    data.mkdir()
    with LocalKafka(data, settings=QUICK) as kafka, city_at(kafka.bootstrap, prefix, folder) as town:
        feed = town.feed(3_000)
        worker, restarts = town.worker(), 0
        wait_for(worker.ready, "the worker")
        time.sleep(2)
        kafka.kill()
        time.sleep(away_s)
        kafka.restart()
        time.sleep(5)
        feed.stop()
        end = time.monotonic() + 120
        while not settled(town):
            assert time.monotonic() < end, worker.said()[-3000:]
            if not worker.alive:
                worker, restarts = town.worker(), restarts + 1
            time.sleep(0.5)
        assert restarts <= 1
        assert worker.end()[0] == 0
        verdict = judge(town.bootstrap, town.prefix)
        assert (verdict.wrong_parts, verdict.missing_events, verdict.missing_outcomes) == (0, 0, 0), verdict
        assert verdict.events == feed.sent


def settled(town: City) -> bool:
    try:
        return town.lag() == 0
    except Exception:
        return False


def test_a_broker_killed_under_load_and_back_loses_nothing(tmp_path: Path, prefix: str) -> None:
    broker_away(tmp_path, prefix, 5)


@pytest.mark.slow
def test_a_broker_away_for_twenty_five_seconds_loses_nothing(tmp_path: Path, prefix: str) -> None:
    broker_away(tmp_path, prefix, 25)
