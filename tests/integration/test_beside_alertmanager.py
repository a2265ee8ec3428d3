"""The same alerts and silences, by amtool, for a real Alertmanager and for ours: the same answers."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.alert_events import now, register
from support.alertmanager import Amtool, alertmanager, amtool_command
from support.asking import ask
from support.control_room import ControlRoom, Served, application
from support.processes import wait_for

__all__ = ["alertmanager", "amtool_command"]
HIDDEN = ("--silenced", "--active", "--inhibited", "--unprocessed")
SILENCES = {
    "S1": ("--comment=disks are changed", "--duration=2h", "instance=a"),
    "S2": ("--comment=until monday", "--duration=1h", "alertname=~Slow|Late", "job!=api"),
    "S3": ("--comment=over", "--duration=1h", "alertname=Down", "instance=~b.*"),
    "S4": ("--comment=to come", "--start=2099-01-01T00:00:00Z", "--end=2099-01-01T02:00:00Z", "alertname=Down"),
}


@pytest.fixture
def ours(tmp_path: Path, amtool_command: str) -> Iterator[Amtool]:
    room = ControlRoom(tmp_path)
    running = Served(application(room), room)
    running.start()
    running.say(register(now()))
    yield Amtool(amtool_command, running.url)
    running.stop()
    room.close()


def add_alerts(amtool: Amtool) -> None:
    amtool("alert", "add", "alertname=Down", "instance=a", "severity=critical", "--annotation=summary=it is down")
    amtool("alert", "add", "alertname=Down", "instance=b1", "severity=page", "--generator-url=http://prometheus.example/graph")
    amtool("alert", "add", "alertname=Slow", "instance=c", "job=web")
    amtool("alert", "add", "alertname=Slow", "instance=d", "job=api", "--end=2099-01-01T00:00:00Z")
    amtool("alert", "add", "alertname=Gone", "instance=a")
    amtool("alert", "add", "alertname=Gone", "instance=a", "--start=2020-01-01T00:00:00Z", "--end=2020-01-02T00:00:00Z")


def told(found: list[dict[str, Any]], names: dict[str, str]) -> list[Any]:
    """Alerts as both must answer them; silences by our name for them."""
    return sorted(
        (
            alert["fingerprint"],
            sorted(alert["labels"].items()),
            sorted(alert["annotations"].items()),
            alert["status"]["state"],
            sorted(names[one] for one in alert["status"]["silencedBy"]),
            alert["status"]["inhibitedBy"],
            alert.get("generatorURL", ""),
            [receiver["name"] for receiver in alert["receivers"]],
        )
        for alert in found
    )


def of_silences(found: list[dict[str, Any]]) -> list[Any]:
    return sorted(
        (
            one["comment"],
            one["status"]["state"],
            sorted((m["name"], m["value"], m["isRegex"], m["isEqual"]) for m in one["matchers"]),
        )
        for one in found
    )


def silenced(amtool: Amtool) -> dict[str, str]:
    """Silences are made, and one is ended; our name of each, by its id."""
    names = {amtool("silence", "add", "--author=ana", *words): name for name, words in SILENCES.items()}
    amtool("silence", "expire", next(silence_id for silence_id, name in names.items() if name == "S3"))
    return names


def test_the_same_alerts_and_silences_give_the_same_answers(alertmanager: Amtool, ours: Amtool) -> None:
    names = {}
    for amtool in (alertmanager, ours):
        add_alerts(amtool)
        names[amtool] = silenced(amtool)
        amtool("alert", "add", "alertname=Late", "instance=e", "job=web")
    for query in (
        [],
        ["--silenced"],
        ["--active"],
        list(HIDDEN),
        ["instance=a", *HIDDEN],
        ["alertname=~S.*w", "job!=web", *HIDDEN],
        ["alertname!~Slow|Down", *HIDDEN],
        ["--receiver=contr.*", *HIDDEN],
        ["--receiver=nobody", *HIDDEN],
    ):
        theirs, found = (told(amtool.json("alert", "query", *query), names[amtool]) for amtool in (alertmanager, ours))
        assert found == theirs, (query, found, theirs)
    for query in ([], ["--expired"], ["alertname=~Slow.*"], ["alertname=~Slow|Late"], ["instance=a"]):
        theirs, found = (of_silences(amtool.json("silence", "query", *query)) for amtool in (alertmanager, ours))
        assert found == theirs, (query, found, theirs)
    assert len(told(ours.json("alert", "query", *HIDDEN), names[ours])) == 5
    assert len(of_silences(ours.json("silence", "query"))) == 3


def test_a_silence_that_is_updated_hides_what_it_hid(alertmanager: Amtool, ours: Amtool) -> None:
    for amtool in (alertmanager, ours):
        amtool("alert", "add", "alertname=Down", "instance=a")
        made = amtool("silence", "add", "--author=ana", "--comment=first", "--duration=1h", "alertname=Down")
        amtool("silence", "update", made, "--duration=2h", "--comment=longer")
        (one,) = amtool.json("silence", "query")
        assert one["comment"] == "longer"
        (alert,) = amtool.json("alert", "query", *HIDDEN)
        assert alert["status"]["silencedBy"] == [one["id"]]


def test_what_a_dashboard_polls_has_the_same_fields(alertmanager: Amtool, ours: Amtool) -> None:
    for amtool in (alertmanager, ours):
        amtool("alert", "add", "alertname=Down", "instance=a", "--generator-url=http://prometheus.example/graph")
    wait_for(lambda: bool(ask("GET", f"{alertmanager.url}/api/v2/alerts/groups").json()), "a group of alerts")
    for path in ("status", "silences", "receivers", "alerts/groups", "alerts"):
        theirs, found = (shape(ask("GET", f"{amtool.url}/api/v2/{path}").json()) for amtool in (alertmanager, ours))
        assert found == theirs, path


def shape(told: Any) -> Any:
    """The fields of an answer, without what they hold."""
    if isinstance(told, dict):
        return {name: shape(value) for name, value in told.items()}
    return [shape(told[0])] if isinstance(told, list) and told else type(told).__name__


def test_a_tool_can_ask_for_status_and_routing(ours: Amtool) -> None:
    assert "control" in ours("config", "show")
    assert "control" in ours("config", "routes", "show")
