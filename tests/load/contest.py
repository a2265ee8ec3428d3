"""Who takes part in the benchmark, and one run of each in a process of its own."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

TESTS = Path(__file__).parent.parent
ENVIRONMENTS = TESTS.parent / "var" / "bench"
PATIENCE_S = 600

Figures = dict[str, float]


class Peer(NamedTuple):
    """A client of Kafka that does the job. slow: it is given a tenth of keys and events, each key with as many events.

    bar: how much of this peer's CPU an event the lane may need; None: no bar.
    """

    name: str
    what: str
    libraries: tuple[str, ...]
    environment: str = ""
    slow: bool = False
    bar: float | None = None

    @property
    def python(self) -> str:
        """The interpreter of the environment in which it runs."""
        return str(ENVIRONMENTS / self.environment / "bin" / "python") if self.environment else sys.executable


LANE = Peer("lane", "Talaia: state, changelog, outputs and commit acknowledged, in that order", ("aiokafka", "faust-streaming"))
GETMANY = Peer("getmany", "aiokafka `getmany`, state in memory only", ("aiokafka",), bar=1.7)
PEERS = (
    GETMANY,
    LANE,
    Peer("confluent", "confluent-kafka `consume`, state in memory only", ("confluent-kafka",)),
    Peer("bytewax", "bytewax `fold_window`, no recovery store", ("bytewax",), "bytewax", bar=1 / 2),
    Peer("quixstreams", "quixstreams `State` with its changelog", ("quixstreams",), "quixstreams", bar=1 / 3),
    Peer("faust", "Faust `Record` and windowed table", ("faust-streaming",), slow=True, bar=1 / 25),
)


def run(script: str, bootstrap: str, prefix: str, environment: Mapping[str, str], python: str = sys.executable) -> Figures:
    """One run; what its last line of JSON says. Ends the benchmark with what the run said if it says none."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("TALAIA_", "BENCH_"))}
    given = {"PYTHONPATH": str(TESTS), "TALAIA_KAFKA_BOOTSTRAP": bootstrap, "TALAIA_TOPIC_PREFIX": prefix}
    command = [python, str(TESTS / "load" / f"{script}.py")]
    done = subprocess.run(
        command, check=False, env=clean | given | environment, capture_output=True, text=True, timeout=PATIENCE_S
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if not lines:
        raise SystemExit(f"{script} gave no result:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return dict(json.loads(lines[-1]))


def versions(peer: Peer) -> str:
    """Its libraries with their versions."""
    code = f"from importlib.metadata import version; print(', '.join(n + ' ' + version(n) for n in {peer.libraries}))"
    return subprocess.run([peer.python, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def medians(results: Mapping[str, list[Figures]]) -> dict[str, Figures]:
    """Of every figure, by peer."""
    return {name: {key: statistics.median(one[key] for one in runs) for key in runs[0]} for name, runs in results.items()}


def misses(found: Mapping[str, Figures]) -> list[str]:
    """Bars that the lane does not meet, a sentence each."""
    lane = found[LANE.name]["cpu_us_per_event"]
    ratios = [(peer, lane / found[peer.name]["cpu_us_per_event"]) for peer in PEERS if peer.bar is not None]
    return [
        f"the lane needs {ratio:.3f} of the CPU that {peer.name} needs, the bar is {peer.bar:.3f}"
        for peer, ratio in ratios
        if ratio > (peer.bar or 0)
    ]
