"""Alarms that belong together: how sure they are, what people do to them, and that they stay cheap."""

import pytest
from support.story import Story, kind
from talaia.contracts.alerts import Location
from talaia.contracts.vocabulary import Certainty, OperatorVerdict, Role

PUMP, LEVEL, GAS = "waste.pump_failed/P1", "waste.level_high/T1", "waste.gas_high/G1"
REPORTS = "feedback.cluster/C1"
WORKS = Location(site="works", name="The works")


def story(*conditions: str) -> Story:
    """Alarms of one place, so that they are one incident; all is told of by the end."""
    told = Story(kind(), kind("waste.level_high"), kind("waste.gas_high"))
    for condition in conditions:
        told.began(condition, location=WORKS)
    return told.wait(1)


def test_the_title_says_what_and_where_and_how_many_more() -> None:
    assert story(PUMP).incident(PUMP).title == "waste.pump_failed: The works"
    assert story(PUMP, LEVEL, GAS).incident(PUMP).title == "waste.pump_failed: The works and 2 more"


@pytest.mark.parametrize(
    ("conditions", "sure"),
    [
        ((PUMP,), Certainty.SINGLE_SOURCE),
        ((PUMP, "waste.level_high/P1"), Certainty.SINGLE_SOURCE),
        ((PUMP, LEVEL), Certainty.CORROBORATED),
        ((PUMP, LEVEL, REPORTS), Certainty.CORROBORATED_ACROSS_DOMAINS),
    ],
)
def test_an_incident_is_as_sure_as_its_witnesses_are_different(conditions: tuple[str, ...], sure: Certainty) -> None:
    assert story(*conditions).incident(PUMP).certainty == sure


def test_what_a_person_denies_counts_no_more_and_what_one_confirms_is_confirmed() -> None:
    told = story(PUMP, LEVEL)
    told.act("verdict", PUMP, verdict=OperatorVerdict.FALSE)
    assert told.incident(PUMP).certainty == Certainty.SINGLE_SOURCE
    told.act("verdict", LEVEL, verdict=OperatorVerdict.FALSE)
    assert told.incident(PUMP).certainty == Certainty.DENIED
    told.act("verdict", LEVEL, verdict=OperatorVerdict.TRUE)
    assert told.incident(PUMP).certainty == Certainty.CONFIRMED
    assert told.incident(PUMP).reasons == [f"operator-7 says that {LEVEL} is so"]


def test_a_forecast_that_came_true_confirms_its_incident() -> None:
    told = story(PUMP).realised(PUMP, became=LEVEL, location=WORKS).wait(1)
    assert told.incident(PUMP).certainty == Certainty.CONFIRMED
    assert told.incident(PUMP).reasons == [f"{PUMP} came true as {LEVEL}"]


def test_how_sure_an_incident_is_changes_no_alarm() -> None:
    alone, together = story(PUMP), story(PUMP, LEVEL, REPORTS)
    assert alone.listed()[PUMP].priority == together.listed()[PUMP].priority


def test_an_incident_that_grows_is_told_of_once_a_second_and_whole_in_the_end() -> None:
    told = Story(kind())
    told.step_s = 0.01
    conditions = [f"waste.pump_failed/{number}" for number in range(100)]
    for condition in conditions:
        told.began(condition, location=WORKS)
    told.wait(2)
    assert len(told.incidents) <= 3
    assert told.incidents[-1].members == conditions
    assert told.incidents[-1].standing == 100


def test_a_supervisor_closes_an_incident_whose_alarms_go_on_and_a_new_activation_opens_another() -> None:
    told = story(PUMP, LEVEL)
    first = told.incident(PUMP)
    told.act_on_incident("close_incident", PUMP)
    assert told.journal[-1].data.refused == "role"
    told.act_on_incident("close_incident", PUMP, role=Role.SUPERVISOR).again()
    assert told.incident(PUMP).closed_by == "operator-7"
    assert told.shown(PUMP) == "UNACKNOWLEDGED"
    told.act_on_incident("close_incident", PUMP, role=Role.SUPERVISOR)
    assert told.journal[-1].data.refused == "already_closed"
    told.began(GAS, location=WORKS)
    assert told.incident(GAS).incident_id != first.incident_id


def test_two_incidents_that_a_person_merges_are_the_older_one() -> None:
    told = Story(kind(), kind("waste.level_high")).began(PUMP).began(LEVEL)
    older = told.incident(PUMP).incident_id
    told.act_on_incident("merge", LEVEL, into=PUMP)
    assert told.incident(LEVEL).incident_id == older
    assert told.incident(LEVEL).members == [PUMP, LEVEL]
    assert told.incident(LEVEL).standing == 2


def test_alarms_that_a_person_splits_off_stay_apart_until_a_person_merges_them() -> None:
    told = story(PUMP, LEVEL, GAS).act_on_incident("split", PUMP, PUMP, GAS).wait(2)
    assert told.incident(PUMP).members == [PUMP, GAS]
    assert (told.incident(LEVEL).members, told.incident(LEVEL).first_out) == ([LEVEL], LEVEL)
    assert (told.incident(PUMP).standing, told.incident(LEVEL).standing) == (2, 1)
    told.ended(PUMP, location=WORKS).act("acknowledge", PUMP).began(PUMP, location=WORKS)
    assert told.incident(PUMP).incident_id != told.incident(LEVEL).incident_id
    told.act_on_incident("merge", PUMP, into=LEVEL)
    assert told.incident(PUMP).members == [LEVEL, PUMP, GAS]


def test_an_act_on_an_incident_nobody_knows_or_on_no_member_is_refused_and_changes_nothing() -> None:
    told = story(PUMP, LEVEL)
    told.began("waste.gas_high/far")
    told.act("close_incident", nothing=(), incident="nobody", role=Role.SUPERVISOR)
    assert told.journal[-1].data.refused == "unknown_incident"
    before = len(told.alarms)
    told.act_on_incident("split", PUMP, "waste.gas_high/far")
    assert told.journal[-1].data.refused == "not_a_member"
    told.act_on_incident("split", PUMP, PUMP, LEVEL)
    assert told.journal[-1].data.refused == "nothing_left"
    assert len(told.alarms) == before


def test_an_act_that_names_nothing_is_rejected() -> None:
    told = story(PUMP).act("close_incident", nothing=())
    assert [reject.reason for reject in told.rejects] == ["names_nothing"]


def test_an_engineer_retires_a_source_and_its_conditions_end_with_that_reason() -> None:
    told = story(PUMP, LEVEL).alive(PUMP, LEVEL)
    said = {"nothing": (), "retired_source": "waste", "reason": "pumps were replaced"}
    told.act("retire_source", **said)
    assert told.journal[-1].data.refused == "role"
    told.act("retire_source", role=Role.ENGINEER, **said)
    assert [told.state(each)["condition"] for each in (PUMP, LEVEL)] == ["normal", "normal"]
    ends = [entry.data for entry in told.journal if entry.data.region == "condition" and entry.data.to == "normal"]
    assert {entry.text for entry in ends} == {"pumps were replaced"}
    told.wait(3600)
    assert "alerts.source_silent/waste" not in told.listed()


def test_a_merged_incident_is_known_for_as_long_as_an_alarm_names_it() -> None:
    told = Story(kind(), kind("waste.level_high")).began(PUMP).began(LEVEL).act_on_incident("merge", LEVEL, into=PUMP)
    told.wait(30 * 3600)
    told.ended(PUMP).ended(LEVEL).act("acknowledge", PUMP, LEVEL).wait(1900)
    assert told.incident(LEVEL).closed_at
