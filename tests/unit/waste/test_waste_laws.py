"""Laws of the waste service's step: what must hold for whatever arrives, in whatever slices."""

import math
from itertools import pairwise
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, PIPE, SECOND, TANK, Town, configuration, measured
from talaia.contracts.vocabulary import Quantity
from talaia.waste.model.events import Measurement
from talaia.waste.model.outcomes import Alive, Forecast, Outcome, Reading, Signal
from talaia.waste.model.policy import ForecastPolicy, Policy

EAGER = Policy(forecast=ForecastPolicy(trusted_steps=10))
HOUR = 12


def storm(seed: int, slots: int = 3 * HOUR) -> list[Measurement]:
    """A storm over a tank and a pipe with two gauges: some readings are late, doubled, missing or spikes."""
    told: list[Measurement] = []
    luck, level = Random(seed), 1.0
    for n in range(1, slots + 1):
        time = MIDNIGHT + 5 * n * MINUTE
        chance = [luck.random() for _ in range(6)]
        falling = max(0.0, 3 * math.sin(n / 9 + seed)) * chance[0]
        level = min(max(level + 0.2 * falling - 0.08, 0.05), 5.0)
        shown = level + (2.0 if chance[1] < 0.03 else 0.005 * chance[2])
        wait = (20 * MINUTE if chance[3] < 0.1 else 9 * SECOND) + chance[4] * SECOND
        told += [
            measured(Quantity.RAINFALL, "RG1", falling, time, after=wait if chance[5] < 0.5 else 8 * SECOND),
            measured(Quantity.RAINFALL, "RG2", falling / 2, time, after=7 * SECOND),
            measured(Quantity.LEVEL, "CSO1", min(falling, 1.0), time, after=6 * SECOND),
        ]
        if chance[5] < 0.95:
            told.append(measured(Quantity.LEVEL, "T1", shown, time, after=wait))
        if chance[4] < 0.1:
            told.append(measured(Quantity.LEVEL, "T1", shown, time, after=wait + 3 * SECOND, id=f"again {n}"))
    return sorted(told, key=lambda each: each.recorded_at)


def run(told: list[Measurement], town: Town | None = None) -> Town:
    running = town or Town(policy=EAGER).configured()
    for each in told:
        running.tell(each)
    return running


def late(each: Measurement) -> bool:
    return each.recorded_at - each.time > 30 * SECOND


def decided(town: Town) -> list[Outcome]:
    """Forecasts and signals, which readings that came late must not change."""
    return [
        msgspec.structs.replace(each, evidence=None) if isinstance(each, Signal) else each
        for each in town.said
        if isinstance(each, Forecast | Signal | Alive)
    ]


def test_the_storm_of_these_laws_forecasts_warns_and_spills() -> None:
    town = run(storm(1, 12 * HOUR))
    assert {each.method for each in town.of(Forecast)} == {"grey_box", "linear", "logistic"}
    assert {kind for kind, _ in town.signals()} == {"overflow_watch", "overflow_expected", "overflow_started"}
    assert any(each.late for each in town.of(Reading))


@settings(max_examples=5)
@given(seed=st.integers(0, 100), at=st.integers(0, 150), backwards=st.booleans())
def test_a_restart_from_the_stored_parts_changes_nothing_wherever_it_happens(seed: int, at: int, backwards: bool) -> None:
    told = storm(seed)
    whole = run(told)
    before = run(told[:at])
    after = run(told[at:], before.restarted(reverse=backwards))
    assert before.said + after.said == whole.said
    assert after.restarted().parts == whole.restarted().parts


@settings(max_examples=5)
@given(seed=st.integers(0, 100))
def test_late_readings_change_neither_forecasts_nor_signals(seed: int) -> None:
    told = storm(seed)
    in_time = [each for each in told if not late(each)]
    end = max(told[-1].recorded_at, in_time[-1].recorded_at) + MINUTE
    all_of_them, without = run(told), run(in_time)
    all_of_them.pass_to(end)
    without.pass_to(end)
    assert len(in_time) < len(told)
    assert decided(all_of_them) == decided(without)


