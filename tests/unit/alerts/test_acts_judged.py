"""Acts: known, allowed, of the version seen; then the table; one entry each."""

import pytest
from support.story import CONDITION, SOURCE, Story, kind
from talaia.alerts.decide.incident_acts import VERBS as INCIDENT_VERBS
from talaia.contracts.journal import Transition
from talaia.contracts.vocabulary import Role, Verb

OTHER = "waste.pump_failed/P2"


def last(story: Story) -> Transition:
    return story.journal[-1].data


def test_an_acknowledgement_says_whose_hands_it_is_in_and_since_when() -> None:
    story = Story(kind()).began().act("acknowledge", text="Crew on the way.")
    alarm = story.listed()[CONDITION]
    assert (alarm.shown, alarm.acknowledged_by, alarm.acknowledged_at) == ("ACKNOWLEDGED", "operator-7", story.now)
    assert alarm.notes == ["Crew on the way."]
    assert (last(story).who, last(story).text, last(story).to) == ("operator-7", "Crew on the way.", "acknowledged")


def test_an_acknowledgement_belongs_to_one_activation() -> None:
    story = Story(kind()).began().act("acknowledge").ended().began()
    assert story.shown() == "UNACKNOWLEDGED"
    assert not story.listed()[CONDITION].acknowledged_by


def test_a_higher_priority_takes_the_acknowledgement_away() -> None:
    story = Story(kind()).began().act("acknowledge").changed(priority="high")
    assert story.shown() == "UNACKNOWLEDGED"


def test_an_act_on_an_alarm_nobody_knows_is_refused_and_entered() -> None:
    story = Story(kind()).act("acknowledge")
    assert (story.looks[-1].refused, story.looks[-1].alarm) == ("unknown_alarm", None)
    assert (last(story).region, last(story).refused, last(story).position) == ("act", "unknown_alarm", "control")


def test_unknown_alarms_harm_no_other_of_the_same_act() -> None:
    story = Story(kind()).began().act("acknowledge", OTHER, CONDITION)
    assert story.shown() == "ACKNOWLEDGED"
    assert [entry.data.refused for entry in story.journal[-2:]] == ["unknown_alarm", None]


def test_a_viewer_is_refused_before_the_version_is_looked_at() -> None:
    story = Story(kind()).began().act("acknowledge", role=Role.VIEWER, if_version=99)
    assert (story.line().refused, story.shown()) == ("role", "UNACKNOWLEDGED")
    assert (last(story).region, last(story).event, last(story).refused) == ("act", "acknowledge", "role")


LEAST = dict.fromkeys((Verb.TAKE_OUT_OF_SERVICE, Verb.RETURN_TO_SERVICE, Verb.CLOSE_INCIDENT), Role.SUPERVISOR)


@pytest.mark.parametrize("verb", sorted(set(Verb) - {*INCIDENT_VERBS, Verb.RETIRE_SOURCE}))
@pytest.mark.parametrize("role", Role)
def test_every_verb_is_refused_to_every_role_below_the_one_that_was_decided_and_to_no_other(verb: Verb, role: Role) -> None:
    least = LEAST.get(verb, Role.OPERATOR)
    story = Story(kind()).began()
    before = story.listed()[CONDITION]
    story.act(verb, role=role)
    assert (last(story).refused == "role") == (role.rank < least.rank)
    if role.rank < least.rank:
        assert story.listed()[CONDITION] == before


@pytest.mark.parametrize("verb", sorted(INCIDENT_VERBS))
@pytest.mark.parametrize("role", Role)
def test_every_act_on_an_incident_is_refused_to_every_role_below_its_own(verb: Verb, role: Role) -> None:
    story = Story(kind()).began().began(OTHER).act_on_incident(verb, CONDITION, OTHER, into=OTHER, role=role)
    assert (last(story).refused == "role") == (role.rank < LEAST.get(verb, Role.OPERATOR).rank)


@pytest.mark.parametrize("role", Role)
def test_an_engineer_alone_retires_a_source(role: Role) -> None:
    story = Story(kind()).began().act("retire_source", nothing=(), role=role, retired_source=SOURCE, reason="Taken down.")
    assert (last(story).refused == "role") == (role is not Role.ENGINEER)


