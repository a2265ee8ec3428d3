"""A broker's disk is lost; a copy of it, taken while the broker stood still, goes on elsewhere."""

import shutil
from pathlib import Path

import pytest
from support.broker import QUICK
from support.counting import click
from support.counting_city import PER_SECOND, City, city_at
from support.judgement import end_in_peace, judged, seed
from talaia.cli.kafka import LocalKafka
from talaia.stream.clock import wall_now

__all__ = ["seed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(600)]

_LATER = 10_000_000


def worked(town: City, first: int) -> int:
    """Events that were sent and settled, numbered from `first` on; nothing runs any more."""
    feed = town.feed(PER_SECOND, make=lambda key, number: click(key, first + number, wall_now()))
    town.ready(1)
    town.wait_for_load(500, 2_000)
    feed.stop()
    end_in_peace(town)
    return feed.sent


@pytest.mark.slow
def test_a_copy_of_a_stopped_broker_goes_on_where_it_was_and_counts_nothing_twice(tmp_path: Path, prefix: str, seed: int) -> None:
    lost, copy, later = tmp_path / "lost", tmp_path / "copy", tmp_path / "later"
    lost.mkdir()
    later.mkdir()
    with LocalKafka(lost, settings=QUICK) as kafka, city_at(kafka.bootstrap, prefix, tmp_path) as town:
        before = worked(town, 0)
        kafka.stop()
        shutil.copytree(lost, copy)
        shutil.rmtree(lost)
    with LocalKafka(copy, settings=QUICK) as kafka, city_at(kafka.bootstrap, prefix, later) as town:
        after = worked(town, _LATER)
        verdict = judged(town, "broker's disk lost, a copy of it started elsewhere", 1, f"seed {seed}")
    assert verdict.events == before + after
