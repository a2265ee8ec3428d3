"""A shift is handed over by HTTP: the report as things stand, signed by two people, kept to the byte."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from support.alert_events import MINUTE, alive, register, signal
from support.control_room import ControlRoom, application
from support.web import client
from talaia.contracts.vocabulary import Clock, Priority

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
PEOPLE = {"anna": "operator", "bernat": "operator", "viewer": "viewer", "supervisor": "supervisor"}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    found = ControlRoom(tmp_path)
    yield found
    found.close()


@pytest.fixture
async def asking(room: ControlRoom, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """T1 is open, T2 acknowledged with a note, T3 on the shelf for an hour; T4 has a name that means harm."""
    keys = tmp_path / "keys"
    keys.write_text("".join(f"{who} {role} {hashlib.sha256(who.encode()).hexdigest()}\n" for who, role in PEOPLE.items()))
    sites = ("T1", "T2", "T3", "<script>alert(1)</script>")
    await room.send([register(AT), alive(AT)])
    await room.send([signal(site, AT, in_min=20, subject=site, priority=Priority.HIGH) for site in sites])
    async with client(application(room, key_file=keys, clock=Clock.REPLAY)) as found:
        for verb, site, said in (
            ("acknowledge", "T2", {}),
            ("note", "T2", {"text": "Crew on the way."}),
            ("shelve", "T3", {"reason": "sensor moved", "until": (AT + 60 * MINUTE).isoformat()}),
        ):
            (alarm,) = (await found.get("/v1/alarms", params={"site": site}, headers={"x-api-key": "anna"})).json()["items"]
            body = {"verb": verb, "alarms": [alarm["alarm_id"]]} | said
            assert (await sent(found, "anna", "/v1/acts", body)).status_code == 200
        yield found


async def sent(asking: httpx.AsyncClient, who: str, path: str, body: Any, key: str | None = None) -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4()), "x-api-key": who}
    return await asking.post(path, json=body, headers=headers)


async def read(asking: httpx.AsyncClient, path: str, **params: str) -> httpx.Response:
    return await asking.get(path, params=params, headers={"x-api-key": "viewer"})


async def sign(asking: httpx.AsyncClient, who: str, side: str, known: dict[str, Any], **said: str) -> httpx.Response:
    body = {"side": side, "sha256": known["sha256"]} | said
    return await sent(asking, who, f"/v1/handovers/{known['handover_id']}/sign", body)


async def prepared(asking: httpx.AsyncClient, key: str | None = None) -> dict[str, Any]:
    answer = await sent(asking, "anna", "/v1/handovers", {"area": "demo"}, key)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_the_draft_says_what_the_next_shift_must_know(asking: httpx.AsyncClient) -> None:
    report = (await read(asking, "/v1/handovers/draft", area="demo")).json()
    by = {name: [line["where"] for line in report[name]["alarms"]] for name in ("acknowledged", "shelved", "out_of_service")}
    assert by == {"acknowledged": ["T2"], "shelved": ["T3"], "out_of_service": []}
    assert report["unacknowledged"]["total"] == 2
    assert report["forecasts"]["total"] == 4
    (known,) = report["acknowledged"]["alarms"]
    assert (known["by"], known["notes"]) == ("anna", ["Crew on the way."])
    (shelved,) = report["shelved"]["alarms"]
    assert (shelved["by"], shelved["reason"], shelved["until"]) == ("anna", "sensor moved", "2026-03-01T03:10:00Z")
    assert [(ending["what"], ending["at"]) for ending in report["endings"]] == [("shelf", "2026-03-01T03:10:00Z")]
    assert report["load"]["positions"]["control"]["announcements"] == 4
    assert [change["after"] for change in report["policy_changes"]] == ["5b1c9d0e7a"]
    assert report["incidents"]


async def test_two_people_sign_what_they_read_and_it_is_kept_to_the_byte(asking: httpx.AsyncClient, room: ControlRoom) -> None:
    known = await prepared(asking)
    assert (known["state"], known["signatures"]) == ("prepared", [])
    assert (await sign(asking, "anna", "outgoing", known)).json()["state"] == "handed_over"
    await room.send([signal("T9", AT + MINUTE)])
    assert (await sign(asking, "bernat", "incoming", known)).json()["state"] == "taken_over"
    whole = (await read(asking, f"/v1/handovers/{known['handover_id']}")).json()
    assert [(each["side"], each["who"]) for each in whole["signatures"]] == [("outgoing", "anna"), ("incoming", "bernat")]
    assert hashlib.sha256(whole["content"].encode()).hexdigest() == whole["sha256"] == known["sha256"]
    assert json.loads(whole["content"]) == whole["report"]
    assert "T9" not in whole["content"]
    (listed,) = (await read(asking, "/v1/handovers", area="demo")).json()["items"]
    assert listed == {name: whole[name] for name in listed}
    journal = (await read(asking, "/v1/journal")).json()["items"]
    assert [entry["to"] for entry in journal if entry["region"] == "handover"] == ["taken_over", "handed_over", "prepared"]


@pytest.mark.parametrize(
    ("who", "side", "said", "why"),
    [
        ("bernat", "incoming", {}, "Who goes signs first"),
        ("anna", "outgoing", {"sha256": "0" * 64}, "read it again"),
    ],
)
async def test_a_signature_that_breaks_a_rule_is_refused_with_the_cure(
    asking: httpx.AsyncClient, who: str, side: str, said: dict[str, str], why: str
) -> None:
    answer = await sign(asking, who, side, await prepared(asking), **said)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_signed")
    assert why in answer.json()["detail"]


async def test_one_person_does_not_sign_for_both(asking: httpx.AsyncClient) -> None:
    known = await prepared(asking)
    await sign(asking, "anna", "outgoing", known)
    assert (await sign(asking, "anna", "incoming", known)).json()["code"] == "not_signed"
    assert (await sign(asking, "bernat", "outgoing", known)).json()["code"] == "not_signed"
    assert (await sign(asking, "viewer", "incoming", known)).status_code == 403


async def test_the_same_request_again_is_the_same_handover(asking: httpx.AsyncClient) -> None:
    key, act = str(uuid4()), str(uuid4())
    assert await prepared(asking, key) == await prepared(asking, key)
    assert len((await read(asking, "/v1/handovers")).json()["items"]) == 1
    other = await sent(asking, "anna", "/v1/handovers", {"area": "elsewhere"}, key)
    assert (other.status_code, other.json()["code"]) == (409, "key_reused")
    body = {"side": "outgoing", "sha256": (await prepared(asking, key))["sha256"]}
    for handover, status in ((key, 200), (key, 200), ((await prepared(asking))["handover_id"], 409)):
        assert (await sent(asking, "anna", f"/v1/handovers/{handover}/sign", body, act)).status_code == status


async def test_print_and_text_say_the_same_and_what_people_wrote_cannot_harm(asking: httpx.AsyncClient) -> None:
    known = await prepared(asking)
    await sign(asking, "anna", "outgoing", known)
    path = f"/v1/handovers/{known['handover_id']}"
    page, text = await read(asking, path, format="html"), await read(asking, path, format="text")
    assert page.headers["content-type"].startswith("text/html")
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text
    assert text.headers["content-type"].startswith("text/plain")
    for each in ("Crew on the way.", "sensor moved", known["sha256"], "outgoing: anna"):
        assert each in page.text
        assert each in text.text
    assert "OPEN, NOT ACKNOWLEDGED: 2" in text.text
    assert "SIGNATURES" not in (await read(asking, "/v1/handovers/draft", area="demo", format="text")).text


async def test_a_shift_of_a_month_and_a_handover_nobody_knows_are_refused(asking: httpx.AsyncClient) -> None:
    answer = await read(asking, "/v1/handovers/draft", area="demo", since="2026-01-01T00:00:00Z")
    assert (answer.status_code, answer.json()["code"]) == (409, "shift_range")
    assert (await read(asking, f"/v1/handovers/{uuid4()}")).status_code == 404
