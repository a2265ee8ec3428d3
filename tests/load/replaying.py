"""The waste worker: a replay through Kafka beside the backtest of the same recording, in one run."""

import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
from load.bench_topics import Record, write
from load.contest import Figures, medians, run
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.stream import topics
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings
from talaia.stream.worker import topics_of
from talaia.waste.ingest.recording import Recording
from talaia.waste.worker.stream import WasteProcessor

STORM = Path(__file__).parents[2] / "infra/cities/demo/storm"
SHARE_BAR = 0.6
RATE_BAR = 3_000

Replays = Mapping[str, Figures]
"""Figures of the replay through Kafka and of the backtest."""


def measure(bootstrap: str, recording: Path, runs: int) -> dict[str, Figures]:
    """Alternating runs, each replay on topics of its own."""
    found: dict[str, list[Figures]] = {"backtest": [], "replay": []}
    for number in range(runs):
        prefix = f"w{uuid.uuid4().hex[:6]}."
        events = str(_fill(BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix), recording))
        given = {"BENCH_EVENTS": events, "BENCH_RECORDING": str(recording), "TALAIA_CLOCK": "replay"}
        for name, runs_of in found.items():
            runs_of.append(run(f"run_waste_{name}", bootstrap, prefix, given))
            print(f"waste {number + 1} of {runs}: {name:8} {runs_of[-1]}", flush=True)
    return medians(found)


def share(found: Replays) -> float:
    """Speed of the replay to speed of the backtest, by wall."""
    return found["backtest"]["wall_s"] / found["replay"]["wall_s"]


def misses(found: Replays) -> list[str]:
    """Bars that the replay does not meet, a sentence each."""
    said = []
    if share(found) < SHARE_BAR:
        said.append(f"a replay through Kafka has {share(found):.2f} of the backtest's speed, the bar is {SHARE_BAR}")
    if (rate := found["replay"]["events_per_s"]) < RATE_BAR:
        said.append(f"a replay through Kafka takes {rate:,.0f} readings a second, the bar is {RATE_BAR:,}")
    return said


def _fill(settings: BusSettings, recording: Path) -> int:
    """Put a recording on the worker's input, all other topics are empty; returns how many events that are."""
    topics.apply(settings, topics_of(WasteProcessor()))
    count = 0

    def records() -> Iterator[Record]:
        nonlocal count
        encode = msgspec.json.Encoder().encode
        for message in Recording(recording).messages():
            count += 1
            key = message.key.encode()
            yield settings.topic(MEASUREMENTS.name), partition_of(key, MEASUREMENTS.partitions), key, encode(message.event)

    write(settings.kafka_bootstrap, records())
    return count
