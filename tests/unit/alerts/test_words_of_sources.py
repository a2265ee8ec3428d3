"""Which words count: identity, order, the future; sources that fall silent and come back."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from support.story import AREA, CONDITION, EVIDENCE, Story, kind
from talaia.alerts.model.identity import activation_id_of, alarm_id_of
from talaia.alerts.model.parts import SourcePart
from talaia.contracts.alerts import Signalled
from talaia.contracts.vocabulary import Priority

SILENCE = "alerts.source_silent/waste"
ACTUAL = "waste.overflow_started/T1"
FORECAST = "waste.overflow_expected/T1"


def source(story: Story, name: str = "waste") -> SourcePart:
    part = story._fold.parts(AREA)[f"source/{name}"]
    assert isinstance(part, SourcePart)
    return part


def test_alarm_and_activation_are_named_by_area_condition_and_the_signal_that_began_it() -> None:
    story = Story(kind()).began()
    alarm_id = alarm_id_of(AREA, CONDITION)
    assert story.line().alarm_id == alarm_id
    assert story.state()["activation_id"] == activation_id_of(alarm_id, story.sent[-1][1].id)


def test_with_a_delay_the_activation_is_named_by_the_signal_that_started_the_delay() -> None:
    story = Story(kind(on_delay_s=60)).began()
    began = story.sent[-1][1].id
    story.changed().wait(60)
    assert story.state()["activation_id"] == activation_id_of(alarm_id_of(AREA, CONDITION), began)


def test_the_same_signal_twice_is_one_signal_and_counted() -> None:
    story = Story(kind()).began().act("acknowledge").again(back=2)
    assert story.line().ignored == "duplicate"
    assert story.shown() == "ACKNOWLEDGED"
    assert source(story).ignored == {"duplicate": 1}


def test_a_word_older_than_the_last_of_its_condition_changes_nothing() -> None:
    story = Story(kind()).began().ended(late_s=11)
    assert story.line().ignored == "out_of_order"
    assert story.shown() == "UNACKNOWLEDGED"


def test_another_word_of_the_same_time_is_news() -> None:
    assert Story(kind()).began().ended(late_s=10).state()["condition"] == "normal"


def test_a_number_that_was_passed_is_out_of_order_whatever_its_time() -> None:
    story = Story(kind()).began(sequence=2).ended(sequence=1)
    assert story.line().ignored == "out_of_order"


def test_numbers_of_another_source_are_not_compared() -> None:
    story = Story(kind()).began(sequence=7).ended(sequence=1, source="telemetry")
    assert story.line().ignored is None


def test_a_word_from_the_future_is_rejected_and_does_not_deafen_its_condition() -> None:
    story = Story(kind()).began(late_s=-61)
    assert [reject.reason for reject in story.rejects] == ["from_the_future"]
    assert (story.line().ignored, story.line().alarm) == ("from_the_future", None)
    assert story.began().shown() == "UNACKNOWLEDGED"


def test_a_word_dated_a_minute_after_it_was_recorded_is_taken() -> None:
    assert Story(kind()).began(late_s=-60).shown() == "UNACKNOWLEDGED"


def test_an_end_without_a_beginning_makes_the_late_beginning_old() -> None:
    story = Story(kind()).ended().began(late_s=11)
    assert story.line().ignored == "out_of_order"
    assert story.shown() == "NORMAL"


def test_a_kind_nobody_entered_is_an_alarm_of_medium_priority_marked_so() -> None:
    story = Story(kind()).began("waste.unheard_of/X", priority=Priority.LOW)
    alarm = story.listed()["waste.unheard_of/X"]
    assert (alarm.priority, alarm.unrationalised, alarm.shown) == (Priority.MEDIUM, True, "UNACKNOWLEDGED")


def test_a_signal_raises_the_priority_of_the_register_and_never_lowers_it() -> None:
    story = Story(kind()).began(priority=Priority.LOW)
    assert story.state()["priority"] == Priority.MEDIUM
    assert story.changed(priority=Priority.CRITICAL).state()["priority"] == Priority.CRITICAL
    assert story.changed().state()["priority"] == Priority.CRITICAL
    assert story.changed(priority=Priority.LOW).state()["priority"] == Priority.MEDIUM


def test_a_new_spell_has_the_registers_priority_again() -> None:
    assert Story(kind()).began(priority=Priority.HIGH).ended().began().state()["priority"] == Priority.MEDIUM


def test_what_a_later_word_leaves_out_stays_and_a_new_spell_forgets_it() -> None:
    story = Story(kind()).began(evidence=EVIDENCE, guidance="Open the gate.").changed(probability=0.5)
    alarm = story.listed()[CONDITION]
    assert (alarm.evidence, alarm.guidance, alarm.probability) == (EVIDENCE, "Open the gate.", 0.5)
    alarm = story.ended().began().listed()[CONDITION]
    assert (alarm.evidence, alarm.guidance) == (msgspec.UNSET, "as on the sheet")


def test_three_intervals_without_a_word_of_life_are_one_alarm_and_clear_nothing() -> None:
    story = Story(kind()).alive().began().wait(169)
    assert story.state()["freshness"] == "fresh"
    story.wait(1)
    assert story.state()["freshness"] == "stale"
    assert (story.shown(), story.shown(SILENCE)) == ("UNACKNOWLEDGED", "UNACKNOWLEDGED")
    assert story.wait(600).bells().count((SILENCE, "new")) == 1


def test_a_source_that_is_back_ends_its_silence() -> None:
    story = Story(kind()).alive().wait(180).alive()
    assert story.shown(SILENCE) == "RETURNED_UNACKNOWLEDGED"


def test_a_source_that_never_said_it_is_alive_is_not_judged_silent() -> None:
    assert Story(kind()).began(source="outside").wait(3_600).state()["freshness"] == "fresh"


def test_only_the_silent_sources_alarms_are_stale() -> None:
    other = "transit.gap/L1"
    story = Story(kind()).alive().began().began(other, source="transit").wait(300)
    assert story.state(other)["freshness"] == "fresh"
    assert story.state()["freshness"] == "stale"


@pytest.mark.parametrize("late_s", [11.0, 20.0])
def test_a_word_of_life_older_than_the_last_is_ignored(late_s: float) -> None:
    story = Story(kind()).began().alive(CONDITION).alive(late_s=late_s)
    assert story.state()["condition"] == "active"


def test_a_word_of_life_that_comes_twice_does_not_keep_its_source_alive() -> None:
    story = Story(kind()).alive().wait(100).again(back=2).wait(80)
    assert story.shown(SILENCE) == "UNACKNOWLEDGED"


def test_a_word_of_life_dated_a_minute_after_it_was_recorded_is_taken() -> None:
    story = Story(kind()).alive(late_s=-60)
    assert not story.rejects
    assert story.wait(180).shown(SILENCE) == "UNACKNOWLEDGED"


def test_being_listed_at_the_instant_of_its_expiry_does_not_renew_a_condition() -> None:
    assert Story(kind()).began(expires_s=10).alive(CONDITION).state()["freshness"] == "stale"


def test_a_beginning_exactly_as_old_as_the_count_rule_looks_back_is_out() -> None:
    assert Story(kind(count_n=2, count_within_s=20)).began().ended().began().state()["condition"] == "normal"
    assert Story(kind(count_n=2, count_within_s=21)).began().ended().began().state()["condition"] == "active"


def test_a_word_of_life_from_the_future_is_rejected() -> None:
    story = Story(kind()).alive(late_s=-61)
    assert [reject.reason for reject in story.rejects] == ["from_the_future"]


def test_a_source_whose_silence_could_not_be_named_is_rejected() -> None:
    story = Story(kind()).alive(source="s" * 171)
    assert [reject.reason for reject in story.rejects] == ["source_too_long"]


def test_conditions_listed_that_were_never_heard_of_are_counted_with_their_source() -> None:
    story = Story(kind()).began().alive(CONDITION, "waste.pump_failed/P2")
    assert source(story).unknown == 1


def test_an_alive_that_a_word_overtook_changes_nothing() -> None:
    assert Story(kind()).began().alive(late_s=10).state()["condition"] == "active"


def test_a_late_alive_is_taken_as_the_beginning_that_was_lost() -> None:
    story = Story(kind()).began().ended().alive(CONDITION)
    assert story.shown() == "UNACKNOWLEDGED"
    assert set(story.line().notes) == {"reconciled", "missed_beginning"}
    assert story.state()["activation_id"] == activation_id_of(story.line().alarm_id, story.sent[-1][1].id)


def test_an_expiry_that_is_past_marks_at_once_and_each_word_sets_it_anew() -> None:
    story = Story(kind()).began(expires_s=-30)
    assert story.state()["freshness"] == "stale"
    assert story.looks[-1].at == story.now
    assert story.changed(expires_s=60).state()["freshness"] == "fresh"
    assert story.changed().wait(600).state()["freshness"] == "fresh"


def test_an_input_recorded_earlier_is_taken_at_the_clock() -> None:
    story = Story(kind()).began().wait(60)
    clock = story.now
    story.now -= timedelta(seconds=40)
    assert story.ended().line().at == clock


def test_a_handed_over_alarm_is_silent_once_unless_it_is_worse() -> None:
    kinds = kind("waste.overflow_expected"), kind("waste.overflow_started")
    story = Story(*kinds).began(FORECAST).realised(FORECAST, became=ACTUAL).began(ACTUAL)
    assert story.line(ACTUAL).silent == "handed_over"
    assert story.changed(ACTUAL, priority=Priority.CRITICAL).line(ACTUAL).announced == "risen"
    assert story.ended(ACTUAL).began(ACTUAL).line(ACTUAL).announced == "new"


def test_a_hand_over_is_news_for_ten_minutes() -> None:
    kinds = kind("waste.overflow_expected"), kind("waste.overflow_started")
    story = Story(*kinds).began(FORECAST).realised(FORECAST, became=ACTUAL)
    assert story.wait(590).began(ACTUAL).line(ACTUAL).announced == "new"
    assert not [name for name in story._fold.parts(AREA) if name.startswith("hand_over/")]


def test_a_forecast_nobody_heard_silences_nobody() -> None:
    story = Story(kind("waste.overflow_expected", diagnostic=True), kind("waste.overflow_started"))
    story.began(FORECAST).realised(FORECAST, became=ACTUAL).began(ACTUAL)
    assert story.line(ACTUAL).announced == "new"


def test_a_word_of_the_greatest_length_still_fits_its_part() -> None:
    face = "\N{BELL}\N{BELL}" * 25
    long = f"{face}/{face}"
    facts: dict[str, float | str] = {f"fact {n}": "f" * 4_000 for n in range(20)}
    evidence = msgspec.structs.replace(EVIDENCE, rule=face, facts=facts, positions=[face] * 20)
    story = Story(kind()).began(long, evidence=evidence, guidance=face * 50, source=face)
    for _ in range(40):
        story.changed(long, source=face).act("note", long, text=face * 20)
    assert not story.rejects
    assert max(map(len, story.changelog.values())) < 16_384
    assert story.listed()[long].evidence != msgspec.UNSET


def test_numbered_words_of_a_signal_keep_their_place_through_a_restart() -> None:
    story = Story(kind()).began(sequence=2).restart().ended(sequence=2)
    assert story.line().ignored == "out_of_order"
    assert isinstance(story.sent[-1][1], Signalled)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "as on the sheet"),
        ({"guidance": "Open the gate."}, "Open the gate."),
        ({"guidance": "Order cleaning.", "guidance_is_general": True}, "as on the sheet"),
    ],
    ids=["nothing", "of this thing", "in general"],
)
def test_what_to_do_is_what_was_said_of_this_thing_else_what_the_register_says(said: dict[str, Any], told: str) -> None:
    story = Story(kind()).began(**said)
    assert story.alarms[-1].guidance == told
    assert story.changed(priority=Priority.CRITICAL).alarms[-1].guidance == told


def test_where_the_register_says_nothing_it_is_what_is_done_in_general() -> None:
    assert Story().began(guidance="Order cleaning.", guidance_is_general=True).alarms[-1].guidance == "Order cleaning."


def test_an_end_that_was_lost_leaves_the_register_to_say_what_to_do() -> None:
    story = Story(kind(off_delay_s=60)).began(guidance="Order cleaning.", guidance_is_general=True).alive()
    assert (story.state()["condition"], story.alarms[-1].guidance) == ("off_delay", "as on the sheet")


def test_a_word_that_lists_some_ids_ends_what_it_leaves_out_of_them_and_nothing_else() -> None:
    a, b, c = (f"waste.pump_failed/P{n}" for n in range(3))
    story = Story(kind()).began(a).began(b).began(c)
    story.alive(a, until=a).alive(after=a, until=b)
    assert [story.state(each)["condition"] for each in (a, b, c)] == ["active", "normal", "active"]
    story.alive(after=b)
    assert [story.state(each)["condition"] for each in (a, b, c)] == ["active", "normal", "normal"]


def test_of_a_list_in_pages_all_ids_that_were_never_heard_of_are_counted() -> None:
    story = Story(kind()).began().alive("a", "b", until="b").alive("c", CONDITION, after="b")
    assert source(story).unknown == 3
    assert source(story.alive(CONDITION)).unknown == 0


def test_a_word_that_expires_as_it_is_said_leaves_the_alarm_standing_and_stale_until_the_next_one() -> None:
    story = Story(kind()).began(expires_s=1_800).changed(expires_s=0).wait(1)
    assert (story.state()["condition"], story.state()["freshness"]) == ("active", "stale")
    assert story.alive(CONDITION).state()["freshness"] == "stale"
    assert story.changed(expires_s=1_800).state()["freshness"] == "fresh"
