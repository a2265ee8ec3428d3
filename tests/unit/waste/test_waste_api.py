import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from fastapi import FastAPI
from support.hostile import BODIES, Body, encoded, measurements
from support.postgres import DATABASES
from support.waste_api import KeepingSender, city, shown_at, waste_api
from support.waste_events import configured, minute, read, signalled
from support.web import client
from talaia.contracts.alerts import Signalled
from talaia.contracts.vocabulary import SignalState
from talaia.contracts.waste import Measured, Nowcasted
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message

NDJSON = {"content-type": "application/x-ndjson"}


def good(**other: Any) -> dict[str, Any]:
    """A measurement of now, in centimetres."""
    time = (wall_now() - timedelta(minutes=1)).isoformat()
    return {"time": time, "site": "T1", "sensor": "L1", "quantity": "level", "value": 410, "unit": "cm", "id": "m1"} | other


@pytest.fixture(scope="module", params=DATABASES)
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[FastAPI, KeepingSender]:
    if request.param == "postgresql":
        return waste_api(request.getfixturevalue("postgres").new_database(), city())
    return waste_api(f"sqlite:///{tmp_path_factory.mktemp('waste')}/view.sqlite", city())


@pytest.fixture
def sender(api: tuple[FastAPI, KeepingSender]) -> KeepingSender:
    api[1].sent.clear()
    return api[1]


@pytest.fixture
async def asking(api: tuple[FastAPI, KeepingSender]) -> AsyncIterator[httpx.AsyncClient]:
    async with client(api[0]) as asking:
        yield asking


@pytest.mark.parametrize("name", ["T%00", "%F0%9F%9A%B0", "%FF", "T1%0A", "T" * 5_000])
async def test_a_name_that_no_site_has_is_refused_whatever_letters_it_has(asking: httpx.AsyncClient, name: str) -> None:
    assert (await asking.get(f"/v1/sites/{name}")).status_code in (404, 422)


async def test_sites_show_level_share_of_the_crest_trend_flag_and_forecast(
    api: tuple[FastAPI, KeepingSender], asking: httpx.AsyncClient
) -> None:
    with shown_at(api[0], 20):
        first, second = (await asking.get("/v1/sites")).json()["items"]
        assert (await asking.get("/v1/sites/T1")).json() == first
    assert (first["site"], first["level"]["level_m"], first["level"]["percent_of_crest"], first["level"]["flag"]) == (
        "T1",
        2.9,
        72.5,
        1,
    )
    assert (first["trend"], first["forecast"]["minutes_to_overflow"], first["forecast"]["warning"]) == ("rising", 12.5, True)
    assert (second["site"], second["level"], second["trend"], second["forecast"]) == ("T2", None, None, None)
    assert [(each["state"], [told["kind"] for told in each["conditions"]]) for each in (first, second)] == [
        ("warning", ["waste.overflow_expected"]),
        ("unknown", []),
    ]


async def test_an_hour_after_its_last_word_a_site_is_unknown_and_its_forecast_says_nothing_any_more(
    api: tuple[FastAPI, KeepingSender], asking: httpx.AsyncClient
) -> None:
    for number, known in ((79, True), (80, False)):
        with shown_at(api[0], number):
            site = (await asking.get("/v1/sites/T1")).json()
            assert (site["state"] == "warning", site["trend"] == "rising", site["forecast"] is not None) == (known, known, known)
            assert [each["site"] for each in (await asking.get("/v1/forecasts")).json()["items"]] == ["T1"] * known
            assert (await asking.get("/v1/sites/T1/forecast")).status_code == (200 if known else 404)


@pytest.mark.parametrize(
    ("kind", "thing", "state"),
    [
        ("overflow_watch", "", "watch"),
        ("overflow_started", "", "overflowing"),
        ("sensor_silent", "/T1-level", "unknown"),
        ("sensor_flat", "/T1-level", "unknown"),
        ("sensor_silent", "/T1-battery", "normal"),
        ("pump_failed", "/P1", "normal"),
    ],
)
async def test_a_site_of_which_nobody_can_tell_is_unknown_and_what_stands_there_is_listed_until_it_ends(
    tmp_path: Path, kind: str, thing: str, state: str
) -> None:
    told = [configured("T1"), read(1), condition(2, f"waste.{kind}", thing), read(3)]
    for over in (False, True):
        app, _ = waste_api(
            f"sqlite:///{tmp_path}/{over}.sqlite", [*told, *[condition(4, f"waste.{kind}", thing, over=True)] * over]
        )
        async with client(app) as asking:
            with shown_at(app, 5):
                site = (await asking.get("/v1/sites/T1")).json()
        assert site["state"] == ("normal" if over else state)
        assert [each["condition"] for each in site["conditions"]] == ([] if over else [f"waste.{kind}/T1{thing}"])


