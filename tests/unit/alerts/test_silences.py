"""Silences: what matches is on the shelf from start to end, whether it stands or begins later, and nothing else is."""

from datetime import timedelta
from typing import Any

import pytest
from support.story import CONDITION, Story, kind
from talaia.alerts.model.labels import Matcher as Labelled
from talaia.alerts.model.labels import all_match, fingerprint
from talaia.contracts.catalogue import ACTS
from talaia.contracts.silences import Matcher, Silence, Silenced, Unsilence, Unsilenced
from talaia.contracts.vocabulary import Role

OTHER = "waste.pump_failed/P2"
FAILED = Matcher(name="alertname", value="waste.pump_failed")
AT_P1 = Matcher(name="site", value="P1|P9", is_regex=True)


def silence(
    story: Story,
    *matchers: Matcher,
    name: str = "s1",
    in_s: float = 0,
    hours: float = 1.0,
    role: Role = Role.OPERATOR,
    **said: Any,
) -> Story:
    """A person silences what matches, from so many seconds after now on."""
    story.now += timedelta(seconds=story.step_s)
    starts = story.now + timedelta(seconds=in_s)
    data = Silence(
        silence_id=name,
        matchers=list(matchers or (FAILED,)),
        starts_at=starts,
        ends_at=starts + timedelta(hours=hours),
        who="operator-7",
        role=role,
        position="control",
        **{"comment": "Pumps are being changed.", **said},
    )
    event = Silenced(id=f"act {name} {story.now.isoformat()}", source="api", time=story.now, recordedtime=story.now, data=data)
    return story.send(ACTS, event)


def unsilence(story: Story, name: str = "s1", role: Role = Role.OPERATOR) -> Story:
    story.now += timedelta(seconds=story.step_s)
    data = Unsilence(silence_id=name, who="operator-7", role=role, position="control")
    event = Unsilenced(id=f"end {name}", source="api", time=story.now, recordedtime=story.now, data=data)
    return story.send(ACTS, event)


def said_of_silences(story: Story) -> list[tuple[str, str | None]]:
    return [(entry.data.event, entry.data.refused) for entry in story.journal if entry.data.region == "silence"]


def test_what_stands_goes_on_the_shelf_and_comes_back_at_the_end() -> None:
    story = silence(Story(kind()).began())
    shelved = story.listed()[CONDITION].shelved
    assert (story.shown(), shelved.by, shelved.silence) == ("SHELVED", "operator-7", "s1")
    story.wait(3_600)
    assert (story.shown(), story.listed()[CONDITION].acknowledgement) == ("UNACKNOWLEDGED", "unacknowledged")
    assert said_of_silences(story) == [("silence", None), ("silence_began", None), ("silence_over", None)]


def test_an_alarm_that_begins_later_does_not_ring_and_the_journal_says_why() -> None:
    story = silence(Story(kind())).began()
    assert (story.shown(), story.bells(), story.line().silent) == ("SHELVED", [], "shelved")
    (entry,) = [entry.data for entry in story.journal if entry.data.region == "shelf"]
    assert (entry.text, entry.to) == ("silence s1: Pumps are being changed.", "shelved")
    assert story.wait(3_600).bells() == [(CONDITION, "released")]


def test_what_does_not_match_rings() -> None:
    story = silence(Story(kind()), AT_P1).began().began(OTHER)
    assert (story.shown(), story.shown(OTHER)) == ("SHELVED", "UNACKNOWLEDGED")


def test_a_silence_ended_by_a_person_gives_back_what_it_alone_keeps() -> None:
    story = silence(silence(Story(kind()).began().began(OTHER), AT_P1, name="s1", hours=2), name="s2", hours=1)
    unsilence(story, "s1")
    assert [story.listed()[each].shelved.silence for each in (CONDITION, OTHER)] == ["s2", "s2"]
    unsilence(story, "s2")
    assert (story.shown(), story.shown(OTHER)) == ("UNACKNOWLEDGED", "UNACKNOWLEDGED")


