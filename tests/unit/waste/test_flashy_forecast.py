"""The overflow forecast of pipes, which answer within minutes: learnt together, said as a probability."""

import math
from datetime import timedelta

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import PIPE, Town, configuration
from talaia.contracts.vocabulary import Method, Priority, SignalState
from talaia.waste.decide import flashy
from talaia.waste.decide.signals import matters
from talaia.waste.model.conditions import Condition
from talaia.waste.model.flashy import FLASHY, Flashy, FlashyPart
from talaia.waste.model.outcomes import NO_PATH, Forecast, Signal
from talaia.waste.model.parts import SitePart, site_part
from talaia.waste.model.policy import FlashyPolicy, Policy, SignalPolicy

POLICY = FlashyPolicy()
NEIGHBOUR = msgspec.structs.replace(PIPE, id="CSO2", gauge="RG2")
LONGER = timedelta(minutes=1)
rows = st.lists(st.floats(0, 4), min_size=flashy.SIZE - 1, max_size=flashy.SIZE - 1).map(lambda row: (*row, 1.0))


def storms(town: Town, times: int, start: float = 5) -> float:
    """Bursts that fill the pipe ten minutes later, each after an hour and a half of nothing; returns the minute after."""
    minute = start
    for _ in range(times):
        for mm, level in [*[(0.0, 0.05)] * 18, (2.0, 0.1), (4.0, 0.15), (4.0, 1.0), (1.0, 1.0), (0.0, 1.0), (0.0, 0.3)]:
            town.rain(mm, minute)
            town.level(level, minute, "CSO1")
            minute += 5
    return minute


def town(*sites: object, policy: Policy | None = None) -> Town:
    return Town(policy or Policy()).configured(configuration(sites or (PIPE,)))  # type: ignore[arg-type]


# -- what is said


def test_after_some_storms_a_burst_of_rain_is_a_warning_before_the_pipe_is_full() -> None:
    place = town()
    minute = storms(place, 12)
    for mm, level in [*[(0.0, 0.05)] * 12, (2.0, 0.1), (4.0, 0.15)]:
        place.rain(mm, minute)
        place.level(level, minute, "CSO1")
        minute += 5
    place.pass_to(place.now + LONGER)
    last = place.of(Signal, "CSO1")[-1]
    assert (last.kind, last.state) == ("waste.overflow_expected", SignalState.BEGAN)
    assert last.probability is not None and last.probability >= POLICY.warn


def test_rain_alone_is_no_warning_to_a_pipe_that_never_was_full() -> None:
    place = town()
    for n in range(300):
        place.rain(3.0 if n % 20 < 3 else 0.0, 5 * n + 5)
        place.level(0.1, 5 * n + 5, "CSO1")
    assert place.signals("CSO1") == []


def test_a_pipe_is_forecast_by_a_probability_without_a_path() -> None:
    place = town()
    place.levels([0.1, 0.1, 0.1, 0.1], site="CSO1")
    issued = place.of(Forecast, "CSO1")[-1]
    assert (issued.method, issued.path, issued.expected_at) == (Method.LOGISTIC, NO_PATH, None)
    assert issued.probability is not None and 0 < issued.probability < POLICY.hold


@pytest.mark.parametrize(
    ("likely", "said"),
    [
        ([0.3, 0.4, 0.44, 0.46], [0.3, 0.46]),
        ([0.3, 0.9, 0.65, 0.62, 0.58], [0.3, 0.9, 0.58]),
        ([0.3, 0.5] * 6, [0.3, 0.5]),
    ],
    ids=["rises", "falls", "swings"],
)
def test_a_probability_that_moved_enough_is_said_again_and_one_that_swings_is_not(likely: list[float], said: list[float]) -> None:
    place = town()
    place.levels([0.1, 0.1], site="CSO1")
    issued, told = place.of(Forecast, "CSO1")[-1], [likely[0]]
    for probability in likely[1:]:
        condition = Condition(open=True, probability=told[-1])
        if matters(condition, msgspec.structs.replace(issued, probability=probability), Priority.LOW, SignalPolicy()):
            told.append(probability)
    assert told == said


def test_the_log_odds_in_the_evidence_add_up_to_the_probability() -> None:
    place = town()
    storms(place, 12)
    began = next(each for each in place.of(Signal, "CSO1") if each.kind == "waste.overflow_expected")
    assert began.evidence is not None and began.probability is not None
    odds = math.fsum(float(value) for name, value in began.evidence.facts if name.startswith("log-odds, "))
    assert 1 / (1 + math.exp(-odds)) == pytest.approx(began.probability)
    assert ("warned_from", 30.0) in [(name, value) for name, value, _ in began.evidence.thresholds]


