"""`talaia rebuild` beside the least that fills the same tables, in the same run, on SQLite and on PostgreSQL."""

import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path

from load.contest import Figures, medians, run
from load.rebuild_job import EVENTS, fill
from support.postgres import Postgres
from talaia.stream.settings import BusSettings

BAR = 20_000
STRETCH = 50_000
_WAYS = {"talaia": "run_rebuild", "plain": "run_rebuild_plain"}

Rebuilds = dict[str, dict[str, Figures]]
"""By database: figures of `talaia rebuild` and of the plain consumer."""


def measure(bootstrap: str, runs: int) -> Rebuilds:
    """Alternating runs, each into a database of its own."""
    prefix = f"w{uuid.uuid4().hex[:6]}."
    fill(BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix))
    print(f"filled: the topics of a view, {EVENTS} events", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            return {kind: _into(kind, server, bootstrap, prefix, runs) for kind in ("SQLite", "PostgreSQL")}
        finally:
            server.stop()


def misses(found: Mapping[str, Mapping[str, Figures]]) -> list[str]:
    """Bars that a rebuild does not meet, a sentence each."""
    rates = {kind: rows_per_s(figures["talaia"]) for kind, figures in found.items()}
    slow = {kind: rate for kind, rate in rates.items() if rate < BAR}
    return [f"a view in {kind} is rebuilt at {rate:,.0f} rows a second, the bar is {BAR:,}" for kind, rate in slow.items()]


def rows_per_s(figures: Figures) -> float:
    """Speed by wall."""
    return figures["rows"] / figures["wall_s"]


def cpu_s(figures: Figures) -> float:
    """CPU of the process, user and system, for 100,000 rows."""
    return figures["cpu_us_per_event"] * EVENTS / figures["rows"] / 10


def _into(kind: str, server: Postgres, bootstrap: str, prefix: str, runs: int) -> dict[str, Figures]:
    found: dict[str, list[Figures]] = {name: [] for name in _WAYS}
    for number in range(runs):
        for name, script in _WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                url = f"sqlite:///{folder}/view.sqlite" if kind == "SQLite" else server.new_database()
                found[name].append(run(script, bootstrap, prefix, {"BENCH_EVENTS": str(EVENTS), "BENCH_DATABASE_URL": url}))
            print(f"rebuild {number + 1} of {runs}: {kind:10} {name:6} {found[name][-1]}", flush=True)
    assert len({figures["rows"] for some in found.values() for figures in some}) == 1, "both must make the same rows"
    return medians(found)