def test_a_silence_that_replaces_another_lets_nothing_ring_between() -> None:
    story = silence(silence(Story(kind())).began(), name="s2", replaces="s1", hours=2)
    assert (story.listed()[CONDITION].shelved.silence, story.bells()) == ("s2", [])
    assert said_of_silences(story)[-1] == ("replaced", None)


def test_a_pending_silence_begins_at_its_time() -> None:
    story = silence(Story(kind()), in_s=600).began()
    assert story.shown() == "UNACKNOWLEDGED"
    assert story.wait(600).shown() == "SHELVED"


def test_what_a_person_shelved_is_left_to_that_person() -> None:
    story = silence(Story(kind()).began().shelve(hours=0.5), hours=1)
    assert story.listed()[CONDITION].shelved.reason == "crew on site"
    unsilence(story)
    assert story.shown() == "SHELVED"


def test_what_a_person_takes_off_the_shelf_stays_off_until_it_begins_anew() -> None:
    story = silence(Story(kind()).began()).act("unshelve").changed()
    assert story.shown() == "UNACKNOWLEDGED"
    assert story.ended().began().shown() == "SHELVED"


def test_a_kind_is_silenced_no_longer_than_it_may_be_shelved() -> None:
    story = silence(Story(kind(shelve_max_h=0.25))).began()
    assert story.shown() == "SHELVED"
    assert story.wait(900).shown() == "UNACKNOWLEDGED"


def test_silences_outlive_a_restart_and_one_that_comes_twice_is_one() -> None:
    story = silence(Story(kind())).restart().again().began()
    assert story.shown() == "SHELVED"
    assert said_of_silences(story) == [("silence", None), ("silence_began", None)]


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"role": Role.VIEWER}, "role"),
        ({"comment": " "}, "reason"),
        ({"hours": 0}, "end"),
        ({"hours": 8.5}, "limit_of_role"),
        ({"hours": 72.5, "role": Role.SUPERVISOR}, "limit_of_role"),
        ({"replaces": "nothing"}, "unknown_silence"),
    ],
)
def test_a_silence_that_breaks_a_rule_is_refused_and_hides_nothing(said: dict[str, Any], refused: str) -> None:
    story = silence(Story(kind()), **said).began()
    assert (said_of_silences(story), story.shown()) == ([("silence", refused)], "UNACKNOWLEDGED")


@pytest.mark.parametrize(
    ("matcher", "refused"),
    [
        (Matcher(name="site", value="(P1", is_regex=True), "matcher"),
        (Matcher(name="nothing", value=""), "matches_everything"),
        (Matcher(name="site", value=".*", is_regex=True), "matches_everything"),
        (Matcher(name="site", value="P9", is_equal=False), "matches_everything"),
    ],
)
def test_a_silence_must_be_readable_and_leave_something_to_ring(matcher: Matcher, refused: str) -> None:
    story = silence(Story(kind()), matcher).began()
    assert (said_of_silences(story), story.shown()) == ([("silence", refused)], "UNACKNOWLEDGED")


def test_an_end_of_what_nobody_silenced_or_by_a_viewer_is_refused() -> None:
    story = unsilence(unsilence(Story(kind()), "s9"), "s1", Role.VIEWER)
    assert said_of_silences(story) == [("unsilence", "unknown_silence")] * 2
    assert said_of_silences(unsilence(silence(Story(kind())), role=Role.VIEWER))[-1] == ("unsilence", "role")


def test_an_area_has_so_many_silences_and_no_more() -> None:
    story = Story(kind())
    for number in range(201):
        silence(story, name=f"s{number}")
    assert said_of_silences(story)[-1] == ("silence", "too_many_silences")


def test_labels_match_as_those_of_alertmanager_do() -> None:
    labels = {"alertname": "Down", "job": "node"}
    assert all_match([Labelled("job", "no.e", is_regex=True), Labelled("env", "", is_equal=True)], labels)
    assert not Labelled("job", "ode", is_regex=True).matches(labels)
    assert Labelled("job", "x|", is_regex=True, is_equal=False).matches(labels)
    assert str(Labelled("job", "x", is_regex=True, is_equal=False)) == 'job!~"x"'
    assert fingerprint({}) == "cbf29ce484222325"
