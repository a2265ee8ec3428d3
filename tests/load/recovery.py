"""Recovery beside a plain reader of the same changelog, in the same run."""

import uuid
from collections.abc import Mapping

from load.bench_topics import write
from load.changelog_job import CHANGELOG, changelog
from load.contest import Figures, medians, run
from load.window_job import READINGS
from talaia.stream import topics
from talaia.stream.settings import BusSettings

CHANGELOG_BYTES = 500_000_000
SIZES_BYTES = (200, 16_000)
RUNS = 3
BAR = 0.3
BAR_S = 60.0
_RECORD_OVERHEAD_BYTES = 40

Recovered = dict[int, dict[str, Figures]]
"""By size of a part: figures of the lane and of getmany."""


def measure(bootstrap: str) -> Recovered:
    """Alternating runs for each size of part."""
    return {size_bytes: _of_size(bootstrap, size_bytes) for size_bytes in SIZES_BYTES}


def misses(found: Mapping[int, Mapping[str, Figures]]) -> list[str]:
    """Bars that recovery does not meet, a sentence each."""
    said = []
    for size_bytes, figures in found.items():
        speed = ratio(figures)
        if speed < BAR:
            said.append(f"recovery of parts of {size_bytes} bytes has {speed:.2f} of getmany's speed, the bar is {BAR}")
        if figures["lane"]["wall_s"] > BAR_S:
            said.append(f"recovery of {size_bytes} byte parts took {figures['lane']['wall_s']:.0f} s, the bar is {BAR_S:.0f}")
    return said


def ratio(figures: Mapping[str, Figures]) -> float:
    """Speed of recovery to speed of a plain reader, by wall."""
    return figures["getmany"]["wall_s"] / figures["lane"]["wall_s"]


def parts_of(size_bytes: int) -> int:
    """How many parts of a size make the changelog."""
    return CHANGELOG_BYTES // (size_bytes + _RECORD_OVERHEAD_BYTES)


def _of_size(bootstrap: str, size_bytes: int) -> dict[str, Figures]:
    prefix, parts = f"r{uuid.uuid4().hex[:6]}.", parts_of(size_bytes)
    settings = BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix)
    topics.apply(settings, (READINGS, CHANGELOG))
    write(bootstrap, ((settings.topic(READINGS.name), number, b"key", b"{}") for number in range(READINGS.partitions)))
    write(bootstrap, changelog(settings.topic(CHANGELOG.name), parts, size_bytes))
    print(f"filled: a changelog of {parts} parts of {size_bytes} bytes", flush=True)
    found: dict[str, list[Figures]] = {"lane": [], "getmany": []}
    for number in range(RUNS):
        for name, runs in found.items():
            runs.append(run(f"run_recovery_{name}", bootstrap, prefix, {"BENCH_EVENTS": str(parts)}))
            print(f"recovery {number + 1} of {RUNS}: {name:8} {runs[-1]}", flush=True)
    return medians(found)
