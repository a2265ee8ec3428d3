"""A site of which nothing usable comes any more is counted as silent, by the intervals of its own sensors."""

from datetime import datetime, timedelta
from itertools import islice

import msgspec
import pytest
from support.house import ROOT
from support.town import MIDNIGHT, MINUTE, Town, configuration
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.partitioning import partition_of
from talaia.waste.model.outcomes import Signal
from talaia.waste.model.parts import CATCHMENT, CatchmentPart
from talaia.waste.model.policy import Policy
from talaia.waste.service import SERVICE
from talaia.waste.worker.stream import WasteProcessor

STORM = ROOT / "infra/cities/demo/storm"
BEGINNING = list(islice(SERVICE.recording(STORM), 250))
KEY = BEGINNING[0].key
PARTITION = partition_of(KEY.encode(), MEASUREMENTS.partitions)


@pytest.fixture
def town() -> Town:
    return Town().configured()


def silent(town: Town, minute: float) -> int:
    """How many sites are silent at so many minutes after midnight."""
    town.pass_to(MIDNIGHT + minute * MINUTE)
    catchment = town.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    return catchment.silent_sites


@pytest.mark.parametrize(("every", "after"), [(2, 15), (5, 15), (10, 30), (30, 90)])
def test_a_site_is_silent_after_three_of_its_intervals_and_at_least_a_quarter_of_an_hour(
    town: Town, every: int, after: int
) -> None:
    last = 8 * every
    for minute in range(every, last + 1, every):
        town.level(1 + minute / 1000, minute)
    assert silent(town, last + after) == 0
    assert silent(town, last + after + 1) == 1


def test_every_silent_site_counts_and_the_next_level_ends_it(town: Town) -> None:
    for minute in (5, 10, 15):
        town.level(1.0 + minute / 100, minute)
        town.level(0.1 + minute / 1000, minute, "CSO1")
    assert silent(town, 60) == 2
    town.level(1.2, 61)
    assert silent(town, 63) == 1


def test_a_site_that_never_sent_or_only_once_has_no_interval_to_be_judged_by(town: Town) -> None:
    town.level(1.0, 5)
    assert silent(town, 600) == 0


def test_a_site_is_heard_while_one_of_its_sensors_is(town: Town) -> None:
    for minute in range(5, 90, 5):
        town.level(1 + minute / 1000, minute, sensor="left")
        if minute < 30:
            town.level(1 + minute / 1000, minute, sensor="right")
    assert silent(town, 90) == 0
    assert silent(town, 110) == 1


def test_levels_that_the_sensor_itself_does_not_call_good_do_not_count(town: Town) -> None:
    for minute in range(5, 90, 5):
        town.level(1 + minute / 1000, minute, quality="good" if minute < 30 else "bad")
    assert silent(town, 90) == 1


def test_a_site_that_is_configured_away_is_not_missed(town: Town) -> None:
    town.levels([1.0, 1.1, 1.2])
    assert silent(town, 60) == 1
    town.configured(configuration(sites=(), version="2"))
    assert silent(town, 65) == 0


def test_a_worker_shows_how_many_sites_are_silent_also_after_a_restart() -> None:
    (gauge,) = WasteProcessor().gauges
    bus = MemoryBus()
    worker = MemoryWorker(WasteProcessor(), bus)
    fold = worker.folds[PARTITION]
    for message in BEGINNING:
        bus.put(MEASUREMENTS.name, PARTITION, KEY.encode(), msgspec.json.encode(message.event))
    worker.run()
    assert fold.state.sum_of(gauge) == 0
    pass_to(worker, fold.clock + 60 * MINUTE)
    heard = {message.event.data.site for message in BEGINNING if getattr(message.event.data, "quantity", None) is Quantity.LEVEL}
    assert fold.state.sum_of(gauge) == len(heard) > 1
    again = MemoryWorker(WasteProcessor(), bus)
    restored = again.folds[PARTITION]
    for key, value in worker.changelog[PARTITION].items():
        restored.restore(key, value)
    restored.offsets, restored.clock = dict(fold.offsets), fold.clock
    restored.restored()
    pass_to(again, fold.clock + 2 * MINUTE)
    assert restored.state.sum_of(gauge) == len(heard)


def pass_to(worker: MemoryWorker, moment: datetime) -> None:
    """Time passes in a quiet partition."""
    tick = worker.processor.tick(KEY, moment)
    worker.bus.put(MEASUREMENTS.name, PARTITION, KEY.encode(), msgspec.json.encode(tick.event))
    worker.run()


def test_it_is_looked_for_silence_every_five_minutes() -> None:
    town = Town(policy=Policy()).configured()
    town.levels([1.0] * 4)
    town.pass_to(MIDNIGHT + 60 * MINUTE)
    began = [each for each in town.of(Signal) if each.kind == "waste.sensor_silent"]
    assert began[0].state.value == "began"
    assert began[0].said_at.minute % 5 == 0
    assert timedelta(minutes=15) <= began[0].said_at - (MIDNIGHT + 20 * MINUTE) <= timedelta(minutes=20)