@settings(max_examples=5)
@given(seed=st.integers(0, 100), data=st.data())
def test_a_duplicate_says_nothing_and_changes_nothing(seed: int, data: st.DataObject) -> None:
    told = storm(seed, 2 * HOUR)
    town = run(told)
    again = data.draw(st.sampled_from(told))
    state = town.restarted().parts
    assert town.tell(msgspec.structs.replace(again, id="another id", recorded_at=town.now)) == []
    assert town.restarted().parts == state


def test_the_same_sample_from_another_source_is_no_duplicate() -> None:
    town = Town().configured()
    town.rain(1.0, 5)
    assert [type(each) for each in town.rain(1.0, 5, source="the other logger")] == [Reading]


@settings(max_examples=5)
@given(seed=st.integers(0, 100))
def test_a_warning_is_said_once_and_ends_once(seed: int) -> None:
    town = run(storm(seed, 4 * HOUR))
    for kind in ("overflow_watch", "overflow_expected", "overflow_started"):
        states = [state for named, state in town.signals() if named == kind and state != "changed"]
        for before, after in pairwise(["ended", *states]):
            assert (before == "began") != (after == "began")


@settings(max_examples=5)
@given(seed=st.integers(0, 100))
def test_nothing_is_said_earlier_than_what_it_is_said_of(seed: int) -> None:
    town = run(storm(seed))
    assert [each.said_at for each in town.said] == sorted(each.said_at for each in town.said)
    for each in town.of(Forecast):
        assert each.said_at - each.slot_end == 30 * SECOND
        assert all(time > each.slot_end for time in each.path.times)
    for signal in town.of(Signal):
        assert signal.evidence is not None
        assert all(sample.time <= signal.said_at for sample in signal.evidence.levels)


@settings(max_examples=5)
@given(seed=st.integers(0, 100))
def test_the_same_configuration_again_changes_nothing(seed: int) -> None:
    town = run(storm(seed, HOUR))
    said, state = list(town.said), town.restarted().parts
    town.configured(configuration())
    assert (town.said, town.restarted().parts) == (said, state)


def test_a_new_configuration_keeps_what_its_sites_learnt() -> None:
    town = run(storm(3, 4 * HOUR))
    learnt = town.of(Forecast, "T1")[-1].learnt_steps
    raised = msgspec.structs.replace(TANK, crest_m=6.0)
    town.configured(configuration(sites=[raised, PIPE], version="2"))
    town.pass_to(town.now + 5 * MINUTE)
    last = town.of(Forecast, "T1")[-1]
    assert (last.site.crest_m, last.configuration) == (6.0, "hash 2")
    assert last.learnt_steps >= learnt > 0


def test_a_site_that_becomes_another_kind_learns_anew() -> None:
    town = run(storm(3, 4 * HOUR))
    town.configured(configuration(sites=[msgspec.structs.replace(TANK, kind=PIPE.kind), PIPE], version="2"))
    town.configured(configuration(version="3"))
    town.pass_to(town.now + 5 * MINUTE)
    assert town.of(Forecast, "T1")[-1].learnt_steps == 0


def test_a_gauge_taken_away_is_forgotten() -> None:
    town = run(storm(3, HOUR))
    town.configured(configuration(gauges=["RG1"], version="2"))
    assert "gauge/RG2" not in town.parts
    town.pass_to(town.now + 5 * MINUTE)
    assert town.of(Forecast)[-1].configuration == "hash 2"


def test_a_site_sleeps_without_readings_and_wakes_with_the_next() -> None:
    town = run(storm(3, HOUR))
    town.pass_to(town.now + 300 * MINUTE)
    assert "site/CSO1" not in town.wakes
    town.level(0.1, (town.now - MIDNIGHT) / MINUTE, "CSO1")
    assert "site/CSO1" in town.wakes
