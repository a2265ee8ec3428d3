"""A live stream of the alerts API as a process on SQLite: what a client has when alarms change while they are shown to it."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.asking import answers, ask
from support.processes import wait_for
from talaia.alerts.view.importance import OPEN
from talaia.cli.kafka.node import free_port

TESTS = Path(__file__).parents[1]
ALARMS = 4_000


class Client:
    """Keeps open alarms as the document of the stream says, and counts what it was told."""

    def __init__(self) -> None:
        self.alarms: dict[str, Any] = {}
        self.last_id = ""
        self.pages = self.changes_of_known = self.largest = 0
        self.whole = False

    def hear(self, event: dict[str, str]) -> None:
        said = json.loads(event["data"])
        self.last_id = event.get("id", self.last_id)
        if event["event"] == "snapshot":
            if said["first"]:
                self.alarms.clear()
            self.alarms |= {item["alarm_id"]: item for item in said["items"]}
            self.pages, self.largest, self.whole = self.pages + 1, max(self.largest, len(said["items"])), said["last"]
        elif event["event"] == "changed":
            self.changes_of_known += said["alarm_id"] in self.alarms
            self.alarms.pop(said["alarm_id"], None)
            if said["shown"] in OPEN:
                self.alarms[said["alarm_id"]] = said

    @property
    def change(self) -> int:
        """The last one that it was told."""
        return int(self.last_id.split(".")[1])


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "support.restless_alarms", str(tmp_path), str(port), str(ALARMS)], cwd=TESTS
    )
    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the application to answer")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


def events(address: str, last_id: str) -> Iterator[dict[str, str]]:
    """The events of a stream that goes on after this one, until it is closed."""
    with httpx.stream("GET", f"{address}/v1/alarms/events", headers={"Last-Event-ID": last_id}, timeout=30) as stream:
        event: dict[str, str] = {}
        for line in stream.iter_lines():
            name, colon, said = line.partition(": ")
            if colon and name:
                event[name] = said
            elif not line and event:
                yield event
                event = {}


def shown(address: str) -> dict[str, Any]:
    """All open alarms, as the list has them."""
    found: dict[str, Any] = {}
    cursor: dict[str, Any] = {}
    while True:
        page = ask("GET", f"{address}/v1/alarms", params={"state": list(OPEN), "limit": 500, **cursor}).json()
        found |= {item["alarm_id"]: item for item in page["items"]}
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


def test_a_slow_client_that_is_cut_off_within_the_snapshot_has_at_the_end_what_the_view_has_while_alarms_change_all_the_time(
    address: str, tmp_path: Path
) -> None:
    client = Client()
    while not client.whole:
        with closing(events(address, client.last_id)) as stream:
            before = client.pages
            for event in stream:
                client.hear(event)
                time.sleep(0.03)  # this is how slow it is
                if client.whole or client.pages == before + 10:
                    break
    assert client.largest <= 100
    assert client.pages > 20
    (tmp_path / "rest").touch()
    wait_for((tmp_path / "rested").exists, "the alarms to rest")
    last = int((tmp_path / "rested").read_text())
    with closing(events(address, client.last_id)) as stream:
        for event in stream:
            client.hear(event)
            if client.change >= last:
                break
    assert client.changes_of_known > 300
    assert client.alarms == shown(address)
