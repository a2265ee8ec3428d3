"""The alerts API: what it shows, who may act, and what becomes of an act."""

import asyncio
import csv
import hashlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from html import unescape
from io import StringIO
from pathlib import Path
from uuid import uuid4

import httpx
import msgspec
import pytest
from support.alert_events import MINUTE, alive, overflow_evidence, register, signal
from support.control_room import ControlRoom, application
from support.web import client
from talaia.alerts.api.app import make_app
from talaia.alerts.settings import AlertsSettings
from talaia.contracts.vocabulary import Clock, Priority, SignalState
from talaia.stream.processor import Message
from talaia.stream.settings import BusSettings
from talaia.web.sender import Sender

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    found = ControlRoom(tmp_path)
    yield found
    found.close()


@pytest.fixture
async def asking(room: ControlRoom) -> AsyncIterator[httpx.AsyncClient]:
    """Asks the API of a room in which T1 is about to spill and T2 will later."""
    await room.send([register(AT)])
    await room.send(
        [
            alive(AT, "waste.overflow_expected/T1", "waste.overflow_expected/T2"),
            signal("T1", AT, in_min=20, evidence=overflow_evidence(AT), guidance="Open the gate.", priority=Priority.CRITICAL),
            signal("T2", AT, in_min=45),
        ]
    )
    async with client(application(room, clock=Clock.REPLAY)) as found:
        yield found


async def alarm_of(asking: httpx.AsyncClient, site: str) -> dict[str, object]:
    (item,) = (await asking.get("/v1/alarms", params={"site": site})).json()["items"]
    return dict(item)


async def act(
    asking: httpx.AsyncClient, path: str, body: object = None, key: str | None = None, **headers: str
) -> httpx.Response:
    return await asking.post(path, json=body, headers={"Idempotency-Key": key or str(uuid4()), **headers})


async def posted(asking: httpx.AsyncClient, verb: str, **form: str) -> httpx.Response:
    """The page after a form of it was sent."""
    answer = await asking.post(f"/page/{verb}", data=form)
    assert answer.status_code == 303
    return await asking.get(answer.headers["location"])


def status_line(page: httpx.Response) -> str:
    (said,) = re.findall(r'<p id="said" role="status">(.*?)</p>', page.text)
    return unescape(said)


async def test_the_list_shows_what_matters_most_first_with_its_figure(asking: httpx.AsyncClient) -> None:
    items = (await asking.get("/v1/alarms")).json()["items"]
    assert [item["location"]["site"] for item in items] == ["T1", "T2"]
    assert items[0]["title"] == "Overflow expected"
    assert items[0]["figure"] == {"value": 4.0, "unit": "m", "limit": 5.0, "at": "2026-03-01T02:10:00Z"}
    assert "evidence" not in items[0]


