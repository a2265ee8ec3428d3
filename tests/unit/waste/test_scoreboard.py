"""The scoreboard: what the view counts and the API shows of the service's own forecasts."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from sqlalchemy import event
from sqlmodel import Session
from support.town import Town
from support.views import fill
from support.waste_api import waste_api
from support.waste_events import START, advisory, configured, forecasted, minute, read, scored, signalled
from support.web import client
from talaia.contracts import alerts
from talaia.contracts.envelope import sequence
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.stream.processor import Cause, Message
from talaia.stream.views.store import Store
from talaia.waste.model.outcomes import Signal
from talaia.waste.view.probabilities import reliable
from talaia.waste.view.project import VIEW
from talaia.waste.view.reliability import Said, reliability
from talaia.waste.view.scoreboard import Tally, newest, tallies
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


def started(number: int, site: str) -> Message:
    message = signalled(number, site)
    assert isinstance(message.event, alerts.Signalled)
    data = replace(message.event.data, kind="waste.overflow_started", condition_id=f"waste.overflow_started/{site}")
    return message._replace(event=replace(message.event, id=f"started-{site}-{number}", data=data))


HOURS = st.integers(0, 60 * 24)
SITES = st.sampled_from(["T1", "T2"])


@settings(max_examples=3, deadline=None)
@given(
    st.lists(st.tuples(HOURS, SITES, st.floats(0.0, 1.0)), max_size=12, unique_by=lambda each: each[:2]),
    st.lists(st.tuples(HOURS, SITES), max_size=6, unique=True),
)
def test_what_is_forgotten_and_what_is_kept_count_together_as_if_all_were_kept(
    forecasts: list[tuple[int, str, float]], overflows: list[tuple[int, str]]
) -> None:
    told = [(60 * at, forecasted(60 * at, site, probability=share)) for at, site, share in forecasts]
    told += [(60 * at + 20, started(60 * at + 20, site)) for at, site in overflows]
    told += [(DAY * day, read(day, at=DAY * day)) for day in (0, 15, 30, 45, 61)]
    messages = [message for _, message in sorted(told, key=lambda each: each[0])]
    until = minute(62 * DAY)
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/view.sqlite"
        fill(VIEW, url, messages + messages[:5])
        with Store(VIEW, url).session() as view:
            for of in (None, "T1", "T2"):
                plain = [said(share, 60 * at, site) for at, site, share in forecasts if of in (None, site)]
                starts = {site: [minute(60 * at + 20) for at, on in sorted(overflows) if on == site] for site in ("T1", "T2")}
                recount, found = reliability(plain, starts, until), reliable(view, None, until, of)
                assert [each[::2] for each in found.bins] == [each[::2] for each in recount.bins]
                assert [each[1] for each in found.bins] == pytest.approx([each[1] for each in recount.bins])
                assert found.brier == pytest.approx(recount.brier)
                assert found.skill == pytest.approx(recount.skill)


def test_a_probability_that_is_forgotten_is_counted_once_for_ever_and_not_of_late(filled: Filled) -> None:
    old = [forecasted(0, probability=0.7), started(20, "T1"), forecasted(1, "T2", probability=0.4)]
    view = filled([*old, read(1, at=31 * DAY), read(2, at=32 * DAY), *old])
    now = minute(32 * DAY)
    assert reliable(view, None, now, "T1").brier == pytest.approx(0.09)
    assert reliable(view, None, now, "T2").brier == pytest.approx(0.16)
    assert reliable(view, None, now).skill == pytest.approx(0.5)
    assert reliable(view, now - timedelta(days=30), now).brier is None


@pytest.mark.parametrize("asked", ["period=never", "site=", "site=%00", "site=" + "x" * 201])
async def test_a_period_or_a_site_that_cannot_be_is_refused(tmp_path: Path, asked: str) -> None:
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1")])
    async with client(app) as asking:
        assert (await asking.get(f"/v1/scoreboard?{asked}")).status_code == 422


async def test_the_api_tells_of_one_site_alone_and_of_the_period_asked_for(tmp_path: Path) -> None:
    likely = [forecasted(0, probability=0.5), forecasted(0, "T2", probability=0.8), forecasted(40 * DAY + 5, "T2")]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1", "T2"), *TOLD, *likely])
    async with client(app) as asking:
        ever = (await asking.get("/v1/scoreboard?site=T2&period=ever")).json()
        lately = (await asking.get("/v1/scoreboard?site=T2")).json()
    assert [each["site"] for each in ever["items"]] == ["T2"]
    assert ever["all_sites"]["warning"]["hits"] == 1
    assert (ever["reliability"]["brier_score"], lately["reliability"]["brier_score"]) == (0.64, None)


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