def test_what_a_refused_act_says_stands_in_the_journal_and_not_with_the_alarm() -> None:
    story = Story(kind()).began().act("note", role=Role.VIEWER, text="Not me.").act("reset", text="Nor this.")
    assert story.listed()[CONDITION].notes == []
    assert [entry.data.text for entry in story.journal[-2:]] == ["Not me.", "Nor this."]


def test_an_acknowledgement_without_a_word_leaves_no_note() -> None:
    assert Story(kind()).began().act("acknowledge").listed()[CONDITION].notes == []


def test_an_act_on_another_version_is_refused_and_changes_nothing() -> None:
    story = Story(kind()).began()
    version = story.state()["version"]
    story.act("acknowledge", if_version=version - 1)
    assert (story.line().refused, story.shown(), story.state()["version"]) == ("version", "UNACKNOWLEDGED", version)
    assert story.act("acknowledge", if_version=version).shown() == "ACKNOWLEDGED"


def test_the_same_act_twice_is_one_act_whatever_happened_between() -> None:
    story = Story(kind()).began().act("acknowledge").ended().began().again(back=3)
    assert (story.line().ignored, story.shown()) == ("duplicate", "UNACKNOWLEDGED")


def test_an_act_refused_once_is_not_judged_anew_when_it_comes_again() -> None:
    story = Story(kind()).act("acknowledge").began().again(back=2)
    assert (story.line().ignored, story.shown()) == ("duplicate", "UNACKNOWLEDGED")
    assert len([entry for entry in story.journal if entry.data.refused]) == 1


def test_a_note_stands_with_the_alarm_and_in_the_journal_and_rings_nothing() -> None:
    story = Story(kind()).began().act("note", text="Called the crew.")
    assert story.listed()[CONDITION].notes == ["Called the crew."]
    assert (last(story).region, last(story).event, last(story).text) == ("act", "note", "Called the crew.")
    assert story.bells() == [(CONDITION, "new")]


def test_an_alarm_carries_the_last_notes_and_the_journal_all() -> None:
    story = Story(kind()).began()
    for number in range(10):
        story.act("note", text=f"{number} " + "x" * 400)
    assert [note[0] for note in story.listed()[CONDITION].notes] == ["7", "8", "9"]
    assert len([entry for entry in story.journal if entry.data.text]) == 10


def test_a_note_longer_than_an_alarm_carries_is_cut() -> None:
    story = Story(kind()).began().act("note", text="é" * 4_000)
    assert story.listed()[CONDITION].notes == ["é" * 750]


def test_an_act_that_names_an_alarm_twice_is_judged_once() -> None:
    story = Story(kind()).began().act("acknowledge", CONDITION, CONDITION)
    assert len(story.step_looks) == 1
    assert story.line().answer is None


def test_every_entry_carries_the_hash_of_the_register_that_held() -> None:
    story = Story(kind()).began().configured(kind(latching=True), version="2").act("acknowledge")
    assert [entry.data.policy for entry in story.journal] == ["1", "1", "1", "1", "2", "2"]


def test_a_change_of_the_register_is_entered_with_both_hashes_and_who_decided() -> None:
    story = Story(kind()).configured(kind(), version="2")
    changed = last(story)
    assert (changed.region, changed.event, changed.from_, changed.to) == ("policy", "policy_changed", "1", "2")
    assert changed.who == "engineer-1"


def test_the_register_that_holds_already_changes_nothing() -> None:
    story = Story(kind()).configured(kind())
    assert len(story.journal) == 1


def test_a_running_alarm_takes_the_new_register_at_its_next_transition() -> None:
    story = Story(kind()).began().configured(kind(latching=True), version="2")
    assert story.shown() == "UNACKNOWLEDGED"
    assert story.ended().shown() == "LATCHED_UNACKNOWLEDGED"


def test_a_kind_taken_out_of_the_register_is_unrationalised_from_then_on() -> None:
    story = Story(kind()).began().configured(kind("waste.other"), version="2").changed(probability=0.1)
    assert story.listed()[CONDITION].unrationalised


def test_a_strict_register_refuses_what_nobody_entered_and_hears_an_alarm_that_stands_to_its_end() -> None:
    story = Story(kind()).began().configured(kind("waste.other"), version="2", strict=True)
    assert story.ended().shown() == "RETURNED_UNACKNOWLEDGED"
    story.began("waste.pump_failed/P2")
    assert [(reject.reason, "enter the kind" in reject.detail) for reject in story.rejects] == [("unrationalised", True)]
    assert "waste.pump_failed/P2" not in story.listed()
