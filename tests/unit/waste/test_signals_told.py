"""What the waste service says of a site: overflow expected, overflow started, and that it is alive."""

from itertools import pairwise

import msgspec
import pytest
from support.town import MIDNIGHT, MINUTE, PIPE, TANK, Town, configuration
from talaia.contracts import alerts
from talaia.contracts.alerts import Signalled
from talaia.contracts.envelope import Name, sequence
from talaia.contracts.vocabulary import Priority, SignalState, Unit
from talaia.stream.processor import Cause
from talaia.waste.model.conditions import KINDS, Condition, condition_id
from talaia.waste.model.outcomes import Alive, Forecast, Signal
from talaia.waste.model.parts import CatchmentPart, SensorPart
from talaia.waste.model.policy import Policy, SignalPolicy
from talaia.waste.worker import translate

RISING = [1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]
SPILLING = [5.0, 5.01, 5.0, 5.02, 5.0]
FALLING = [4.8, 4.6, 4.2, 3.6, 3.0, 2.4, 1.8]
WATCH, EXPECTED, STARTED = "overflow_watch", "overflow_expected", "overflow_started"


@pytest.fixture
def town() -> Town:
    return Town().configured()


def expected(town: Town) -> list[Signal]:
    return [each for each in town.of(Signal, "T1") if each.kind.endswith(EXPECTED)]


def listed(town: Town) -> tuple[str, ...]:
    """What stands of sites; that nobody tells of rain here is another matter."""
    return tuple(name for name in town.of(Alive)[-1].open if not name.startswith("waste.rain_feed_lost/"))


def test_a_rising_tank_is_warned_of_comes_true_and_is_over(town: Town) -> None:
    town.levels(RISING + SPILLING + FALLING)
    told = town.signals()
    assert told[:3] == [(WATCH, "began"), (WATCH, "realised"), (EXPECTED, "began")]
    assert told[-1] == (STARTED, "ended")
    came_true = told.index((EXPECTED, "realised"))
    assert told[came_true + 1] == (STARTED, "began")
    assert (EXPECTED, "ended") not in told


def test_the_warning_that_came_true_names_what_it_became(town: Town) -> None:
    town.levels(RISING + SPILLING)
    became = [each.became for each in town.of(Signal) if each.state is SignalState.REALISED]
    assert became == ["waste.overflow_expected/T1", "waste.overflow_started/T1"]


def test_a_warning_that_does_not_come_true_ends(town: Town) -> None:
    town.levels([*RISING[:-1], 4.2, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5])
    told = town.signals()
    assert (EXPECTED, "began") in told
    assert told[-1] in {(EXPECTED, "ended"), (WATCH, "ended")}
    assert STARTED not in {kind for kind, _ in told}


def test_a_lone_spike_over_the_crest_says_nothing(town: Town) -> None:
    town.levels([1.0, 1.01, 1.0, 5.5, 1.0, 1.01, 1.0, 1.0])
    assert town.signals() == []


def test_two_spikes_in_a_row_start_nothing(town: Town) -> None:
    town.levels([0.05, 0.05, 0.05, 1.9, 1.3, 0.05, 0.05], site=PIPE.id)
    assert town.signals(PIPE.id) == []


def test_one_spike_as_the_first_word_after_a_silence_says_nothing(town: Town) -> None:
    silent_from = town.levels([1.0, 1.01, 1.0])
    town.levels([5.2, 1.0, 1.01], silent_from + 120)
    assert town.signals() == []


def test_the_beginning_is_dated_at_the_first_of_two_samples_at_the_crest(town: Town) -> None:
    town.levels(RISING + SPILLING)
    began = next(each for each in town.of(Signal) if each.kind.endswith(STARTED))
    at_crest = MIDNIGHT + (5 + 5 * len(RISING)) * MINUTE
    assert began.evidence is not None
    assert dict(began.evidence.facts)["started_at"] == at_crest.isoformat()
    assert began.said_at == at_crest + 5 * MINUTE + 10 * (MINUTE / 60)


def test_samples_an_hour_apart_are_no_pair() -> None:
    town = Town().configured()
    for n in range(6):
        town.level(5.0, 5 + 65 * n)
    assert STARTED not in {kind for kind, _ in town.signals()}


def test_pipes_start_and_end_without_a_warning(town: Town) -> None:
    town.levels([0.2, 0.6, 0.9, 1.0, 1.0, 1.0, 0.9, 0.6, 0.3], site=PIPE.id)
    assert town.signals(PIPE.id) == [(STARTED, "began"), (STARTED, "ended")]


