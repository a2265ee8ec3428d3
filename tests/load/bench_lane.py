"""Throughput of talaia.stream beside plain aiokafka, on one topic in one run: `python tests/load/bench_lane.py`.

The job: a 60 s tumbling count, sum, min and max for 2,000 keys over CloudEvents of about 370 bytes, 16 partitions; a
closed window is an output. The lane does it with state, changelog and outputs acknowledged, the peer (`getmany`) without
state. CPU is judged, of the whole process from the first event to the last acknowledgement; wall is printed too.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import uuid
from contextlib import ExitStack
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from load.window_job import KEYS, READINGS, TOPICS, reading  # noqa: E402
from talaia.cli.kafka import LocalKafka  # noqa: E402
from talaia.stream import topics  # noqa: E402
from talaia.stream.partitioning import partition_of  # noqa: E402
from talaia.stream.settings import BusSettings  # noqa: E402

BAR = 2.0


def fill(bootstrap: str, prefix: str, events: int) -> float:
    """Put the readings on the topic; returns their mean size in bytes."""
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50, "queue.buffering.max.messages": 500_000})
    size = 0
    for number in range(events):
        key, value = reading(number)
        size += len(value)
        while True:
            try:
                producer.produce(prefix + READINGS.name, value, key=key, partition=partition_of(key, READINGS.partitions))
                break
            except BufferError:
                producer.poll(0.05)
        if number % 10_000 == 0:
            producer.poll(0)
    assert producer.flush(120) == 0
    return size / events


def measure(variant: str, bootstrap: str, prefix: str, events: int) -> dict[str, float]:
    """One run in a process of its own."""
    environment = os.environ | {
        "PYTHONPATH": str(TESTS),
        "TALAIA_KAFKA_BOOTSTRAP": bootstrap,
        "TALAIA_TOPIC_PREFIX": prefix,
        "BENCH_EVENTS": str(events),
    }
    command = [sys.executable, str(TESTS / "load" / f"run_{variant}.py")]
    done = subprocess.run(command, check=False, env=environment, capture_output=True, text=True, timeout=600)
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{variant} gave no result:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return dict(json.loads(lines[-1]))


def compare(bootstrap: str, events: int, runs: int) -> float:
    """Alternating runs; prints each, returns the ratio of the medians of CPU an event."""
    found: dict[str, list[dict[str, float]]] = {"getmany": [], "lane": []}
    data = f"b{uuid.uuid4().hex[:6]}."
    topics.apply(BusSettings(kafka_bootstrap=bootstrap, topic_prefix=data), TOPICS)
    print(f"{events} events of {fill(bootstrap, data, events):.0f} bytes, {KEYS} keys, {READINGS.partitions} partitions")
    for run in range(runs):
        for variant, results in found.items():
            # a group, a changelog and outputs of its own for each run, on the one input
            results.append(measure(variant, bootstrap, data, events) | {"run": run})
            print(f"{variant:8} {json.dumps(results[-1])}", flush=True)
            topics_again(bootstrap, data)
    cpu = {variant: statistics.median(one["cpu_us_per_event"] for one in results) for variant, results in found.items()}
    wall = {variant: statistics.median(one["events_per_s"] for one in results) for variant, results in found.items()}
    for variant in found:
        print(f"median {variant:8} {cpu[variant]:.2f} us CPU an event, {wall[variant]:.0f} events/s")
    ratio = cpu["lane"] / cpu["getmany"]
    print(f"CPU an event, lane to getmany: {ratio:.2f} (bar {BAR}); events/s: {wall['lane'] / wall['getmany']:.2f}")
    return ratio


def topics_again(bootstrap: str, prefix: str) -> None:
    """A fresh changelog and group, so that the next run begins at the beginning."""
    from confluent_kafka.admin import AdminClient

    admin = AdminClient({"bootstrap.servers": bootstrap})
    made_anew = [prefix + topic.name for topic in TOPICS if topic is not READINGS]
    for future in admin.delete_topics(made_anew, operation_timeout=30).values():
        future.result(30)
    while set(made_anew) & set(admin.list_topics(timeout=10).topics):
        pass
    topics.apply(BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix), TOPICS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    with ExitStack() as stack:
        bootstrap = os.environ.get("TALAIA_KAFKA_BOOTSTRAP", "")
        if not bootstrap:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bootstrap = stack.enter_context(LocalKafka(folder)).bootstrap
        ratio = compare(bootstrap, arguments.events, arguments.runs)
    sys.exit(0 if ratio <= BAR else 1)


if __name__ == "__main__":
    main()
