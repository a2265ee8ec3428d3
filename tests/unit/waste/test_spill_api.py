"""The record of spills over HTTP: lists, tables for the regulator, and what the public may see."""

import csv
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from support.postgres import DATABASES
from support.views import fill
from support.waste_api import shown_at, waste_api
from support.waste_events import configured, minute, read, spilt, watched
from support.web import client
from talaia.contracts.spills import YearCount
from talaia.contracts.vocabulary import Flag
from talaia.stream.processor import Message
from talaia.stream.views.store import Store
from talaia.waste.api.returns import annual_return, event_list
from talaia.waste.api.standing import status
from talaia.waste.view import spills as record_of
from talaia.waste.view.project import VIEW
from talaia.waste.view.tables import SiteRow

DAY = 24 * 60
NOW = 3 * DAY
NEW_YEAR = -59 * DAY


def record() -> list[Message]:
    """T1 spilt twice and spills; T2 spilt, and is silent; of T3 a spill was withdrawn, and another it had; T4 never spoke."""
    year = [YearCount(year=2026, counted=2, duration_s=5_400.0)]
    over_new_year = [YearCount(year=2025, counted=9, duration_s=600.0), YearCount(year=2026, counted=1, duration_s=1_200.0)]
    return [
        configured("T1", "T2", "T3", "T4"),
        read(1, "T1", at=NOW - 5),
        read(2, "T2", at=NOW - 90),
        read(3, "T3", at=NOW - 5),
        spilt(4, "T1", 60, None),
        spilt(5, "T1", 60, 150),
        spilt(6, "T1", DAY + 60, DAY + 150, counted=year),
        spilt(7, "T1", NOW - 30, None, counted=[YearCount(year=2026, counted=3, duration_s=300.0)]),
        spilt(8, "T2", NEW_YEAR - 10, NEW_YEAR + 20, counted=over_new_year),
        spilt(9, "T3", 500, 600),
        spilt(10, "T3", NOW - 30, NOW - 10),
        spilt(11, "T3", NOW - 30, NOW - 10, withdrawn=True),
        watched(12, "T1", 1),
        watched(13, "T1", 2, known_share=0.5),
    ]