def condition(number: int, kind: str, thing: str, *, over: bool = False) -> Message:
    """A word on a condition of T1 or of a thing there."""
    message = signalled(number)
    assert isinstance(message.event, Signalled)
    state = SignalState.ENDED if over else SignalState.BEGAN
    names = {"condition_id": f"{kind}/T1{thing}", "kind": kind, "subject": f"T1{thing}"}
    data = msgspec.structs.replace(message.event.data, state=state, **names)
    return message._replace(event=msgspec.structs.replace(message.event, data=data))


async def test_what_is_shown_says_how_old_it_is(asking: httpx.AsyncClient) -> None:
    assert (await asking.get("/v1/sites")).headers["talaia-as-of"] == "never"


async def test_measurements_of_a_site_come_in_pages_by_time(asking: httpx.AsyncClient) -> None:
    span = {"start": minute(3).isoformat(), "end": minute(9).isoformat(), "limit": "4"}
    page = (await asking.get("/v1/sites/T1/measurements", params=span)).json()
    assert [item["measurement"] for item in page["items"]] == ["3", "4", "5", "6"]
    rest = (await asking.get("/v1/sites/T1/measurements", params=span | {"cursor": page["next"]})).json()
    assert ([item["measurement"] for item in rest["items"]], rest["next"]) == (["7", "8"], None)


async def test_a_forecast_shows_its_path(api: tuple[FastAPI, KeepingSender], asking: httpx.AsyncClient) -> None:
    with shown_at(api[0], 20):
        forecast = (await asking.get("/v1/sites/T1/forecast")).json()
        assert (await asking.get("/v1/forecasts")).json()["items"] == [forecast]
    assert [point["level_m"] for point in forecast["path"]] == [3.1, 3.2, 3.3, 3.4, 3.5, 3.6]


async def test_whoever_connects_a_rain_gauge_finds_what_it_measured(tmp_path: Path) -> None:
    messages = [configured("T1"), read(1, "G1"), read(2, "T1")]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", messages)
    async with client(app) as asking:
        found = (await asking.get("/v1/sites/G1/measurements")).json()["items"]
    assert [each["measurement"] for each in found] == ["1"]


@pytest.mark.parametrize("path", ["/v1/sites/X", "/v1/sites/X/measurements", "/v1/sites/X/forecast", "/v1/sites/T2/forecast"])
async def test_what_is_not_there_is_404(asking: httpx.AsyncClient, path: str) -> None:
    answer = await asking.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_summary_counts_what_was_taken_in(asking: httpx.AsyncClient) -> None:
    summary = (await asking.get("/v1/summary")).json()
    assert summary["events"]["waste.readings.v1"] == {"taken": 20, "skipped": 0}
    assert (summary["sites"], summary["readings_by_flag"], summary["forecasts_by_method"]) == (2, {"1": 20}, {"grey_box": 1})


def coming(**other: Any) -> dict[str, Any]:
    """A nowcast of now, of four steps of five minutes."""
    issued_at = (wall_now() - timedelta(minutes=1)).isoformat()
    return {"gauge": "G1", "issued_at": issued_at, "step_min": 5, "mm": [0.4, 1.2, 2.0, 0.8]} | other


async def test_a_nowcast_that_comes_in_becomes_an_event_of_its_gauges_catchment_and_sent_again_the_same_one(
    asking: httpx.AsyncClient, sender: KeepingSender
) -> None:
    said = coming()
    for _ in range(2):
        answer = await asking.post("/v1/nowcasts", json=said)
        assert (answer.status_code, answer.json()["accepted"]) == (202, 1)
    first, again = sender.sent
    assert isinstance(first.event, Nowcasted)
    assert (first.key, first.event.subject, first.event.source) == ("c1", "G1", "talaia/waste/http/loopback")
    assert (first.event.data.step_min, first.event.data.mm) == (5, said["mm"])
    assert again.event.id == first.event.id


@pytest.mark.parametrize(
    ("other", "status", "code"),
    [
        ({"gauge": "T1"}, 404, "unknown_gauge"),
        ({"mm": []}, 422, "schema"),
        ({"mm": [-1]}, 422, "schema"),
        ({"mm": [501]}, 422, "schema"),
        ({"mm": [1] * 73}, 422, "schema"),
        ({"step_min": 0}, 422, "schema"),
        ({"issued_at": "2026-03-01T00:00:00"}, 422, "schema"),
        ({"issued_at": "2020-03-01T00:00:00Z"}, 409, "too_old"),
        ({"issued_at": "2079-03-01T00:00:00Z"}, 409, "from_the_future"),
    ],
)
async def test_a_nowcast_that_cannot_be_used_is_refused_and_the_others_of_its_batch_are_taken(
    asking: httpx.AsyncClient, sender: KeepingSender, other: dict[str, Any], status: int, code: str
) -> None:
    alone = await asking.post("/v1/nowcasts", json=coming(**other))
    assert (alone.status_code, alone.json()["code"]) == (status, code)
    batch = await asking.post("/v1/nowcasts", json=[coming(**other), coming()])
    assert (batch.status_code, [each["reason"] for each in batch.json()["items"]]) == (207, [code, None])
    assert len(sender.sent) == 1