def test_signals_of_a_condition_count_up_over_all_its_spells(town: Town) -> None:
    after = town.levels(RISING + SPILLING + FALLING)
    town.levels(RISING + SPILLING + FALLING, after)
    for kind in (EXPECTED, STARTED):
        counts = [each.sequence for each in town.of(Signal) if each.kind.endswith(kind)]
        assert counts == list(range(1, len(counts) + 1))


def test_less_time_left_is_more_urgent_and_urgency_never_falls_within_a_spell(town: Town) -> None:
    town.levels([1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.3, 4.5, 4.6, 4.65, 4.7])
    ranks = [each.priority.rank for each in expected(town)]
    assert ranks[0] == Priority.MEDIUM.rank
    assert ranks[-1] == Priority.HIGH.rank
    assert ranks == sorted(ranks)


@pytest.mark.parametrize(
    ("reached", "said"),
    [
        ({"bathing_site": "Nova beach"}, "bathing site Nova beach"),
        ({"receiving_water": "River", "receiving_water_sensitive": True}, "sensitive receiving water River"),
        ({"people": 100}, "100 people"),
        ({"bathing_site": "Nova beach", "people": 2_000}, "bathing site Nova beach; 2000 people"),
        ({"receiving_water": "River", "people": 99}, None),
    ],
)
def test_a_spill_is_one_priority_higher_for_what_it_reaches_and_says_why(reached: dict[str, object], said: str | None) -> None:
    begun = []
    for site in (TANK, msgspec.structs.replace(TANK, **reached)):
        town = Town().configured(configuration(sites=(site,)))
        town.levels([1.0, 1.0, 1.3, 1.6, 1.9, 2.2, 2.5, 2.8, 3.1, 3.4, 3.7, 4.0, 4.3, 4.6, *SPILLING])
        begun.append([each for each in town.of(Signal, "T1") if each.state is SignalState.BEGAN])
    raised = [after.priority.rank - before.priority.rank for before, after in zip(*begun, strict=True)]
    assert raised == [1 if said else 0] * len(raised) != []
    assert {dict(each.evidence.facts).get("consequence") for each in begun[1] if each.evidence} == {said}


def test_a_word_is_renewed_before_it_expires(town: Town) -> None:
    town.levels(RISING + [5.0, 5.01] * 40)
    words = [each for each in town.of(Signal) if each.kind.endswith(STARTED)]
    assert len(words) > 5
    for before, after in pairwise(words):
        assert before.expires_at is not None
        assert after.said_at < before.expires_at


def test_a_steady_warning_is_not_repeated_at_each_slot(town: Town) -> None:
    town.levels([1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.4, *[4.7, 4.71] * 6])
    warned = [each for each in town.of(Forecast) if each.warning]
    assert 0 < len(expected(town)) < len(warned) / 2 + 2


def test_a_time_to_overflow_that_moves_enough_is_said() -> None:
    town = Town(policy=Policy(signal=SignalPolicy(moved_share=0.0, moved_min=1.0, moved_floor_min=1.0))).configured()
    town.levels([1.0, 1.0, 1.4, 1.8, 2.2, 2.6, 3.0, 3.3, 3.5, 3.7, 4.0, 4.4, 4.5])
    assert [each.state for each in expected(town)].count(SignalState.CHANGED) >= 2


def test_a_warning_ends_as_unknown_when_the_sensor_is_silent_for_an_hour(town: Town) -> None:
    town.levels([*RISING[:-1], 4.7, 4.7, 4.7])
    town.pass_to(MIDNIGHT + 300 * MINUTE)
    last = expected(town)[-1]
    assert last.state is SignalState.ENDED
    assert last.evidence is not None
    assert "unknown" in str(dict(last.evidence.facts)["reason"])


def test_an_overflow_whose_sensor_is_silent_stays_open_and_is_not_renewed(town: Town) -> None:
    town.levels(RISING + SPILLING)
    town.pass_to(MIDNIGHT + 600 * MINUTE)
    assert town.signals()[-1][0] == STARTED
    assert (STARTED, "ended") not in town.signals()
    assert listed(town) == ("waste.overflow_started/T1", "waste.sensor_silent/T1/T1.level")
    last = [each for each in town.of(Signal) if each.subject.id == "T1"][-1]
    assert last.expires_at is not None
    assert last.expires_at < town.now


