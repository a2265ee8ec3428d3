"""The broker dies under load and comes back."""

import time
from pathlib import Path

import pytest
from support.broker import QUICK
from support.counting_city import PER_SECOND, City, city_at
from support.judgement import end_in_peace, judged, seed
from talaia.cli.kafka import LocalKafka

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]


def broker_away(folder: Path, prefix: str, away_s: float, rounds: int, seed: int) -> None:
    data = folder / "kafka"
    data.mkdir()
    with LocalKafka(data, settings=QUICK) as kafka, city_at(kafka.bootstrap, prefix, folder) as town:
        feed, took_s = town.feed(PER_SECOND), []
        town.ready(1)
        for _ in range(rounds):
            town.wait_for_load(500, 6_000)
            kafka.kill()
            time.sleep(away_s)
            kafka.restart()
            took_s.append(goes_on(town))
        feed.stop()
        end_in_peace(town)
        seen = f"worked again {max(took_s):.0f} s after its return at most, {len(town.workers) - 1} restarts; seed {seed}"
        verdict = judged(town, f"broker SIGKILLed, back after {away_s:.0f} s", rounds, seen)
        assert len(town.workers) - 1 <= rounds
        assert verdict.events == feed.sent


def goes_on(town: City) -> float:
    """Until events are processed again, by the worker itself or after one restart; seconds."""
    back_at, known = time.monotonic(), len(town.workers)

    def restart() -> None:
        if not town.workers[-1].alive:
            assert len(town.workers) == known, town.workers[-1].said()[-2000:]
            town.worker()

    town.wait_for_load(500, 500, restart)
    return time.monotonic() - back_at


def test_a_broker_killed_under_load_and_back_loses_nothing(tmp_path: Path, prefix: str, seed: int) -> None:
    broker_away(tmp_path, prefix, 5, 1, seed)


@pytest.mark.slow
def test_a_broker_three_times_away_for_twenty_five_seconds_loses_nothing(tmp_path: Path, prefix: str, seed: int) -> None:
    broker_away(tmp_path, prefix, 25, 3, seed)
