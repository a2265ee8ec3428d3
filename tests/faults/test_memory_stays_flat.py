"""A worker that runs for long needs no more memory than it needed when it had warmed up."""

import statistics
import time
from pathlib import Path

import pytest
from support.counting import click
from support.counting_city import City, Worker, city
from support.judgement import end_in_peace, judged
from talaia.stream.clock import wall_now

__all__ = ["city"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(3_600)]
PER_SECOND = 5_000
KEYS = 200
GROWTH = 1.05
BURSTS_GROWTH = 1.15
"""The allocator still fills its arenas; 800 bytes kept of each event would be more."""
LOOK_EVERY_S = 1.0
WARM_S, WORK_S, OBSERVED_S = 600, 1_200, 60
BURSTS, BURST_EVENTS = 5, 6_000


def resident_mb(worker: Worker) -> float:
    """Memory of a process that is in use, as the kernel counts it."""
    fields = dict(line.split(":", 1) for line in Path(f"/proc/{worker.process.pid}/status").read_text().splitlines())
    return int(fields["VmRSS"].split()[0]) / 1024


def observed_mb(worker: Worker, seconds: float) -> float:
    """The median over so many seconds."""
    seen, end_at = [], time.monotonic() + seconds
    while time.monotonic() < end_at:
        seen.append(resident_mb(worker))
        time.sleep(LOOK_EVERY_S)
    return statistics.median(seen)


def flat(town: City, work: str, before_mb: float, after_mb: float, growth: float) -> None:
    """All ends in peace, is right, and memory is what it was."""
    end_in_peace(town)
    seen = f"{before_mb:.0f} MB when warm, {after_mb:.0f} MB at the end"
    judged(town, f"Nothing but time: {work}", 1, seen)
    assert after_mb <= growth * before_mb, seen


def test_a_worker_keeps_nothing_of_the_events_of_a_burst_once_they_are_settled(city: City) -> None:
    (worker,), peaks_mb = city.ready(1), []
    for burst in range(BURSTS):
        feed = city.feed(0)
        for number in range(burst * BURST_EVENTS, (burst + 1) * BURST_EVENTS):
            feed.send(click(f"k{number % KEYS}", number + 1_000, wall_now()))
        feed.stop()
        city.wait_until_settled()
        peaks_mb.append(resident_mb(worker))
    flat(city, f"{BURSTS} bursts of {BURST_EVENTS} events", peaks_mb[1], peaks_mb[-1], BURSTS_GROWTH)


@pytest.mark.slow
def test_half_an_hour_at_5_000_events_a_second_adds_at_most_a_twentieth_after_ten_minutes(city: City) -> None:
    (worker,) = city.ready(1)
    feed = city.feed(PER_SECOND, KEYS)
    time.sleep(WARM_S - OBSERVED_S)
    warm_mb = observed_mb(worker, OBSERVED_S)
    time.sleep(WORK_S - OBSERVED_S)
    after_mb = observed_mb(worker, OBSERVED_S)
    feed.stop()
    flat(city, f"30 minutes at {PER_SECOND} events/s", warm_mb, after_mb, GROWTH)
