"""The benchmark fails when a bar is missed, and says which."""

import pytest
from load import recovery
from load.contest import PEERS, misses

CPU_US = {"getmany": 4.0, "lane": 6.0, "confluent": 3.0, "bytewax": 20.0, "quixstreams": 40.0, "faust": 450.0}


def figures(cpu_us: dict[str, float]) -> dict[str, dict[str, float]]:
    return {name: {"cpu_us_per_event": value} for name, value in cpu_us.items()}


def test_a_lane_within_all_bars_misses_none() -> None:
    assert set(CPU_US) == {peer.name for peer in PEERS}
    assert misses(figures(CPU_US)) == []


@pytest.mark.parametrize(("peer", "cpu_us"), [("getmany", 3.5), ("bytewax", 11.9), ("quixstreams", 17.9), ("faust", 149.0)])
def test_a_missed_bar_is_named(peer: str, cpu_us: float) -> None:
    (said,) = misses(figures(CPU_US | {peer: cpu_us}))
    assert f"that {peer} needs" in said


@pytest.mark.parametrize(("lane_s", "getmany_s", "missed"), [(50.0, 20.0, 0), (50.0, 14.0, 1), (61.0, 30.0, 1), (70.0, 10.0, 2)])
def test_recovery_has_a_bar_of_speed_and_one_of_time(lane_s: float, getmany_s: float, missed: int) -> None:
    assert len(recovery.misses({200: {"lane": {"wall_s": lane_s}, "getmany": {"wall_s": getmany_s}}})) == missed
