"""The whole input is read again from its first offset: into the same state, and with the state deleted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from support.counting import CLICKS, PARTITIONS, STATE, click
from support.counting_city import City, city_at
from support.counting_view import Shown, shown
from support.judgement import end_in_peace, judged
from support.plain_kafka import commit
from support.processes import wait_for
from support.recount import last_values, recounted
from talaia.contracts.vocabulary import Clock
from talaia.stream.clock import wall_now

pytestmark = [pytest.mark.broker, pytest.mark.timeout(1_800)]
KEYS = 200


@pytest.fixture
def city(broker: str, prefix: str, tmp_path: Path) -> Iterator[City]:
    """Time passes by the recording: nobody adds a tick to the input between two replays."""
    with city_at(broker, prefix, tmp_path, Clock.REPLAY) as town:
        yield town


def fill(town: City, first: int, events: int) -> None:
    feed = town.feed(0)
    for number in range(first, first + events):
        feed.send(click(f"k{number % KEYS}", number + 1000, wall_now()))
    feed.stop()


def state(town: City) -> list[dict[bytes, bytes]]:
    """Every part and the progress, as bytes."""
    return [last_values(town.bootstrap, town.prefix + STATE.name, number) for number in range(PARTITIONS)]


def view(town: City) -> Shown:
    return shown(town.settings, town.folder / "view.sqlite")


def from_the_start(town: City) -> None:
    """Take back what the group committed, as soon as nobody is in it."""

    def taken_back() -> bool:
        try:
            commit(town.bootstrap, town.prefix + town.processor.name, town.prefix + CLICKS.name, [0] * PARTITIONS)
        except KafkaException:
            return False
        return True

    wait_for(taken_back, "the group to be empty")


def delete_state(town: City) -> None:
    admin, topic = AdminClient({"bootstrap.servers": town.bootstrap}), town.prefix + STATE.name
    admin.delete_topics([topic], operation_timeout=20)[topic].result(20)
    wait_for(lambda: topic not in admin.list_topics(timeout=10).topics, "the changelog to be gone")
    town.apply_topics()


def replayed_into_the_same_state(town: City, events: int) -> None:
    fill(town, 0, events)
    town.ready(1)
    end_in_peace(town)
    from_the_start(town)
    assert town.lag() == events
    fill(town, events, KEYS)
    town.ready(1)
    end_in_peace(town)
    verdict = judged(town, "whole input again, into the same state", 1)
    assert verdict.repeated == 0
    assert view(town) == recounted(town.bootstrap, town.prefix)


def replayed_without_state(town: City, events: int) -> None:
    fill(town, 0, events)
    town.ready(1)
    end_in_peace(town)
    before, said = state(town), view(town)
    delete_state(town)
    town.ready(1)
    wait_for(lambda: state(town) == before, "the same state, byte for byte")
    end_in_peace(town)
    verdict = judged(town, "whole input again, changelog and progress deleted", 1, "same ids, same bytes of state")
    assert verdict.repeated == len(said.outcomes), "each outcome is said again, under the same id"
    assert state(town) == before
    assert view(town) == said == recounted(town.bootstrap, town.prefix)


def test_a_replay_of_the_whole_input_into_the_same_state_applies_nothing_twice(city: City) -> None:
    replayed_into_the_same_state(city, 10_000)


def test_a_replay_without_changelog_and_progress_makes_the_same_state_and_ids_and_no_view_counts_twice(city: City) -> None:
    replayed_without_state(city, 10_000)


@pytest.mark.slow
def test_a_long_replay_into_the_same_state_applies_nothing_twice(city: City) -> None:
    replayed_into_the_same_state(city, 200_000)


@pytest.mark.slow
def test_a_long_replay_without_changelog_and_progress_makes_the_same_state_and_ids(city: City) -> None:
    replayed_without_state(city, 200_000)