async def test_one_alarm_comes_with_evidence_guidance_and_history(asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    whole = (await asking.get(f"/v1/alarms/{alarm['alarm_id']}")).json()
    assert whole["guidance"] == "Open the gate."
    assert len(whole["evidence"]["forecast"]) == 6
    assert all(point["low"] <= point["value"] <= point["high"] for point in whole["evidence"]["forecast"])
    assert {entry["region"] for entry in whole["history"]} >= {"condition", "acknowledgement"}
    assert (await asking.get("/v1/alarms/nobody")).status_code == 404


async def test_pages_join_without_gap_or_overlap(asking: httpx.AsyncClient) -> None:
    first = (await asking.get("/v1/alarms", params={"limit": 1})).json()
    second = (await asking.get("/v1/alarms", params={"limit": 1, "cursor": first["next"]})).json()
    assert [page["items"][0]["location"]["site"] for page in (first, second)] == ["T1", "T2"]
    assert second["next"] is None
    entries = (await asking.get("/v1/journal", params={"limit": 2})).json()
    more = (await asking.get("/v1/journal", params={"limit": 500, "cursor": entries["next"]})).json()
    ids = [entry["id"] for entry in entries["items"] + more["items"]]
    assert len(set(ids)) == len(ids) == len((await asking.get("/v1/journal")).json()["items"])
    assert (await asking.get("/v1/journal", params={"cursor": first["next"]})).status_code == 404


async def test_an_acknowledgement_is_answered_with_the_alarm_as_it_is_now(asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    answer = await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")
    assert answer.status_code == 200
    assert answer.json()["state"] == "applied"
    (now,) = answer.json()["alarms"]
    assert (now["shown"], now["acknowledged_by"]) == ("ACKNOWLEDGED", "loopback")
    became = (await asking.get(f"/v1/acts/{answer.json()['act_id']}")).json()
    assert became == answer.json()


async def test_the_same_act_twice_is_one_act_and_its_key_serves_no_other(asking: httpx.AsyncClient) -> None:
    alarm, key = await alarm_of(asking, "T1"), str(uuid4())
    path = f"/v1/alarms/{alarm['alarm_id']}/note"
    for _ in range(3):
        assert (await act(asking, path, {"text": "On our way."}, key)).status_code == 200
    history = (await asking.get(f"/v1/alarms/{alarm['alarm_id']}")).json()["history"]
    assert [entry["text"] for entry in history if entry["event"] == "note"] == ["On our way."]
    other = await act(asking, path, {"text": "Something else."}, key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")


class Together:
    """A way to the bus on which nothing goes before two messages are there."""

    def __init__(self, room: ControlRoom) -> None:
        self._room = room
        self._messages: list[Message] = []
        self._gone = asyncio.Event()

    async def send(self, messages: Sequence[Message]) -> None:
        self._messages += messages
        if len(self._messages) == 2:
            await self._room.send(self._messages)
            self._gone.set()
        await self._gone.wait()


async def test_of_two_acts_under_one_key_at_the_same_time_only_the_one_that_was_judged_is_said_to_be_done(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    alarm, key = await alarm_of(asking, "T1"), str(uuid4())
    path = f"/v1/alarms/{alarm['alarm_id']}/note"
    async with client(application(room, clock=Clock.REPLAY, sender=Together(room))) as racing:
        answers = await asyncio.gather(*(act(racing, path, {"text": text}, key) for text in ("On our way.", "Never mind.")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_an_act_on_another_version_is_refused_with_the_present_state(asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    path, version = f"/v1/alarms/{alarm['alarm_id']}/acknowledge", int(str(alarm["version"]))
    late = await act(asking, path, **{"If-Match": f'"{version + 1}"'})
    assert (late.status_code, late.json()["code"]) == (412, "version")
    assert late.json()["present"]["version"] == version
    assert late.headers["content-type"] == "application/problem+json"
    assert (await act(asking, path, **{"If-Match": f'"{version}"'})).status_code == 200


async def test_a_race_that_the_worker_sees_first_is_lost_with_the_present_state(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    alarm, key = await alarm_of(asking, "T1"), str(uuid4())
    room.worker_runs = False
    await room.send([signal("T1", AT + MINUTE, SignalState.CHANGED, in_min=5, priority=Priority.CRITICAL)])
    pending = await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge", key=key, **{"If-Match": str(alarm["version"])})
    assert pending.status_code == 202
    room.worker_runs = True
    await room.send([])
    lost = await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge", key=key, **{"If-Match": str(alarm["version"])})
    assert (lost.status_code, lost.json()["present"]["shown"]) == (412, "UNACKNOWLEDGED")
    assert (await asking.get(f"/v1/acts/{key}")).json()["verdicts"][0]["refused"] == "version"


async def test_an_act_that_nobody_judges_within_a_second_is_answered_with_its_address(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    alarm = await alarm_of(asking, "T1")
    room.worker_runs = False
    sent = await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")
    assert (sent.status_code, sent.json()["state"]) == (202, "pending")
    assert (await asking.get(sent.headers["location"])).json()["state"] == "pending"
    room.worker_runs = True
    await room.send([])
    assert (await asking.get(sent.headers["location"])).json()["state"] == "applied"


async def test_with_the_bus_away_nothing_is_pretended(room: ControlRoom, asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    nowhere = Sender(BusSettings(kafka_bootstrap="127.0.0.1:1"))
    async with nowhere.running(), client(application(room, sender=nowhere)) as cut_off:
        refused = await act(cut_off, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")
        page = await posted(cut_off, "acknowledge", alarm=str(alarm["alarm_id"]))
    assert (refused.status_code, refused.json()["code"]) == (503, "bus_unavailable")
    assert int(refused.headers["retry-after"]) > 0
    assert status_line(page) == "Not done for sure: the bus does not take it now. Send it again in a moment."
    assert "127.0.0.1:1" not in refused.text + page.text  # where the bus is concerns nobody who asks
    assert (await alarm_of(asking, "T1"))["shown"] == "UNACKNOWLEDGED"


async def test_an_act_on_many_alarms_is_judged_one_by_one(asking: httpx.AsyncClient) -> None:
    ids = [(await alarm_of(asking, site))["alarm_id"] for site in ("T1", "T2")]
    await act(asking, f"/v1/alarms/{ids[0]}/acknowledge")
    answer = await act(asking, "/v1/acts", {"verb": "acknowledge", "alarms": [*ids, "nobody"]})
    assert (answer.status_code, answer.json()["state"]) == (200, "partly_refused")
    verdicts = {verdict["alarm_id"]: verdict for verdict in answer.json()["verdicts"]}
    assert verdicts[ids[0]]["answer"] == "already_acknowledged"
    assert verdicts["nobody"]["refused"] == "unknown_alarm"
    assert {alarm["shown"] for alarm in answer.json()["alarms"]} == {"ACKNOWLEDGED"}


async def test_an_act_on_unknown_alarms_or_on_several_areas_is_not_sent(room: ControlRoom, asking: httpx.AsyncClient) -> None:
    await room.send([signal("P1", AT, area="port")])
    ids = [(await alarm_of(asking, site))["alarm_id"] for site in ("T1", "P1")]
    several = await act(asking, "/v1/acts", {"verb": "acknowledge", "alarms": ids})
    assert (several.status_code, several.json()["code"]) == (409, "several_areas")
    assert (await act(asking, "/v1/acts", {"verb": "acknowledge", "alarms": ["nobody"]})).status_code == 404
    assert (await asking.get("/v1/summary")).json()["projected"]["alerts.acts.v1"] == 1  # the register


@pytest.mark.parametrize(
    "body",
    [
        {"verb": "note", "alarms": ["a"]},
        {"verb": "note", "alarms": ["a"], "text": ""},
        {"verb": "note", "alarms": ["a"], "text": "bell \x07"},
        {"verb": "note", "alarms": ["a"], "text": "x" * 2_001},
        {"verb": "acknowledge", "alarms": []},
        {"verb": "acknowledge", "alarms": ["a"] * 501},
        {"verb": "acknowledge", "alarms": ["a"], "who": "somebody else"},
        {"verb": "dance", "alarms": ["a"]},
        {"alarms": ["a"]},
        ["acknowledge"],
        None,
    ],
)
async def test_an_act_without_its_shape_is_refused_with_its_fault(asking: httpx.AsyncClient, body: object) -> None:
    answer = await act(asking, "/v1/acts", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_in_a_replay_an_act_happens_at_the_time_that_the_view_shows(room: ControlRoom, asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    await room.send([alive(AT + 5 * MINUTE)])
    answer = await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")
    (now,) = answer.json()["alarms"]
    assert now["acknowledged_at"] == "2026-03-01T02:15:00Z"


async def test_the_exported_journal_is_a_chain_of_its_own_lines(asking: httpx.AsyncClient) -> None:
    exported = await asking.get("/v1/journal.ndjson", params={"area": "demo"})
    lines = exported.text.splitlines()
    assert exported.headers["content-type"] == "application/x-ndjson"
    assert len(lines) > 4
    previous = "0" * 64
    for line in lines:
        assert json.loads(line)["previous"] == previous
        previous = hashlib.sha256(line.encode()).hexdigest()
    newest = (await asking.get("/v1/journal", params={"limit": 1})).json()["items"][0]
    assert newest["hash"] == previous


async def test_sources_tell_how_long_they_have_said_nothing(room: ControlRoom, asking: httpx.AsyncClient) -> None:
    await room.send([alive(AT + 10 * MINUTE, source="transit-worker")])
    items = (await asking.get("/v1/sources")).json()["items"]
    assert [(item["source"], item["age_s"], item["silent"]) for item in items] == [
        ("transit-worker", 0.0, False),
        ("waste-worker", 600.0, True),
    ]


async def test_a_source_whose_clock_runs_ahead_is_not_heard_and_takes_no_act_along(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    ahead = alive(AT + 2 * MINUTE)
    await room.send([ahead._replace(event=msgspec.structs.replace(ahead.event, time=AT + 90 * MINUTE))])
    alarm = await alarm_of(asking, "T1")
    (now,) = (await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")).json()["alarms"]
    assert now["acknowledged_at"] == "2026-03-01T02:12:00Z"


async def test_the_summary_counts_what_the_journal_says(asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    for _ in range(2):
        await act(asking, f"/v1/alarms/{alarm['alarm_id']}/acknowledge")
    counts = (await asking.get("/v1/summary")).json()
    assert (counts["raised"], counts["acknowledged"], counts["cleared"]) == (2, 1, 0)
    assert counts["shown"] == {"ACKNOWLEDGED": 1, "UNACKNOWLEDGED": 1}
    assert counts["projected"]["alerts.signals.v1"] == 3
    assert set(counts["unreadable"].values()) == {0}


async def test_a_live_stream_begins_with_what_is_and_says_the_age_of_every_feed(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    room.changes.close()
    said = (await asking.get("/v1/alarms/events")).text
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in said.strip().split("\n\n")]
    assert [block["event"] for block in blocks] == ["snapshot", "alive", "closing"]
    assert [item["location"]["site"] for item in json.loads(blocks[0]["data"])["items"]] == ["T1", "T2"]
    alive_says = json.loads(blocks[1]["data"])
    assert alive_says["clock"] == "replay"
    assert [(feed["source"], feed["limit_s"]) for feed in alive_says["feeds"]] == [("waste-worker", 180.0)]
    resumed = (await asking.get("/v1/alarms/events", headers={"Last-Event-ID": blocks[1]["id"]})).text
    assert "event: snapshot" not in resumed


async def test_a_worker_of_which_nobody_says_how_far_it_is_is_not_shown_as_one_that_keeps_pace(
    room: ControlRoom, asking: httpx.AsyncClient
) -> None:
    assert (await asking.get("/v1/summary")).json()["judging_s"] == 0.0
    room.pace_known = False
    room.changes.close()
    assert (await asking.get("/v1/summary")).json()["judging_s"] is None
    assert '"judging_s":null' in (await asking.get("/v1/alarms/events")).text.replace(" ", "")
    page = (await asking.get("/")).text
    assert "Alarm worker <b>not known</b>" in page
    assert "It is not known whether the alarm worker works" in page


@pytest.mark.parametrize(
    "form",
    [
        b"",
        b"\xff\xfe\x00",
        b"alarm=nobody",
        b"alarm=nobody&version=old",
        b"alarm=nobody&act=1",
        b"alarm=%00&text=%07",
        b"&" * 19,
    ],
)
async def test_a_form_that_no_page_sent_is_answered_by_the_page(asking: httpx.AsyncClient, form: bytes) -> None:
    for verb in ("acknowledge", "note"):
        answer = await asking.post(f"/page/{verb}", content=form, headers=FORM)
        assert answer.status_code == 303
        shown = await asking.get(answer.headers["location"])
        assert (shown.status_code, "Not done" in shown.text) == (200, True)


async def test_a_form_holds_the_longest_note_and_not_much_more(asking: httpx.AsyncClient) -> None:
    alarm_id = str((await alarm_of(asking, "T1"))["alarm_id"])
    assert status_line(await posted(asking, "note", alarm=alarm_id, act=str(uuid4()), text="\U0001f6b0" * 2_000)) == "Done."
    for form, status in ((b"&" * 5_000, 422), (b"text=" + b"a" * 33_000, 413)):
        assert (await asking.post("/page/note", content=form, headers=FORM)).status_code == status


async def test_the_page_says_what_became_of_its_forms(room: ControlRoom, asking: httpx.AsyncClient) -> None:
    alarm_id, act_id = str((await alarm_of(asking, "T1"))["alarm_id"]), str(uuid4())
    assert status_line(await posted(asking, "acknowledge", alarm=alarm_id, act=act_id)) == "Done."
    assert status_line(await posted(asking, "acknowledge", alarm=alarm_id)) == "Done: already acknowledged."
    reused = await posted(asking, "note", alarm=alarm_id, act=act_id, text="Seen")
    assert status_line(reused) == "Not done: this form was sent before, with something else. Look again, then decide."
    moved = await posted(asking, "acknowledge", alarm=alarm_id, version="1")
    assert status_line(moved) == "Not done: the alarm has changed since. Look again, then decide."
    assert status_line(await posted(asking, "acknowledge", alarm="nobody")) == "Not done: there is no such alarm."
    room.worker_runs = False
    unjudged = str(uuid4())
    assert status_line(await posted(asking, "note", alarm=alarm_id, act=unjudged, text="Seen")) == "Sent, not confirmed yet."
    room.worker_runs = True
    await room.send([])
    assert status_line(await asking.get("/", params={"alarm": alarm_id, "act": unjudged})) == "Done."


async def test_no_link_to_the_page_puts_words_of_its_own_into_it(asking: httpx.AsyncClient) -> None:
    alarms = [str((await alarm_of(asking, site))["alarm_id"]) for site in ("T1", "T2")]
    words, act_id = "Evacuate the plant", str(uuid4())
    for name in ("said", "refused", "act", "hold", "list"):
        assert words not in (await asking.get("/", params={"alarm": alarms[0], name: words})).text
    await posted(asking, "acknowledge", alarm=alarms[0], act=act_id)
    assert status_line(await asking.get("/", params={"alarm": alarms[1], "act": act_id})) == ""


async def test_before_there_is_a_view_the_page_says_why_and_tries_again(tmp_path: Path) -> None:
    settings = AlertsSettings(database_url=f"sqlite:///{tmp_path / 'new.sqlite'}")
    async with client(make_app(settings, BusSettings(kafka_bootstrap="127.0.0.1:1"))) as early:
        page = await early.get("/")
        assert page.status_code == 503
        assert "Talaia cannot show alarms yet: starting." in page.text
        assert 'http-equiv="refresh"' in page.text
        refused = await early.get("/v1/alarms")
        assert (refused.status_code, refused.headers["content-type"]) == (503, "application/problem+json")


@pytest.mark.parametrize(
    ("registers", "said"),
    [
        ([], "02:10:00 Sun 01 Mar 2026 UTC"),
        ([("demo", "Europe/Madrid")], "03:10:00 Sun 01 Mar 2026 CET"),
        ([("demo", "Europe/Madrid"), ("harbour", "Europe/Madrid")], "03:10:00 Sun 01 Mar 2026 CET"),
        ([("demo", "Europe/Madrid"), ("harbour", "Atlantic/Canary")], "02:10:00 Sun 01 Mar 2026 UTC"),
        ([("demo", "Europe/Madrid"), ("demo", "America/Bogota")], "21:10:00 Sat 28 Feb 2026 -05"),
    ],
)
async def test_the_page_says_times_in_the_zone_that_the_registers_name_and_which_it_is(
    room: ControlRoom, registers: list[tuple[str, str]], said: str
) -> None:
    await room.send([register(AT, area, zone) for area, zone in registers])
    await room.send([alive(AT)])
    async with client(application(room, clock=Clock.REPLAY)) as asking:
        page = (await asking.get("/")).text
    shown = re.search(r'<p id="time"><time [^>]*>(.*?)</time><span>(.*?)</span></p>', page)
    assert shown is not None
    assert f"{shown[1]} {shown[2]}" == said


async def test_the_register_says_what_was_decided_what_was_never_seen_and_what_nobody_decided(asking: httpx.AsyncClient) -> None:
    (told,) = (await asking.get("/v1/register")).json()
    kinds = {kind["kind"]: kind for kind in told["kinds"]}
    assert kinds["waste.overflow_expected"]["last_seen"] is not None
    assert kinds["waste.overflow_expected"]["priority"] == "low"
    assert set(told["not_seen_in_a_year"]) == {kind for kind, each in kinds.items() if each["last_seen"] is None}
    assert told["unrationalised"] == []
    assert sum(told["split"].values()) == pytest.approx(1)
    assert (await asking.get("/v1/register", params={"area": "elsewhere"})).json() == []


async def test_one_alarm_says_why_it_is_as_important_as_it_is(asking: httpx.AsyncClient) -> None:
    alarm_id = (await alarm_of(asking, "T1"))["alarm_id"]
    told = (await asking.get(f"/v1/alarms/{alarm_id}")).json()["importance"]
    assert told == "critical: minor consequence, 30 min to respond; expected in 20 min; waits to be acknowledged"


async def test_alarms_are_found_by_incident_and_by_who_has_them(asking: httpx.AsyncClient) -> None:
    alarm = await alarm_of(asking, "T1")
    body = {"verb": "assign", "alarms": [alarm["alarm_id"]], "assignee": "crew 3"}
    assert (await act(asking, "/v1/acts", body)).status_code == 200

    async def found(**wanted: object) -> list[object]:
        return [item["alarm_id"] for item in (await asking.get("/v1/alarms", params=wanted)).json()["items"]]

    assert await found(assigned="crew 3") == [alarm["alarm_id"]]
    assert alarm["alarm_id"] in await found(incident=alarm["incident_id"])
    assert await found(incident="none such") == await found(assigned="crew 4") == []


async def test_the_journal_is_a_table_in_which_no_text_is_a_formula(asking: httpx.AsyncClient) -> None:
    alarm_id = (await alarm_of(asking, "T1"))["alarm_id"]
    assert (await act(asking, f"/v1/alarms/{alarm_id}/note", {"text": "=cmd()"})).status_code == 200
    answer = await asking.get("/v1/journal.csv")
    rows = list(csv.DictReader(StringIO(answer.text)))
    lines = (await asking.get("/v1/journal.ndjson")).text.splitlines()
    assert answer.headers["content-type"].startswith("text/csv")
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert [row["text"] for row in rows if row["text"]] == ["'=cmd()"]
