"""The scoreboard: what the view counts and the API shows of the service's own forecasts."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from sqlmodel import Session
from support.views import fill
from support.waste_api import waste_api
from support.waste_events import configured, forecasted, minute, scored
from support.web import client
from talaia.contracts.vocabulary import Rule, Verdict
from talaia.stream.processor import Message
from talaia.stream.views.store import Store
from talaia.waste.view.project import VIEW
from talaia.waste.view.scoreboard import Tally, newest, tallies

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


async def test_before_anything_was_foreseen_the_scoreboard_is_empty_and_shares_are_unknown(tmp_path: Path) -> None:
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1")])
    async with client(app) as asking:
        board = (await asking.get("/v1/scoreboard")).json()
    assert board["items"] == []
    assert board["all_sites"]["warning"]["recall"] is None
