"""docs/performance.md and its chart, from what was measured."""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from load import chart, city_live, rebuild_job, rebuilding, recovery, replaying
from load.contest import GETMANY, LANE, PEERS, Figures, Peer, versions
from load.pieces import pieces
from talaia.stream import topics
from talaia.stream.settings import BusSettings
from talaia.stream.worker import COLLECT_EVERY

DOCS = Path(__file__).parents[2] / "docs"

PAGE = Path(__file__).with_name("performance.template.md")
REBUILDS = Path(__file__).with_name("rebuild.template.md")
WASTE = Path(__file__).with_name("waste.template.md")


def write(bootstrap: str, peers: Mapping[str, Figures], recoveries: recovery.Recovered, events: int, runs: int) -> None:
    """Write page and chart."""
    costs, lane = pieces(), peers[LANE.name]["cpu_us_per_event"]
    floor = costs["parse"] + costs["decode"] + costs["job"]
    page = PAGE.read_text().format(
        runs=runs,
        machine=_machine(bootstrap),
        events=events,
        rows="\n".join(_row(peer, peers) for peer in _by_cost(peers)),
        versions="Versions: " + ", ".join(sorted({one for peer in PEERS for one in versions(peer).split(", ")})) + ".",
        lane=lane,
        **costs,
        rest=lane - sum(costs.values()),
        floor=floor,
        added=lane - floor,
        collect_every=COLLECT_EVERY,
        recovery_runs=recovery.RUNS,
        recoveries="\n".join(_recovered(size_bytes, figures) for size_bytes, figures in recoveries.items()),
        recovery_bar=recovery.BAR,
        recovery_bar_s=recovery.BAR_S,
    )
    (DOCS / "performance.md").write_text(page)
    rows = [(peer.name, peers[peer.name]["cpu_us_per_event"], peer == LANE) for peer in _by_cost(peers)]
    (DOCS / "performance.svg").write_text(chart.bars("CPU time an event, microseconds (log scale)", rows))


def write_rebuilds(found: rebuilding.Rebuilds, runs: int, load_before: float) -> None:
    """Write the section of rebuilding a view."""
    section = REBUILDS.read_text().format(
        events=rebuild_job.EVENTS,
        rows=found["SQLite"]["talaia"]["rows"],
        runs=runs,
        load_before=load_before,
        load_after=os.getloadavg()[0],
        cores=os.cpu_count(),
        rebuilds="\n".join(_rebuilt(kind, figures) for kind, figures in found.items()),
    )
    _write_section(section)


def write_waste(replays: replaying.Replays, city: Figures, runs: int, load_before: float) -> None:
    """Write the section of the waste worker."""
    section = WASTE.read_text().format(
        events=replays["replay"]["events"],
        runs=runs,
        load_before=load_before,
        load_after=os.getloadavg()[0],
        cores=os.cpu_count(),
        replay=replays["replay"],
        backtest=replays["backtest"],
        share=replaying.share(replays),
        share_bar=replaying.SHARE_BAR,
        rate_bar=replaying.RATE_BAR,
        city=city,
        city_bar=city_live.BAR,
        seconds=city_live.SECONDS,
    )
    _write_section(section)


def _write_section(section: str) -> None:
    """In the place of the one with its heading, or at the end; the others stay as they are."""
    page = DOCS / "performance.md"
    heading = section.partition("\n")[0]
    before, _, after = page.read_text().partition(heading + "\n")
    following = after.partition("\n## ")[2]
    rest = f"\n## {following}" if following else ""
    page.write_text(f"{before.rstrip()}\n\n{section.rstrip()}\n{rest}")


def _by_cost(peers: Mapping[str, Figures]) -> list[Peer]:
    return sorted(PEERS, key=lambda peer: peers[peer.name]["cpu_us_per_event"])


def _row(peer: Peer, peers: Mapping[str, Figures]) -> str:
    found, lane = peers[peer.name], peers[LANE.name]["cpu_us_per_event"]
    cpu, getmany = found["cpu_us_per_event"], peers[GETMANY.name]["cpu_us_per_event"]
    bar = "" if peer.bar is None else f"<= {peer.bar}" if peer.bar > 1 else f"<= 1/{1 / peer.bar:.0f}"
    to_it = "" if peer == LANE else f"{lane / cpu:.2f}" if lane > cpu else f"1/{cpu / lane:.1f}"
    wall, memory = found["events_per_s"], found["max_rss_mb"]
    name = f"**{peer.name}**" if peer == LANE else peer.name
    return f"| {name} | {peer.what} | {cpu:.2f} | {cpu / getmany:.2f} | {to_it} | {bar} | {wall:,.0f} | {memory:.0f} |"


def _recovered(size_bytes: int, figures: Mapping[str, Figures]) -> str:
    lane, getmany = figures["lane"], figures["getmany"]
    parts = recovery.parts_of(size_bytes)
    return (
        f"| {parts:,} | {size_bytes:,} | {lane['wall_s']:.1f} | {parts / lane['wall_s']:,.0f} | {getmany['wall_s']:.1f} "
        f"| {recovery.ratio(figures):.2f} | >= {recovery.BAR} | {lane['max_rss_mb']:.0f} |"
    )


def _rebuilt(kind: str, figures: Mapping[str, Figures]) -> str:
    ours, plain = figures["talaia"], figures["plain"]
    rate, floor = rebuilding.rows_per_s(ours), rebuilding.rows_per_s(plain)
    cpu_s, floor_s = rebuilding.cpu_s(ours), rebuilding.cpu_s(plain)
    return (
        f"| {kind} | {rate:,.0f} | >= {rebuilding.BAR:,} | {rebuilding.STRETCH:,} | {cpu_s:.2f} | {floor:,.0f} | {floor_s:.2f} "
        f"| {rate / floor:.2f} | {cpu_s / floor_s:.2f} | {ours['max_rss_mb']:.0f} |"
    )


def _machine(bootstrap: str) -> str:
    model = next((line.split(":")[1].strip() for line in _cpu_lines() if line.startswith("model name")), platform.machine())
    kafka = topics.broker_version(BusSettings(kafka_bootstrap=bootstrap))
    return f"{model}, {os.cpu_count()} cores, {platform.system()}; Python {platform.python_version()}; Kafka {kafka}"


def _cpu_lines() -> list[str]:
    described = Path("/proc/cpuinfo")
    return described.read_text().splitlines() if described.exists() else []
