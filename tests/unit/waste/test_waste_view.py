from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from sqlmodel import Session
from support.views import fill
from support.waste_events import configured, forecasted, minute, read
from talaia.contracts.vocabulary import Flag, Method, Quantity
from talaia.stream.processor import Message
from talaia.stream.views.store import Store
from talaia.waste.view import queries
from talaia.waste.view.project import KEPT, VIEW
from talaia.waste.view.score_tables import IssuedRow
from talaia.waste.view.tables import ReadingRow

Filled = Callable[[Sequence[Message]], Session]


@pytest.fixture
def filled(database_url: str) -> Iterator[Filled]:
    """A session of a view that took these messages."""
    with Store(VIEW, database_url).session() as session:

        def take(messages: Sequence[Message]) -> Session:
            fill(VIEW, database_url, messages)
            return session

        yield take


def test_a_configuration_brings_sites_and_takes_away_those_it_no_longer_names(filled: Filled) -> None:
    view = filled([configured("T1", "T2"), configured("X1", catchment="c2"), configured("T2", "T3", at=5)])
    assert [site.site for site, _, _ in queries.sites(view, minute(10), None, 10)] == ["T2", "T3", "X1"]
    assert queries.catchments(view) == {"T2": "c1", "T3": "c1", "X1": "c2", "G1": "c1"}


def test_a_site_shows_its_newest_level_by_the_time_measured_not_by_arrival(filled: Filled) -> None:
    view = filled([configured("T1"), read(1, level_m=1.0, at=10), read(2, level_m=2.0, at=5, late=True)])
    found = queries.site(view, minute(10), "T1")
    assert found is not None
    assert found[1] is not None
    assert (found[1].level_m, found[1].time) == (1.0, minute(10))


def test_a_later_judgement_of_a_measurement_replaces_the_first_wherever_it_is_shown(filled: Filled) -> None:
    view = filled([configured("T1"), read(1, flag=Flag.SUSPECT, test="spike"), read(1, flag=Flag.GOOD, order=2)])
    assert queries.counted(view, ReadingRow.flag) == {1: 1}
    found = queries.site(view, minute(10), "T1")
    assert found is not None
    assert found[1] is not None
    assert found[1].flag == Flag.GOOD


def test_what_a_stopped_worker_says_late_changes_neither_readings_nor_forecasts(filled: Filled) -> None:
    newer = [read(1, flag=Flag.GOOD, order=7), forecasted(9, minutes_to_overflow=12)]
    zombie = [read(1, flag=Flag.FAIL, order=3), forecasted(4)]
    view = filled([configured("T1"), *newer, *zombie])
    assert queries.counted(view, ReadingRow.flag) == {1: 1}
    assert [row.issued_at for row in queries.forecasts(view, minute(10), None, 10)] == [minute(9)]


def test_outcomes_repeated_after_a_crash_count_once(filled: Filled) -> None:
    said = [forecasted(1), forecasted(2, method=Method.LINEAR), read(3)]
    view = filled([configured("T1"), *said, *said])
    assert queries.counted(view, IssuedRow.method) == {"grey_box": 1, "linear": 1}
    assert queries.counted(view, ReadingRow.flag) == {1: 1}
    assert queries.projected(view)["waste.forecasts.v1"] == (4, 0)


def test_forecasts_stand_by_time_left_and_those_without_overflow_last(filled: Filled) -> None:
    view = filled(
        [
            configured("T1", "T2", "T3", "T4"),
            forecasted(1, "T1"),
            forecasted(1, "T2", 25),
            forecasted(1, "T3", 10),
            forecasted(0, "T4", 26),
        ]
    )
    assert [row.site for row in queries.forecasts(view, minute(10), None, 10)] == ["T3", "T2", "T4", "T1"]


def test_readings_of_a_site_are_cut_by_time_and_quantity(filled: Filled) -> None:
    view = filled([read(number) for number in range(10)] + [read(20, site="T2")])
    found = queries.readings(view, "T1", (minute(3), minute(6)), Quantity.LEVEL, None, 10)
    assert [row.measurement for row in found] == ["3", "4", "5"]
    assert not queries.readings(view, "T1", (None, None), Quantity.FLOW, None, 10)


def test_what_the_topics_no_longer_hold_is_forgotten(filled: Filled) -> None:
    later = (KEPT + timedelta(minutes=5)) / timedelta(minutes=1)
    view = filled([configured("T1"), read(1), forecasted(1), read(8), read(int(later))])
    assert {row.measurement for row in queries.readings(view, "T1", (None, None), None, None, 10)} == {"8", str(int(later))}
    assert queries.counted(view, IssuedRow.method) == {}
    assert len(queries.forecasts(view, minute(10), None, 10)) == 1


def test_it_does_not_matter_in_which_partition_what_the_topics_no_longer_hold_comes_last(filled: Filled) -> None:
    later = (KEPT + timedelta(minutes=5)) / timedelta(minutes=1)
    view = filled([configured("T1", "T2"), read(int(later)), read(1, site="T2"), read(8, site="T2")])
    assert {row.measurement for row in queries.readings(view, "T2", (None, None), None, None, 10)} == {"8"}


def test_a_site_that_moved_to_another_catchment_shows_the_forecast_of_that_one(filled: Filled) -> None:
    moved = [configured("T2", at=5), configured("T1", catchment="c2", at=5), forecasted(7, catchment="c2", minutes_to_overflow=9)]
    late = forecasted(1_000)
    view = filled([configured("T1", "T2"), forecasted(999), *moved, late])
    found = queries.site(view, minute(10), "T1")
    assert found is not None
    assert found[2] is not None
    assert (found[2].catchment, found[2].minutes_to_overflow) == ("c2", 9)
    assert [row.catchment for row in queries.forecasts(view, minute(10), None, 10)] == ["c2"]


def test_a_configuration_under_the_key_of_another_catchment_changes_nothing(filled: Filled) -> None:
    astray = configured(at=5)._replace(key="c2")
    view = filled([configured("T1"), astray, astray])
    assert queries.catchments(view) == {"T1": "c1", "G1": "c1"}


@pytest.mark.parametrize("first", [0, 1])
def test_a_site_that_moved_is_of_its_new_catchment_whichever_is_heard_of_first(filled: Filled, first: int) -> None:
    before = [configured("T1", at=at) for at in range(3)]
    moved = [configured("T2", at=5), configured("T1", catchment="c2", at=5)]
    view = filled([*before, moved[first], moved[1 - first]])
    assert queries.catchments(view)["T1"] == "c2"
    assert [(site.site, site.catchment) for site, _, _ in queries.sites(view, minute(10), None, 10)] == [
        ("T1", "c2"),
        ("T2", "c1"),
    ]