def test_the_evidence_shows_readings_rain_path_thresholds_and_model(town: Town) -> None:
    for n, level in enumerate(RISING):
        town.rain(0.4 + 0.1 * n, 5 + 5 * n)
        town.level(level, 5 + 5 * n)
    began = expected(town)[0]
    why = began.evidence
    assert why is not None
    assert [each.value for each in why.levels] == RISING[: len(why.levels)]
    assert why.rain.own_mm_30min == why.rain.mean_mm_30min > 0
    assert max(why.path.levels_m) >= TANK.crest_m
    assert why.thresholds[0] == ("crest", TANK.crest_m, Unit.METRE)
    assert why.model.startswith("linear")
    assert why.configuration == "hash 1"
    assert {"minutes_to_overflow", "learnt_steps", "slope_m_per_min"} <= dict(why.facts).keys()
    assert began.guidance.text == "Open the gate."


def test_each_catchment_says_every_minute_that_it_is_alive(town: Town) -> None:
    town.pass_to(MIDNIGHT + 10 * MINUTE)
    assert [each.said_at for each in town.of(Alive)] == [MIDNIGHT + n * MINUTE for n in range(1, 11)]


def test_being_alive_lists_what_is_open_and_nothing_else(town: Town) -> None:
    town.levels(RISING[:-1])
    assert listed(town) == ("waste.overflow_expected/T1",)
    town.levels([4.5, *SPILLING], 5 + 5 * len(RISING[:-1]))
    assert listed(town) == ("waste.overflow_started/T1",)
    town.levels(FALLING, 5 + 5 * len(RISING + SPILLING))
    assert listed(town) == ()


def test_more_open_conditions_than_readers_take_at_once_are_listed_in_pages_that_leave_nothing_out(town: Town) -> None:
    opened = {f"waste.battery_low/T1/{n}": Condition(sequence=1, open=True) for n in range(4_500)}
    town.parts |= {f"sensor/T1/{n}": SensorPart(site="T1", conditions=dict([each])) for n, each in enumerate(opened.items())}
    catchment = town.parts["catchment"]
    assert isinstance(catchment, CatchmentPart)
    town.parts["catchment"] = msgspec.structs.replace(catchment, open=None)
    town.pass_to(MIDNIGHT + MINUTE)
    cause = Cause("waste.measurements.v1", 0, 1, sequence(1))
    said = [translate.message("upper", each, cause, "1").event for each in town.of(Alive)]
    pages = [msgspec.json.decode(msgspec.json.encode(each), type=alerts.Alive) for each in said]
    assert len({each.id for each in said}) == len(pages) == 3
    assert sorted(opened) == [name for page in pages for name in page.data.open]
    assert (pages[0].data.after, pages[-1].data.until) == (msgspec.UNSET, msgspec.UNSET)
    assert [page.data.after for page in pages[1:]] == [page.data.until for page in pages[:-1]]


def test_a_site_taken_out_of_the_configuration_ends_its_conditions(town: Town) -> None:
    town.levels(RISING + SPILLING)
    town.configured(configuration(sites=[PIPE], version="2"))
    assert town.signals()[-1] == (STARTED, "ended")
    assert "site/T1" not in town.parts
    town.pass_to(town.now + MINUTE)
    assert listed(town) == ()


def test_a_site_that_becomes_another_kind_ends_its_conditions(town: Town) -> None:
    town.levels(RISING[:-1])
    town.configured(configuration(sites=[msgspec.structs.replace(TANK, kind=PIPE.kind), PIPE], version="2"))
    assert town.signals()[-1] == (EXPECTED, "ended")


def test_a_catchment_moved_to_another_area_ends_its_conditions_in_the_old_one(town: Town) -> None:
    town.levels(RISING[:-1])
    town.configured(configuration(area="county", version="2"))
    last = town.of(Signal)[-1]
    assert (last.area, last.state) == ("city", SignalState.ENDED)
    town.levels([4.5, 4.9], 5 + 5 * len(RISING[:-1]))
    assert town.of(Signal)[-1].area == "county"


def test_whatever_ids_are_taken_the_conditions_made_of_them_are_names_that_every_reader_takes() -> None:
    longest = "x" * Policy().thing_characters
    names = [condition_id(kind, longest) for kind in KINDS]
    assert msgspec.convert(names, list[Name]) == names


def test_a_site_with_a_long_name_is_told_of_in_words_that_every_reader_takes() -> None:
    town = Town().configured(configuration([msgspec.structs.replace(TANK, name="Tank under the old market " * 20)]))
    town.levels(RISING)
    (began,) = (each for each in expected(town) if each.state is SignalState.BEGAN)
    said = translate.message("upper", began, Cause("waste.measurements.v1", 0, 1, sequence(1)), "1").event
    assert msgspec.json.decode(msgspec.json.encode(said), type=Signalled) == said