@pytest.fixture(scope="module", params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    url = f"sqlite:///{tmp_path_factory.mktemp('spills')}/view.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    app, _ = waste_api(url, record())
    return app


@pytest.fixture
async def asking(api: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with client(api) as asking:
        yield asking


async def items(asking: httpx.AsyncClient, path: str, **params: str) -> list[Any]:
    answer = await asking.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def table(asking: httpx.AsyncClient, path: str, **params: str) -> list[dict[str, str]]:
    answer = await asking.get(path, params=params)
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(answer.text.splitlines()))


async def test_spills_are_listed_as_they_were_last_said_the_newest_first(asking: httpx.AsyncClient) -> None:
    found = await items(asking, "/v1/spills", site="T1")
    assert [each["spill_id"] for each in found] == [f"T1/{NOW - 30}", f"T1/{DAY + 60}", "T1/60"]
    assert found[2]["end"] == minute(150).isoformat().replace("+00:00", "Z")
    assert (found[2]["volume_m3"], found[2]["volume_method"]) == (12.34, "weir")
    assert found[1]["counted"] == [{"year": 2026, "counted": 2, "duration_s": 5_400.0}]


async def test_a_withdrawn_spill_stays_in_the_list_and_says_so(asking: httpx.AsyncClient) -> None:
    assert [each["withdrawn"] for each in await items(asking, "/v1/spills", site="T3")] == [True, False]


async def test_spills_come_in_pages_and_between_moments(asking: httpx.AsyncClient) -> None:
    first = (await asking.get("/v1/spills", params={"limit": "4"})).json()
    rest = (await asking.get("/v1/spills", params={"limit": "4", "cursor": first["next"]})).json()
    assert [len(first["items"]), len(rest["items"]), rest["next"]] == [4, 2, None]
    span = {"start": minute(60).isoformat(), "end": minute(500).isoformat()}
    assert [each["spill_id"] for each in await items(asking, "/v1/spills", **span)] == ["T1/60"]


async def test_the_public_sees_whether_a_site_spills_without_a_login(api: FastAPI, asking: httpx.AsyncClient) -> None:
    found = await at(NOW, api, asking)
    assert [(each["Id"], each["Status"]) for each in found] == [("T1", 1), ("T2", -1), ("T3", 0), ("T4", -1)]
    assert [each["StatusStart"] for each in found] == [ms(NOW - 30), ms(NOW - 90), ms(600), None]
    assert (found[0]["LatestEventStart"], found[0]["LatestEventEnd"]) == (ms(NOW - 30), None)
    assert (found[2]["LatestEventStart"], found[2]["LatestEventEnd"]) == (ms(500), ms(600))
    assert (found[0]["Latitude"], found[0]["Longitude"], found[3]["LatestEventStart"]) == (41.4, 2.2, None)


async def test_a_site_of_which_nothing_is_heard_for_an_hour_is_offline(api: FastAPI, asking: httpx.AsyncClient) -> None:
    assert {each["Status"] for each in await at(NOW + 56, api, asking)} == {-1}


async def at(number: float, api: FastAPI, asking: httpx.AsyncClient) -> list[Any]:
    """What the public sees when a replay has come to this minute."""
    with shown_at(api, number):
        return await items(asking, "/v1/public/spills")


def ms(number: float) -> int:
    return round(minute(number).timestamp() * 1_000)


async def test_the_event_list_has_a_line_for_each_spill_that_stands(asking: httpx.AsyncClient) -> None:
    lines = await table(asking, "/v1/spills.csv", start=minute(NEW_YEAR - 10).isoformat(), end=minute(NOW).isoformat())
    assert [line["spill_id"] for line in lines] == [f"T1/{NOW - 30}", f"T1/{DAY + 60}", "T3/500", "T1/60", f"T2/{NEW_YEAR - 10}"]
    assert (lines[0]["end"], lines[0]["volume_m3"], lines[3]["volume_m3"]) == ("", "", "12.3")
    assert (lines[1]["name"], lines[1]["duration_s"], lines[1]["counted"]) == ("Tank T1", "5400", "2")


@pytest.mark.parametrize(("start", "end"), [(0, 0), (60, 0), (0, 366 * DAY + 1)])
async def test_a_span_that_is_empty_or_longer_than_a_year_is_refused_with_the_cure(
    asking: httpx.AsyncClient, start: int, end: int
) -> None:
    answer = await asking.get("/v1/spills.csv", params={"start": minute(start).isoformat(), "end": minute(end).isoformat()})
    assert (answer.status_code, answer.json()["code"]) == (409, "time_range")
    assert "ask for a year at a time" in answer.json()["detail"]


async def test_without_a_span_it_says_which_of_its_ends_is_missing(asking: httpx.AsyncClient) -> None:
    answer = await asking.get("/v1/spills.csv", params={"start": minute(0).isoformat()})
    assert answer.status_code == 422
    assert [fault["where"] for fault in answer.json()["faults"]] == ["query/end"]


async def test_the_annual_return_counts_adds_up_and_says_how_well_it_was_watched(api: FastAPI, asking: httpx.AsyncClient) -> None:
    with shown_at(api, NOW):
        lines = {line["site"]: line for line in await table(asking, "/v1/annual-return.csv", year="2026")}
    hours = (31 + 28) * 24
    share = f"{100 * (31 * 24 + 14 * 24) / hours:.1f}"
    told = [(line["counted_spills"], line["total_duration"]) for line in lines.values()]
    assert told == [("3", "03:05:00"), ("1", "00:20:00"), ("1", "01:40:00"), ("0", "00:00:00")]
    assert (lines["T1"]["percent_of_time_sensor_operational"], lines["T1"]["months_over"]) == (share, "2")
    assert (lines["T4"]["percent_of_time_sensor_operational"], lines["T4"]["months_over"]) == ("", "0")
    assert (lines["T1"]["spilling_now"], lines["T3"]["spilling_now"]) == ("yes", "no")
    before = {line["site"]: line for line in await table(asking, "/v1/annual-return.csv", year="2025")}
    assert (before["T2"]["counted_spills"], before["T2"]["total_duration"]) == ("9", "00:10:00")


@pytest.mark.parametrize("year", ["", "soon", "0", "99999"])
async def test_a_year_that_is_none_is_refused(asking: httpx.AsyncClient, year: str) -> None:
    assert (await asking.get("/v1/annual-return.csv", params={"year": year})).status_code == 422


def site_row(name: str) -> SiteRow:
    """A site with a name and a permit."""
    place: dict[str, Any] = {"crest_m": 4.0, "lat": None, "lon": None}
    nothing: dict[str, Any] = dict.fromkeys(SiteRow.model_fields, "")
    return SiteRow(**(nothing | place | {"name": name, "permit": name}))


@pytest.mark.parametrize("name", ["=1+2", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_a_name_is_never_a_formula_for_whoever_opens_the_table(name: str) -> None:
    lines = "".join(annual_return(2026, {"T1": site_row(name)}, [], {}))
    [_, line] = csv.reader(lines.splitlines(keepends=True))
    assert (line[1], line[4]) == (f"'{name}", f"'{name}")


def test_a_spill_of_which_no_count_is_said_has_an_empty_one_in_the_event_list(database_url: str) -> None:
    fill(VIEW, database_url, [configured("T1"), spilt(1, "T1", 60, 120, counted=[])])
    [line] = csv.DictReader(list(event_list(record_of.every(Store(VIEW, database_url).session, (minute(0), minute(DAY))), {})))
    assert (line["spill_id"], line["counted"]) == ("T1/60", "")


def test_a_spill_whose_end_nobody_knows_lasts_no_more_and_says_why(database_url: str) -> None:
    why = "T1 was taken out of the configuration while it spilled"
    gone, before = spilt(1, "T1", 60, None, end_unknown=why), spilt(2, "T1", 10, 20, volume_since=minute(80))
    fill(VIEW, database_url, [configured("T1"), gone, before])
    reading = Store(VIEW, database_url).session
    lines = list(csv.DictReader(list(event_list(record_of.every(reading, (minute(0), minute(DAY))), {}))))
    with reading() as view:
        [standing] = record_of.standing(view, None, 10)
    assert [(line["end"], line["end_unknown"], line["volume_since"]) for line in lines] == [
        ("", why, ""),
        ("2026-03-01T00:20:00Z", "", "2026-03-01T01:20:00Z"),
    ]
    assert standing.spill is not None and standing.spill.start == minute(10)
    assert returned(database_url, [])["T1"]["spilling_now"] == "no"


def returned(url: str, told: list[Message], year: int = 2026, day: int = 61) -> dict[str, dict[str, str]]:
    """The annual return by site, as it is a number of days after the start."""
    fill(VIEW, url, told)
    reading = Store(VIEW, url).session
    with reading() as view:
        months, sites = record_of.months(view, year, minute(day * DAY)), record_of.configured(view)
    lines = list(annual_return(year, sites, record_of.of_year(reading, year), months))
    return {line["site"]: line for line in csv.DictReader(lines)}


def test_a_site_that_was_taken_out_stands_in_the_return_of_the_years_in_which_it_spilt(database_url: str) -> None:
    told = [configured("T1", "T2"), watched(1, "T2"), spilt(2, "T2", 60, 120), configured("T1", at=200)]
    line = returned(database_url, told)["T2"]
    assert (line["name"], line["counted_spills"], line["total_duration"]) == ("", "1", "01:00:00")
    assert (line["receiving_water"], line["months_over"], line["spilling_now"]) == ("River", "1", "no")
    assert returned(database_url, [], year=2027).keys() == {"T1"}


def test_a_month_of_a_site_that_moved_to_another_catchment_counts_once(database_url: str) -> None:
    told = [configured("T1"), watched(1, "T1", known_share=0.5), watched(2, "T1", catchment="c2")]
    line = returned(database_url, told, day=1)["T1"]
    assert (line["months_over"], line["percent_of_time_sensor_operational"]) == ("1", "75.0")


def test_a_month_that_ended_as_the_site_moved_says_nothing_of_the_months_after_it(database_url: str) -> None:
    fill(VIEW, database_url, [configured("T1", catchment="c2"), watched(1, "T1", days=15)])
    with Store(VIEW, database_url).session() as view:
        found = record_of.months(view, 2026, minute(100 * DAY))["T1"]
    assert found == (1, 15 * 86_400, 15 * 86_400)


@pytest.mark.parametrize(("day", "over", "share"), [(1, 1, 1), (31.5, 1, 1), (32.5, 2, 28 / 59), (400, 11, 28 / 334)])
def test_months_in_which_a_site_is_heard_no_more_lower_the_share(database_url: str, day: float, over: int, share: float) -> None:
    fill(VIEW, database_url, [configured("T1"), watched(1, "T1")])
    with Store(VIEW, database_url).session() as view:
        found = record_of.months(view, 2026, minute(day * DAY))["T1"]
        assert found.over == over
        assert found.known_s / found.whole_s == pytest.approx(share)
        assert record_of.months(view, 2025, minute(day * DAY)) == {}


@pytest.mark.parametrize(("end", "said"), [(None, 1), (2, -1)])
def test_a_sensor_that_measures_what_cannot_be_tells_the_public_nothing_but_a_spill_that_lasts(
    database_url: str, end: float | None, said: int
) -> None:
    fill(VIEW, database_url, [configured("T1"), spilt(1, "T1", 0, end), read(3, "T1", flag=Flag.FAIL)])
    with Store(VIEW, database_url).session() as view:
        [site] = record_of.standing(view, None, 10)
        assert status(site, minute(4)).status == said


def test_a_spill_that_another_catchment_left_open_is_none_now(database_url: str) -> None:
    told = [configured("T1"), spilt(1, "T1", 0, None), configured(at=5), configured("T1", catchment="c2", at=6), read(7, "T1")]
    fill(VIEW, database_url, told)
    with Store(VIEW, database_url).session() as view:
        [site] = record_of.standing(view, None, 10)
        assert status(site, minute(8)).status == 0
