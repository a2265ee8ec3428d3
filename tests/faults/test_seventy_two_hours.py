"""Days of telemetry replayed fast, with something broken every few minutes of stream time: what was said in the end is
what a backtest says.
"""

import asyncio
import gzip
import json
import re
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from support import campaign
from support.broker import QUICK
from support.judgement import seed
from support.outcomes import Outcomes, outcomes, outcomes_on, put, run
from support.processes import wait_for
from support.under_fire import Breaking, Installation, Start
from talaia.alerts.service import SERVICE as ALERTS
from talaia.cli.kafka import LocalKafka
from talaia.cli.replay.merge import merged
from talaia.cli.replay.send import Sent, close, send_all
from talaia.contracts.catalogue import EQUIPMENT, MEASUREMENTS, SIGNALS
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.waste.service import SERVICE as WASTE

__all__ = ["seed"]

pytestmark = pytest.mark.broker

DEMO = Path(__file__).parents[2] / "infra" / "cities" / "demo"
AREAS = ("besos", "poblenou", "sant-marti")
SPEED = 200.0
Replay = Callable[[datetime, timedelta, timedelta], None]


def recordings(folder: Path, start: datetime, length: timedelta) -> list[Path]:
    """A piece of the demo's recording, once for each area, as if its own sensors had made it."""
    with gzip.open(DEMO / "storm" / "events.ndjson.gz") as file:
        lines = [json.loads(line) for line in file]
    piece = [line for line in lines if start <= datetime.fromisoformat(line["received"]) < start + length]
    for area in AREAS:
        place = folder / area
        place.mkdir()
        own = [line | {"site": f"{area}.{line['site']}", "sensor": f"{area}.{line['sensor']}"} for line in piece]
        (place / "events.ndjson").write_text("".join(json.dumps(line) + "\n" for line in own))
        for file in ("waste.toml", "alarms.toml"):
            text = re.sub(r'^(id|gauge) = "(.+)"$', rf'\1 = "{area}.\2"', (DEMO / file).read_text("utf-8"), flags=re.MULTILINE)
            (place / file).write_text(re.sub(r'^area = ".+"$', f'area = "{area}"', text, flags=re.MULTILINE), "utf-8")
    return [folder / area for area in AREAS]


def policies(folders: Sequence[Path], now: datetime) -> list[Message]:
    return [message for folder in folders for message in ALERTS.configure(folder, "test", now)]


def recorded(folders: Sequence[Path]) -> Iterator[Message]:
    return merged([(partial(WASTE.recording, folder), timedelta()) for folder in folders])


async def replayed(city: Installation, folders: Sequence[Path], start: datetime, every: timedelta) -> Sent:
    """As `talaia replay` does it; every area's alarm policy is there before its first signal."""
    async with Producer(city.settings) as producer:
        await producer.send(policies(folders, start))
    await asyncio.to_thread(wait_for, city.settled, "the alarm policies", 180)
    sent = Sent()
    with ThreadPoolExecutor(1) as pool:
        breaking = Breaking(city, every, pool)
        async with asyncio.TaskGroup() as group:
            supervisor = group.create_task(breaking.supervise())
            await send_all(city.settings, WASTE.processor(), recorded(folders), SPEED, sent, breaking.told)
            await asyncio.to_thread(breaking.wait)
            supervisor.cancel()
    await close(city.settings, WASTE.processor(), sent)
    return sent


def backtested(folders: Sequence[Path], start: datetime, sent: Sent) -> Outcomes:
    """What both services say of the same recording in memory."""
    bus = MemoryBus()
    waste, alerts = MemoryWorker(WASTE.processor(), bus), MemoryWorker(ALERTS.processor(), bus)
    put(bus, policies(folders, start))
    said = run(alerts)
    put(bus, recorded(folders))
    assert sent.last is not None
    put(bus, [WASTE.processor().tick(key, sent.last) for key in sent.keys.values()])
    return outcomes([*said, *run(waste), *run(alerts)])


def same_as_backtest(
    folder: Path, prefix: str, start_process: Start, seed: int, start: datetime, length: timedelta, every: timedelta
) -> None:
    assert len({partition_of(area.encode(), SIGNALS.partitions) for area in AREAS}) == len(AREAS)
    folders = recordings(folder, start, length)
    with LocalKafka(folder / "kafka", settings=QUICK) as kafka:
        city = Installation(kafka, prefix, start_process, folder, seed)
        sent = asyncio.run(replayed(city, folders, start, every))
        wait_for(city.settled, "everything to be processed", 180)
        outputs = (*WASTE.processor().outputs, *ALERTS.processor().outputs)
        found = outcomes_on(kafka.bootstrap, prefix, outputs)
        rejects = outcomes_on(kafka.bootstrap, prefix, [topic.rejected for topic in (MEASUREMENTS, SIGNALS)])
    expected = backtested(folders, start, sent)
    lost = sum(line not in found.get(place, ()) for place, lines in expected.items() for line in lines)
    strange = sum(line not in expected.get(place, ()) for place, lines in found.items() for line in lines)
    befell = ", ".join(f"{count} {fault.replace('_', ' ')}" for fault, count in sorted(city.befell.items()))
    campaign.record(
        f"something at random every {every / timedelta(minutes=1):g} min of telemetry replayed {SPEED:g} times faster",
        rounds=city.befell.total(),
        events=sent.events,
        lost=lost,
        wrong=strange,
        seen=f"{befell}; {len(city.ended)} workers ended with a sentence and were started again; seed {seed}",
    )
    assert {topic for topic, _, _ in expected} >= {topic.name for topic in outputs} - {EQUIPMENT.name}  # no pump is in the demo
    assert (lost, strange, rejects) == (0, 0, {})
    assert len(city.befell) == len(city.kinds), befell
    assert found.keys() == expected.keys()
    for place, lines in expected.items():
        assert found[place] == lines, place


@pytest.fixture
def replayed_under_fire(tmp_path: Path, prefix: str, processes: Start, seed: int) -> Replay:
    """From when, how much of the recording, and how often something breaks."""
    return partial(same_as_backtest, tmp_path, prefix, processes, seed)


@pytest.mark.timeout(300)
@pytest.mark.slow
def test_a_storm_replayed_with_a_fault_every_quarter_of_an_hour_is_told_as_a_backtest_tells_it(
    replayed_under_fire: Replay,
) -> None:
    replayed_under_fire(datetime.fromisoformat("2000-01-11T03:00:00Z"), timedelta(minutes=75), timedelta(minutes=15))


@pytest.mark.slow
@pytest.mark.timeout(5_400)
def test_seventy_two_hours_with_a_fault_every_ten_minutes_are_told_as_a_backtest_tells_them(
    replayed_under_fire: Replay,
) -> None:
    replayed_under_fire(datetime.fromisoformat("2000-01-09T12:00:00Z"), timedelta(hours=72), timedelta(minutes=10))