def test_a_warning_that_does_not_come_true_for_long_is_not_held() -> None:
    place = town(policy=Policy(flashy=FlashyPolicy(hold=0.0)))
    minute = storms(place, 12)
    for mm in (2.0, 4.0, *[0.0] * 40):
        place.rain(mm, minute)
        place.level(0.1, minute, "CSO1")
        minute += 5
    began, ended = [each for each in place.of(Signal, "CSO1") if each.state in (SignalState.BEGAN, SignalState.ENDED)][-2:]
    wait = POLICY.horizon_slots * timedelta(minutes=5) + place.policy.forecast.false_after
    assert wait < ended.said_at - began.said_at <= wait + timedelta(minutes=5)


def test_a_catchment_that_has_hardly_learnt_anything_warns_of_nothing() -> None:
    place = town()
    place.levels([0.2, 0.6, 0.9, 1.0, 1.0, 1.0, 0.9, 0.6, 0.3, 0.9, 0.9, 0.9], site="CSO1")
    assert "overflow_expected" not in {kind for kind, _ in place.signals("CSO1")}


# -- what is learnt


@settings(max_examples=60)
@given(st.lists(st.tuples(rows, st.booleans()), min_size=1, max_size=30))
def test_an_example_moves_the_probability_towards_its_outcome_and_only_ever_makes_more_sure(
    examples: list[tuple[flashy.Row, bool]],
) -> None:
    shared, own = flashy.untrained(POLICY), Flashy(variance=POLICY.offset_variance)
    for row, followed in examples:
        before, unsure = flashy.probability(shared, own, row), own.variance
        shared, own = flashy.learn(shared, own, row, followed, POLICY)
        after = flashy.probability(shared, own, row)
        assert after >= before - 1e-9 if followed else after <= before + 1e-9
        assert 0 < own.variance <= unsure
        covariance = np.frombuffer(shared.covariance).reshape(flashy.SIZE, flashy.SIZE)
        assert np.linalg.eigvalsh(covariance).min() > -1e-9


def test_what_one_pipe_learnt_serves_the_others_of_its_catchment() -> None:
    place = town(PIPE, NEIGHBOUR)
    storms(place, 12)
    shared = place.parts[FLASHY]
    assert isinstance(shared, FlashyPart)
    row = flashy.features((2.0, math.sqrt(6.0), 0.0), (math.sqrt(2.0), math.sqrt(3.0), 0.0), 0.0)
    unknown = Flashy(variance=POLICY.offset_variance)
    assert flashy.probability(shared, unknown, row) > 5 * flashy.probability(flashy.untrained(POLICY), unknown, row)


def test_slots_that_were_not_seen_are_not_learnt_from() -> None:
    own = Flashy(variance=1.0, pending=(flashy.untrained(POLICY).weights,) * 3, slot=10)
    row = (1.0,) * flashy.SIZE
    shared, after = flashy.take_in(flashy.untrained(POLICY), own, row, 1.0, True, 15, POLICY)
    assert shared.learnt == 0
    assert (after.pending, after.resting) == ((), POLICY.rest_slots)


def test_after_an_overflow_the_pipe_drains_before_anything_is_learnt() -> None:
    shared, own, row = flashy.untrained(POLICY), Flashy(variance=1.0), (1.0,) * flashy.SIZE
    for slot, full in enumerate([False, True, *[False] * POLICY.rest_slots, False]):
        shared, own = flashy.take_in(shared, own, row, 1.0, full, slot + 1, POLICY)
    assert len(own.pending) == 1


def test_what_flashy_sites_learnt_outlives_a_new_configuration_but_not_another_kind() -> None:
    place = town()
    minute = storms(place, 2)
    learnt = place.parts[FLASHY]
    place.configured(configuration((msgspec.structs.replace(PIPE, crest_m=1.1),), version="2"))
    assert place.parts[FLASHY] == learnt
    assert _site(place).flashy is not None
    place.configured(configuration((msgspec.structs.replace(PIPE, kind="storage_tank"),), version="3"))
    assert _site(place).flashy is None
    assert minute > 0


def _site(place: Town) -> SitePart:
    part = place.parts[site_part("CSO1")]
    assert isinstance(part, SitePart)
    return part
