"""Alerts of Prometheus become alarms, alarms are shown as alerts, silences are refused where a rule is broken."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.alert_events import now, register, signal
from support.control_room import ControlRoom, application
from support.web import client, keys_of_roles
from talaia.contracts.vocabulary import SignalState

DOWN = {"labels": {"alertname": "Down", "instance": "a", "severity": "critical", "site": "T1"}}
T1 = [{"name": "site", "value": "T1", "isRegex": False}]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ControlRoom]:
    found = ControlRoom(tmp_path)
    yield found
    found.close()


@pytest.fixture
async def asking(room: ControlRoom, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    await room.send([register(now())])
    async with client(application(room, key_file=keys_of_roles(tmp_path)), [("x-api-key", "supervisor")]) as found:
        yield found


async def alerts(asking: httpx.AsyncClient, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await asking.get("/api/v2/alerts", params=query)).json()
    return found


async def silence(asking: httpx.AsyncClient, *, hours: float = 1, key: str = "supervisor", **said: Any) -> httpx.Response:
    times = {"startsAt": now().isoformat(), "endsAt": (now() + timedelta(hours=hours)).isoformat()}
    body = {"matchers": T1, "createdBy": "ana", "comment": "cleaning", **times, **said}
    return await asking.post("/api/v2/silences", json=body, headers={"x-api-key": key})


async def test_an_alert_becomes_an_alarm_of_its_own_kind_and_ends_with_it(asking: httpx.AsyncClient) -> None:
    assert (await asking.post("/api/v2/alerts", json=[DOWN])).json() == {"taken": 1}
    (alarm,) = (await asking.get("/v1/alarms")).json()["items"]
    assert (alarm["kind"], alarm["priority"], alarm["location"]["site"]) == ("external.Down", "critical", "T1")
    (alert,) = await alerts(asking)
    assert (alert["labels"], alert["status"]["state"]) == (DOWN["labels"], "active")
    await asking.post("/api/v2/alerts", json=[DOWN | {"endsAt": now().isoformat()}])
    assert await alerts(asking) == []


async def test_said_again_an_alert_is_one_alarm_and_is_good_for_longer(asking: httpx.AsyncClient) -> None:
    await asking.post("/api/v2/alerts", json=[DOWN])
    (first,) = await alerts(asking)
    await asking.post("/api/v2/alerts", json=[DOWN])
    (second,) = await alerts(asking)
    assert second["endsAt"] > first["endsAt"]
    assert (await asking.get("/v1/alarms")).json()["items"][0]["activations"] == 1


async def test_an_alert_that_does_not_fit_takes_no_other_with_it(asking: httpx.AsyncClient) -> None:
    answer = await asking.post(
        "/api/v2/alerts", json=[{"labels": {"instance": "a"}}, DOWN, {"labels": {"alertname": "x", "a b": "c"}}]
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "alert")
    assert [fault["where"] for fault in answer.json()["faults"]] == ["body/0", "body/2"]
    assert len(await alerts(asking)) == 1


async def test_with_several_areas_an_alert_names_its_own(asking: httpx.AsyncClient, room: ControlRoom) -> None:
    await room.send([register(now(), area="harbour")])
    assert (await asking.post("/api/v2/alerts", json=[DOWN])).status_code == 400
    assert (await silence(asking)).json()["code"] == "silence_area"
    labels = DOWN["labels"] | {"area": "harbour"}
    assert (await asking.post("/api/v2/alerts", json=[{"labels": labels}])).status_code == 200
    assert (await silence(asking, matchers=[*T1, {"name": "area", "value": "harbour", "isRegex": False}])).status_code == 200


async def test_our_own_alarms_are_alerts_too_and_a_silence_hides_those_to_come(
    asking: httpx.AsyncClient, room: ControlRoom
) -> None:
    made = (await silence(asking)).json()["silenceID"]
    await room.send([signal("T1", now()), signal("T2", now())])
    assert [one["labels"]["site"] for one in await alerts(asking, silenced="false")] == ["T2"]
    (hidden,) = await alerts(asking, active="false")
    assert hidden["status"] == {"state": "suppressed", "silencedBy": [made], "inhibitedBy": []}
    assert hidden["labels"]["alertname"] == "waste.overflow_expected"
    assert (await asking.delete(f"/api/v2/silence/{made}")).status_code == 200
    assert len(await alerts(asking, silenced="false")) == 2
    kept = (await asking.get(f"/api/v2/silence/{made}")).json()
    assert (kept["status"]["state"], kept["createdBy"]) == ("expired", "ana (supervisor-1)")


async def test_an_alarm_that_returned_and_waits_for_a_hand_is_no_alert(asking: httpx.AsyncClient, room: ControlRoom) -> None:
    await room.send([signal("T1", now())])
    await room.send([signal("T1", now(), SignalState.ENDED)])
    assert await alerts(asking) == []


@pytest.mark.parametrize(
    ("said", "key", "status", "code"),
    [
        ({}, "viewer", 403, "forbidden"),
        ({"hours": 8.5}, "operator", 409, "silence_refused"),
        ({"hours": 72.5}, "supervisor", 409, "silence_refused"),
        ({"hours": -1}, "operator", 409, "silence_refused"),
        ({"comment": ""}, "operator", 409, "silence_refused"),
        ({"matchers": [{"name": "a", "value": "(", "isRegex": True}]}, "operator", 409, "silence_refused"),
        ({"id": "00000000-0000-4000-8000-000000000000"}, "operator", 404, "not_found"),
        ({"matchers": []}, "operator", 422, "invalid"),
    ],
)
async def test_a_silence_that_breaks_a_rule_is_refused(
    asking: httpx.AsyncClient, said: dict[str, Any], key: str, status: int, code: str
) -> None:
    answer = await silence(asking, key=key, **said)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await asking.get("/api/v2/silences")).json() == []


async def test_a_silence_that_nobody_judges_yet_is_answered_so(asking: httpx.AsyncClient, room: ControlRoom) -> None:
    room.worker_runs = False
    answer = await silence(asking)
    assert answer.status_code == 202
    assert answer.headers["location"] == f"/api/v2/silence/{answer.json()['silenceID']}"


async def test_a_filter_that_cannot_be_read_is_told_so(asking: httpx.AsyncClient) -> None:
    assert (await asking.get("/api/v2/alerts", params={"filter": 'a=~"("'})).json()["code"] == "matcher"
    assert (await asking.get("/api/v2/silences", params={"filter": "nothing"})).status_code == 422
