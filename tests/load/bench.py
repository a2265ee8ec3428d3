"""The benchmark beside peers, in one run on one broker: `make bench` makes docs/performance.md and its chart.

The job: a 60 s tumbling count, sum, min and max by key over CloudEvents of about 370 bytes, 16 partitions; a closed
window is an output. CPU is judged, of the whole process from the first event to the last acknowledgement.
Ends with 1 when a bar is missed.
"""

import argparse
import contextlib
import os
import sys
import tempfile
import uuid
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from load import bench_topics, city_live, performance_report, rebuilding, recovery, replaying
from load.contest import PEERS, Figures, medians, misses, run
from talaia.cli.kafka import LocalKafka

KEYS = 2_000
SLOW = 10
"""A slow peer has so many times fewer keys and events."""


def throughput(bootstrap: str, events: int, runs: int) -> dict[str, list[Figures]]:
    """Alternating runs of all peers on the same input, each with a group, a changelog and outputs of its own."""
    inputs = {}
    for slow in (False, True):
        share = SLOW if slow else 1
        inputs[slow] = f"b{uuid.uuid4().hex[:6]}."
        bench_topics.make(bootstrap, inputs[slow])
        size_bytes = bench_topics.fill(bootstrap, inputs[slow], events // share, KEYS // share)
        print(f"filled: {events // share} events of {size_bytes:.0f} bytes, {KEYS // share} keys", flush=True)
    found: dict[str, list[Figures]] = {peer.name: [] for peer in PEERS}
    for number in range(runs):
        for peer in PEERS:
            target = {"BENCH_EVENTS": str(events // (SLOW if peer.slow else 1))}
            found[peer.name].append(run(f"run_{peer.name}", bootstrap, inputs[peer.slow], target, peer.python))
            print(f"run {number + 1} of {runs}: {peer.name:12} {found[peer.name][-1]}", flush=True)
            bench_topics.forget(bootstrap, inputs[peer.slow])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=400_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", choices=["rebuild", "waste"], help="measure that alone, and write its section anew")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        bootstrap = os.environ.get("TALAIA_KAFKA_BOOTSTRAP", "")
        if not bootstrap:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            bootstrap = stack.enter_context(LocalKafka(folder)).bootstrap
        missed = []
        if not arguments.only:
            peers = medians(throughput(bootstrap, arguments.events, arguments.runs))
            recoveries = recovery.measure(bootstrap)
            performance_report.write(bootstrap, peers, recoveries, arguments.events, arguments.runs)
            missed = misses(peers) + recovery.misses(recoveries)
        load_before = os.getloadavg()[0]
        if arguments.only in (None, "rebuild"):
            rebuilds = rebuilding.measure(bootstrap, arguments.runs)
            performance_report.write_rebuilds(rebuilds, arguments.runs, load_before)
            missed += rebuilding.misses(rebuilds)
        if arguments.only in (None, "waste"):
            replays, city = replaying.measure(bootstrap, replaying.STORM, arguments.runs), city_live.measure(bootstrap)
            performance_report.write_waste(replays, city, arguments.runs, load_before)
            missed += replaying.misses(replays) + city_live.misses(city)
    sys.exit("\n".join(missed) or 0)


if __name__ == "__main__":
    main()
