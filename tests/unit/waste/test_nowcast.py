"""Nowcasts: kept by their gauge, trusted by how good they were here, forgotten when they are old."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, SECOND, Town, configuration
from talaia.waste.decide import nowcast, rain
from talaia.waste.decide.slots import slot_of
from talaia.waste.ingest.recording import Recording
from talaia.waste.model.events import Nowcast, Refused
from talaia.waste.model.parts import CATCHMENT, CatchmentPart, GaugePart, gauge_part
from talaia.waste.model.policy import NowcastPolicy

POLICY = NowcastPolicy()
SLOT = slot_of(MIDNIGHT)
rains = st.lists(st.floats(0, 20), min_size=1, max_size=30)


def said(mm: list[float], issued: float = 0, gauge: str = "RG1", step_min: float = 5.0) -> Nowcast:
    issued_at = MIDNIGHT + issued * MINUTE
    return Nowcast(
        source="radar",
        id=f"{gauge} {issued}",
        recorded_at=issued_at + 5 * SECOND,
        gauge=gauge,
        issued_at=issued_at,
        step_min=step_min,
        mm=tuple(mm),
    )


def skill_after(slots: int, foreseen: float, persisting: float, fallen: float) -> np.ndarray:
    skill = np.zeros((nowcast.LEADS, 2))
    for _ in range(slots):
        rows = np.full((1, nowcast.LEADS), foreseen), np.full((1, nowcast.LEADS), persisting)
        skill = nowcast.learnt(skill, *rows, np.array([fallen]), POLICY)
    return skill


# -- how good it was


def test_before_anything_is_known_a_nowcast_has_a_fair_trust() -> None:
    assert nowcast.weights(np.zeros((nowcast.LEADS, 2)), 0, 11, POLICY).tolist() == [POLICY.fair] * 11


def test_a_nowcast_that_was_right_is_followed() -> None:
    assert nowcast.weights(skill_after(20, 3.0, 1.0, 3.0), 0, 11, POLICY).min() > 0.95


def test_a_nowcast_that_was_wrong_is_not() -> None:
    assert nowcast.weights(skill_after(20, 4.0, 1.0, 0.9), 0, 11, POLICY).max() < 0.02


def test_a_nowcast_fades_with_its_age_and_after_an_hour_says_nothing() -> None:
    skill = skill_after(20, 3.0, 1.0, 3.0)
    by_age = [nowcast.weights(skill, age, 11, POLICY)[0] for age in range(nowcast.LEADS)]
    assert by_age == sorted(by_age, reverse=True)
    kept = nowcast.kept(GaugePart(gauge="RG1"), said([1.0] * 24))
    assert np.isnan(nowcast.newest(kept, SLOT + nowcast.LEADS, 11)[0]).all()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.floats(0, 20), st.floats(0, 20), st.floats(0, 20)), max_size=40), st.integers(0, 11))
def test_no_evidence_makes_the_weight_leave_its_bounds(seen: list[tuple[float, float, float]], age: int) -> None:
    skill = np.zeros((nowcast.LEADS, 2))
    for foreseen, persisting, fallen in seen:
        rows = np.full((1, nowcast.LEADS), foreseen), np.full((1, nowcast.LEADS), persisting)
        skill = nowcast.learnt(skill, *rows, np.array([fallen]), POLICY)
    weight = nowcast.weights(skill, age, 11, POLICY)
    assert ((weight >= 0) & (weight <= 1)).all()
    assert (weight[nowcast.LEADS - age :] == 0).all()


# -- what is kept


@settings(max_examples=60)
@given(rains, st.sampled_from([1.0, 2.5, 5.0, 10.0, 15.0]))
def test_a_nowcast_in_other_steps_tells_of_the_same_rain(mm: list[float], step_min: float) -> None:
    by_slot = nowcast.by_slot(said(mm, step_min=step_min))
    reach = min(int(len(mm) * step_min // 5), nowcast.LEADS)
    assert np.isnan(by_slot[reach:]).all()
    whole = int(reach * 5 // step_min)
    if whole * step_min == reach * 5:
        assert by_slot[:reach].sum() == pytest.approx(sum(mm[:whole]))


def test_only_the_nowcasts_of_the_last_hour_are_kept_in_whatever_order_they_come() -> None:
    part = GaugePart(gauge="RG1")
    for issued in (0, 10, 5, 90, 85, 5):
        part = GaugePart(gauge="RG1", nowcasts=nowcast.kept(part, said([1.0] * 24, issued)))
    assert [slot - SLOT for slot, _ in part.nowcasts] == [17, 18]


def test_what_was_said_of_a_slot_is_found_by_how_long_before() -> None:
    kept = nowcast.kept(GaugePart(gauge="RG1"), said([1.0, 2.0, 3.0]))
    assert nowcast.said_of(kept, SLOT + 2)[1] == 2.0
    assert np.isnan(nowcast.said_of(kept, SLOT + 5)).all()


def test_a_nowcast_of_a_gauge_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="no gauge RG9"):
        Town().configured()._take(said([1.0], gauge="RG9"))


def test_a_nowcast_from_the_future_is_refused() -> None:
    ahead = Nowcast(
        source="radar", id="1", recorded_at=MIDNIGHT, gauge="RG1", issued_at=MIDNIGHT + timedelta(hours=1), step_min=5, mm=(1.0,)
    )
    with pytest.raises(Refused, match="clock"):
        Town().configured()._take(ahead)


# -- what follows


def test_rain_that_is_nowcast_stands_in_the_bins_to_come() -> None:
    town = Town().configured(configuration(gauges=("RG1",)))
    town.rain(0.0, 5)
    town._take(said([0.0, 6.0, 0.0, 0.0], 5))
    catchment = town.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    seen = rain.look(town.parts, catchment, slot_of(MIDNIGHT + 5 * MINUTE), town.policy)
    assert seen.bins[0][2, 0] == pytest.approx(6.0 * POLICY.fair)


@pytest.mark.parametrize(("hours", "dry"), [(1, False), (2, True)])
def test_when_nowcasts_come_no_more_it_is_dry_again_as_soon_as_the_last_one_has_nothing_to_teach(hours: int, dry: bool) -> None:
    town = Town().configured()
    town._take(said([0.0] * 12))
    for minute in range(0, 60 * hours + 1, 5):
        town.rain(0.0, minute)
    catchment = town.parts[CATCHMENT]
    assert isinstance(catchment, CatchmentPart)
    assert rain.look(town.parts, catchment, SLOT + 12 * hours, town.policy).dry is dry


def test_nowcasts_that_come_true_are_learnt_from_the_stream() -> None:
    town = Town().configured(configuration(gauges=("RG1",)))
    fallen = [0.0, 4.0, 0.0, 0.0] * 20
    for n in range(40):
        town.rain(fallen[n], 5 * n + 5)
        town.level(1.0, 5 * n + 5)
        town._take(said(fallen[n + 1 : n + 25], 5 * n + 5))
    catchment, gauge = town.parts[CATCHMENT], town.parts[gauge_part("RG1")]
    assert isinstance(catchment, CatchmentPart) and isinstance(gauge, GaugePart)
    seen = rain.look(town.parts, catchment, slot_of(MIDNIGHT + 200 * MINUTE), town.policy)
    assert seen.bins[0][1:8, 0] == pytest.approx(fallen[40:47], abs=0.1)


# -- of a recording


def test_a_recordings_nowcasts_come_between_its_events_in_recorded_order(tmp_path: Path) -> None:
    (tmp_path / "sites.json").write_text('{"T1": {"kind": "storage_tank", "crest_m": 5.0, "rain_gauge": "RG1"}}')
    line = '{"id": %d, "ts": "2020-03-01T00:%02d:00Z", "received": "2020-03-01T00:%02d:10Z", "site": "T1", "sensor": "T1.level", '
    rest = '"quantity": "level", "value": 1.0, "unit": "m"}\n'
    (tmp_path / "events.ndjson").write_text("".join(line % (n, 5 * n, 5 * n) + rest for n in (1, 2)))
    (tmp_path / "nowcast.ndjson").write_text(
        '{"issued_at": "2020-03-01T00:05:00Z", "received": "2020-03-01T00:05:20Z", "gauge": "RG1", "step_min": 5, "mm": [1.0]}\n'
    )
    told = [type(message.event).__name__ for message in Recording(tmp_path).messages()]
    assert told == ["Configured", "Measured", "Nowcasted", "Measured"]


def test_a_broken_line_of_nowcasts_is_named(tmp_path: Path) -> None:
    (tmp_path / "sites.json").write_text('{"T1": {"kind": "storage_tank", "crest_m": 5.0, "rain_gauge": "RG1"}}')
    event = '{"id": 1, "ts": "2020-03-01T00:05:00Z", "received": "2020-03-01T00:05:10Z", "site": "T1", "sensor": "T1.level", '
    (tmp_path / "events.ndjson").write_text(event + '"quantity": "level", "value": 1.0, "unit": "m"}\n')
    (tmp_path / "nowcast.ndjson").write_text('{"issued_at": "2020-03-01T00:05:00Z", "gauge": "RG1"}\n')
    with pytest.raises(ValueError, match=r"nowcast.ndjson, line 1"):
        list(Recording(tmp_path).messages())
