"""The scoreboard: what the view counts and the API shows of the service's own forecasts."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event
from sqlmodel import Session
from support.town import Town
from support.views import fill
from support.waste_api import waste_api
from support.waste_events import START, advisory, configured, forecasted, minute, scored
from support.web import client
from talaia.contracts.envelope import sequence
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.stream.processor import Cause, Message
from talaia.stream.views.store import Store
from talaia.waste.model.outcomes import Signal
from talaia.waste.view.project import VIEW
from talaia.waste.view.reliability import Said, reliability
from talaia.waste.view.scoreboard import Tally, newest, reliable, tallies
from talaia.waste.worker import translate

Filled = Callable[[Sequence[Message]], Session]
DAY = 24 * 60
TOLD = [
    scored(0, Verdict.HIT, lead_min=4.0),
    scored(40 * DAY, Verdict.HIT, lead_min=15.0),
    scored(40 * DAY, Verdict.HIT, lead_min=31.0, rule=Rule.WATCH),
    scored(40 * DAY + 1, Verdict.FALSE_ALARM),
    scored(40 * DAY + 2, Verdict.MISS),
    scored(40 * DAY + 3, Verdict.HIT, site="T2", lead_min=90.0),
]


@pytest.fixture
def filled(database_url: str) -> Iterator[Filled]:
    with Store(VIEW, database_url).session() as session:

        def take(messages: Sequence[Message]) -> Session:
            fill(VIEW, database_url, messages)
            return session

        yield take


def test_verdicts_are_counted_by_site_and_rule_and_hits_by_their_lead(filled: Filled) -> None:
    view = filled(TOLD)
    assert tallies(view) == {
        ("T1", Rule.WARNING): Tally(2, 1, 1, (1, 0, 0, 1, 0, 0)),
        ("T1", Rule.WATCH): Tally(1, 0, 0, (0, 0, 0, 0, 1, 0)),
        ("T2", Rule.WARNING): Tally(1, 0, 0, (0, 0, 0, 0, 0, 1)),
    }


def test_only_what_is_known_since_a_moment_counts_and_the_moment_itself_does(filled: Filled) -> None:
    view = filled(TOLD)
    assert tallies(view, minute(40 * DAY + 2)) == {
        ("T1", Rule.WARNING): Tally(0, 1, 0),
        ("T2", Rule.WARNING): Tally(1, 0, 0, (0, 0, 0, 0, 0, 1)),
    }
    assert newest(view) is None


def test_the_same_verdict_again_is_counted_once(filled: Filled) -> None:
    assert tallies(filled([*TOLD, *TOLD])) == tallies(filled([]))


async def test_the_api_shows_shares_ever_and_of_the_last_30_days(tmp_path: Path) -> None:
    messages = [configured("T1", "T2"), *TOLD, forecasted(40 * DAY + 5)]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", messages)
    async with client(app) as asking:
        board = (await asking.get("/v1/scoreboard")).json()
    first = board["items"][0]
    assert (first["site"], first["rule"]) == ("T1", "warning")
    assert first["ever"] == {
        "hits": 2,
        "misses": 1,
        "false_alarms": 1,
        "recall": 0.6667,
        "false_alarm_ratio": 0.3333,
        "critical_success_index": 0.5,
        "leads": {"0": 1, "5": 0, "10": 0, "15": 1, "30": 0, "60": 0},
    }
    assert (first["last_30_days"]["hits"], first["last_30_days"]["recall"]) == (1, 0.5)
    assert board["all_sites"]["warning"]["hits"] == 3
    assert board["all_sites"]["watch"]["false_alarm_ratio"] == 0.0


async def test_the_api_shows_how_far_a_rule_looks_and_where_it_only_advises(tmp_path: Path) -> None:
    words = [advisory(1, "T1", SignalState.BEGAN), advisory(2, "T2", SignalState.BEGAN), advisory(3, "T2", SignalState.ENDED)]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1", "T2"), *TOLD, *words])
    async with client(app) as asking:
        items = (await asking.get("/v1/scoreboard")).json()["items"]
    assert [(each["site"], each["rule"], each["horizon_min"], each["advisory"]) for each in items] == [
        ("T1", "warning", 30, True),
        ("T1", "watch", 60, False),
        ("T2", "warning", 30, False),
    ]


async def test_before_anything_was_foreseen_the_scoreboard_is_empty_and_shares_are_unknown(tmp_path: Path) -> None:
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1")])
    async with client(app) as asking:
        board = (await asking.get("/v1/scoreboard")).json()
    assert board["items"] == []
    assert board["all_sites"]["warning"]["recall"] is None


def said(probability: float, at: float, site: str = "T1") -> Said:
    return Said(site, minute(at), probability)


def test_probabilities_are_compared_with_what_came_within_half_an_hour() -> None:
    starts = {"T1": [minute(100)]}
    found = reliability([said(0.35, 70), said(0.31, 69), said(0.95, 99), said(0.01, 90), said(0.6, 100)], starts, minute(200))
    assert [(each.forecasts, each.came_true) for each in found.bins] == [
        (0, 0),
        (0, 0),
        (0, 0),
        (2, 1),
        (0, 0),
        (0, 0),
        (1, 0),
        (0, 0),
        (0, 0),
        (1, 1),
    ]
    assert found.bins[3].mean_probability == pytest.approx(0.33)
    assert found.brier == pytest.approx((0.65**2 + 0.31**2 + 0.05**2 + 0.6**2) / 4)


def test_a_forecast_whose_half_hour_has_not_passed_is_not_judged() -> None:
    assert reliability([said(0.5, 171)], {}, minute(200)).brier is None
    assert reliability([said(0.5, 170)], {}, minute(200)).brier == 0.25


@given(st.lists(st.tuples(st.floats(0.02, 1.0), st.integers(0, 100)), max_size=50), st.lists(st.integers(0, 130), max_size=5))
def test_every_forecast_is_counted_once_and_the_score_lies_between_0_and_1(
    forecasts: list[tuple[float, int]], starts: list[int]
) -> None:
    found = reliability([said(*each) for each in forecasts], {"T1": [minute(each) for each in sorted(starts)]}, minute(200))
    assert sum(each.forecasts for each in found.bins) == len(forecasts)
    assert all(each.came_true <= each.forecasts for each in found.bins)
    assert found.brier is None if not forecasts else 0 <= found.brier <= 1


def test_the_view_compares_what_it_issued_with_overflows_that_it_heard_of(filled: Filled) -> None:
    town = Town().configured()
    town.levels([1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.01, 5.0])
    signals = [
        translate.message("upper", outcome, Cause("waste.measurements.v1", 0, n, sequence(n)), "1")
        for n, outcome in enumerate(town.of(Signal))
    ]
    [began] = [each for each in town.of(Signal) if each.kind.endswith("started")]
    issued = began.said_at - timedelta(minutes=20)
    forecast = forecasted((issued - START).total_seconds() / 60, minutes_to_overflow=20.0, probability=0.7)
    view = filled([*signals, forecast])
    found = reliable(view, issued - timedelta(hours=1), issued + timedelta(hours=1))
    assert [(each.forecasts, each.came_true) for each in found.bins if each.forecasts] == [(1, 1)]


def test_of_the_forecasts_of_a_month_only_those_that_are_scored_are_read(tmp_path: Path) -> None:
    url, asked = f"sqlite:///{tmp_path / 'view.db'}", list[tuple[str, Any]]()
    fill(VIEW, url, [forecasted(1, probability=0.5), forecasted(2, probability=0.001)])
    with Store(VIEW, url).session() as view:
        connection = view.connection()
        event.listen(connection, "before_cursor_execute", lambda *told: asked.append((told[2], told[3])))
        reliable(view, START, minute(DAY))
        query, values = next(each for each in asked if "waste_forecasts_issued" in each[0])
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values).all()
    assert "COVERING INDEX waste_forecasts_likely" in str(plan)
