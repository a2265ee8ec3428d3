"""Every topic of the catalogue is a whole promise."""

from datetime import timedelta

import pytest
from talaia.contracts.catalogue import ACTS, CHANGELOGS, INPUTS, PARTITIONS, TOPICS, Changelog, Cleanup, Topic, every_topic
from talaia.contracts.envelope import Tick
from talaia.contracts.vocabulary import Access

of_every_topic = pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)

OURS = [topic for topic in TOPICS if topic.owner in ("waste", "alerts")]
"""A new service adds to the catalogue, and changes nothing of these."""


def test_topic_names_are_unique() -> None:
    names = [topic.name for topic in every_topic()]
    assert len(set(names)) == len(names)


@of_every_topic
def test_a_topic_says_what_it_is_whose_it_is_and_how_long_it_is_kept(topic: Topic) -> None:
    domain, _, version = topic.name.split(".")
    assert version == "v1"
    assert topic.owner == domain
    assert topic.purpose
    assert topic.key
    assert topic.personal_data
    assert topic.events
    assert topic.written_by
    assert topic.read_by
    assert topic.partitions == PARTITIONS
    assert isinstance(topic.access, Access)
    assert topic.retention is None or topic.cleanup is Cleanup.DELETE


def test_of_what_is_not_compacted_only_the_record_of_spills_is_kept_for_ever() -> None:
    kept = {topic.name for topic in OURS if topic.retention is None and topic.cleanup is Cleanup.DELETE}
    assert kept == {"waste.spills.v1"}


@of_every_topic
def test_what_holds_personal_data_is_not_public(topic: Topic) -> None:
    assert topic.personal_data == "none" or topic.access is not Access.PUBLIC


@pytest.mark.parametrize("topic", INPUTS, ids=lambda topic: topic.name)
def test_rejects_are_kept_no_longer_and_no_less_secret_than_their_source(topic: Topic) -> None:
    rejected = topic.rejected
    assert rejected.name == f"{topic.name}.rejected"
    assert rejected.owner == topic.owner
    assert rejected.cleanup is Cleanup.DELETE
    assert rejected.access is topic.access
    assert rejected.personal_data == topic.personal_data
    assert rejected.retention is not None
    assert rejected.retention <= (topic.retention or timedelta.max)
    assert set(rejected.written_by) <= set(topic.read_by)
    assert rejected.written_by
    assert rejected.max_message_bytes > topic.max_message_bytes


@pytest.mark.parametrize("changelog", CHANGELOGS, ids=lambda changelog: changelog.worker)
def test_state_is_as_secret_as_the_most_secret_input_and_its_own_workers_alone(changelog: Changelog) -> None:
    order = list(Access)
    assert order.index(changelog.topic.access) == max(order.index(topic.access) for topic in changelog.inputs)
    assert changelog.topic.cleanup is Cleanup.COMPACT
    assert changelog.topic.written_by == changelog.topic.read_by == (changelog.worker,)
    assert all(changelog.worker in topic.read_by for topic in changelog.inputs)


@pytest.mark.parametrize("changelog", CHANGELOGS, ids=lambda changelog: changelog.worker)
def test_the_first_input_of_a_worker_takes_its_ticks(changelog: Changelog) -> None:
    assert any(issubclass(event, Tick) for event in changelog.inputs[0].events)
    assert changelog.worker in changelog.inputs[0].written_by


def test_an_event_that_tells_its_key_tells_it_in_the_field_named_for_it() -> None:
    told = {event.__name__: field for topic in OURS for event in topic.events if (field := topic.key_field(event))}
    assert told == {
        "Nowcasted": "catchment",
        "Configured": "catchment",
        "Read": "site",
        "Forecasted": "site",
        "Scored": "site",
        "Assessed": "site",
        "SpillRecorded": "site",
        "MonthWatched": "site",
        "PolicyConfigured": "area",
        "AlarmStands": "alarm_id",
        "IncidentStands": "incident_id",
    }


def test_what_workers_alone_write_is_an_output() -> None:
    assert {topic.name for topic in OURS if topic.is_output} == {
        "waste.readings.v1",
        "waste.scores.v1",
        "waste.equipment.v1",
        "waste.forecasts.v1",
        "waste.spills.v1",
        "alerts.alarms.v1",
        "alerts.journal.v1",
        "alerts.incidents.v1",
    }


def test_a_broker_has_every_topic_its_rejects_and_the_state_of_every_worker() -> None:
    assert {topic.name for topic in every_topic()} == {
        *(topic.name for topic in TOPICS),
        *(f"{topic.name}.rejected" for topic in INPUTS),
        *(f"{changelog.worker}-state-changelog" for changelog in CHANGELOGS),
    }
    assert f"{ACTS.name}.rejected" in {topic.name for topic in every_topic()}