async def test_a_measurement_that_comes_in_becomes_an_event_in_the_unit_of_its_quantity(
    asking: httpx.AsyncClient, sender: KeepingSender
) -> None:
    answer = await asking.post("/v1/measurements", json=good())
    assert (answer.status_code, answer.json()["accepted"], answer.json()["items"][0]["id"]) == (202, 1, "m1")
    (message,) = sender.sent
    assert isinstance(message.event, Measured)
    assert (message.key, message.event.source) == ("c1", "talaia/waste/http/loopback")
    assert (message.event.data.value, message.event.data.unit, message.event.data.original_unit) == (
        pytest.approx(4.1),
        "m",
        "cm",
    )


async def test_rain_comes_in_by_its_gauge(asking: httpx.AsyncClient, sender: KeepingSender) -> None:
    rain = good(site="G1", sensor="R1", quantity="rainfall", value=0.4, unit="mm")
    assert (await asking.post("/v1/measurements", json=rain)).status_code == 202
    assert sender.sent[0].key == "c1"


@pytest.mark.parametrize("form", ["JSON", "NDJSON"])
async def test_one_bad_measurement_of_a_batch_is_answered_for_itself(
    asking: httpx.AsyncClient, sender: KeepingSender, form: str
) -> None:
    items = [good(id="a"), good(id="b", site="Atlantis"), good(id="c")]
    if form == "JSON":
        answer = await asking.post("/v1/measurements", json=items)
    else:
        lines = b"\n".join([*map(encoded, items), b"", b"{broken", b""])
        answer = await asking.post("/v1/measurements", content=lines, headers=NDJSON)
    says = answer.json()
    reasons = [None, "unknown_site", None] + ["unreadable"] * (form == "NDJSON")
    assert (answer.status_code, [item["reason"] for item in says["items"]]) == (207, reasons)
    assert [item["item"] for item in says["items"]] == list(range(len(reasons)))
    assert [message.event.id for message in sender.sent] == ["a", "c"]


@pytest.mark.parametrize(
    "spoilt", [b'"\\ud800"', b'"\xff"', b'"\x00"', b"1e999", b"9" * 5_000, b"NaN"], ids=lambda spoilt: str(spoilt[:9])
)
async def test_of_a_list_only_the_measurement_is_refused_whose_text_or_number_is_none(
    asking: httpx.AsyncClient, sender: KeepingSender, spoilt: bytes
) -> None:
    bad = encoded(good(id="b", quality="spoilt")).replace(b'"spoilt"', spoilt)
    content = b"[" + b",".join([encoded(good(id="a")), bad, encoded(good(id="c"))]) + b"]"
    answer = await asking.post("/v1/measurements", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 207
    assert [item["accepted"] for item in answer.json()["items"]] == [True, False, True]
    assert [message.event.id for message in sender.sent] == ["a", "c"]


async def test_a_batch_has_at_most_5000_measurements(asking: httpx.AsyncClient, sender: KeepingSender) -> None:
    answer = await asking.post("/v1/measurements", content=b"{}\n" * 5_001, headers=NDJSON)
    assert (answer.status_code, answer.json()["code"], sender.sent) == (422, "too_many", [])
    answer = await asking.post(
        "/v1/measurements",
        content=b"[" + b",".join([encoded(good())] * 5_000) + b"]",
        headers={"content-type": "application/json"},
    )
    assert (answer.status_code, answer.json()["accepted"], len(sender.sent)) == (202, 5_000, 5_000)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
async def test_after_any_hostile_body_the_door_still_works(asking: httpx.AsyncClient, sender: KeepingSender, body: Body) -> None:
    headers = {} if body.content_type is None else {"content-type": body.content_type}
    answer = await asking.post("/v1/measurements", content=body.content, headers=headers)
    assert answer.status_code == 207 or 400 <= answer.status_code < 500
    lines = await asking.post("/v1/measurements", content=body.content, headers=NDJSON)
    assert lines.status_code in {202, 207, 413}
    assert sender.sent == []
    assert (await asking.post("/v1/measurements", json=good())).status_code == 202


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "in a batch"])
@pytest.mark.parametrize(
    ("what", "spoilt"), list(measurements(good())), ids=lambda value: value if isinstance(value, str) else ""
)
async def test_a_spoilt_measurement_is_refused_with_a_reason(
    asking: httpx.AsyncClient, sender: KeepingSender, what: str, spoilt: dict[str, Any], alone: bool
) -> None:
    content = encoded(spoilt if alone else [spoilt])
    answer = await asking.post("/v1/measurements", content=content, headers={"content-type": "application/json"})
    if alone or answer.status_code != 207:
        assert answer.status_code in {400, 404, 409, 422}
        assert answer.json()["detail"]
    else:
        assert answer.json()["items"][0]["detail"]
    assert sender.sent == []


async def test_broken_json_is_never_partly_taken(asking: httpx.AsyncClient, sender: KeepingSender) -> None:
    content = json.dumps([good(), good(id="b")])[:-1].encode()
    answer = await asking.post("/v1/measurements", content=content, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"], sender.sent) == (400, "unreadable", [])
