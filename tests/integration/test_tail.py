"""`talaia tail`: the events of a topic, a line each; nothing of a stranger is obeyed, nothing personal shown."""

import json
import os
import signal
import subprocess
import sys
import uuid
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Producer
from support.command_line import Command, command, typed
from support.examples import example
from support.processes import wait_for
from talaia.contracts.catalogue import every_topic
from talaia.contracts.waste import Measured
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings

__all__ = ["command", "typed"]

pytestmark = [pytest.mark.broker, pytest.mark.timeout(120)]

# a test run in the background has SIGINT ignored, and hands that on
_FOLLOWING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["talaia", "tail", "waste.forecasts.v1"]
from talaia.cli.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def bus(broker: str) -> BusSettings:
    """Topics for all tests here; each uses a topic of its own."""
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=f"t{uuid.uuid4().hex[:8]}.")
    topics.apply(settings, every_topic())
    return settings


@pytest.fixture
def talaia(command: Command) -> Command:
    return partial(command, "tail")


def put(bus: BusSettings, topic: str, key: str, value: bytes, headers: list[tuple[str, bytes]] | None = None) -> None:
    producer = Producer({"bootstrap.servers": bus.kafka_bootstrap})
    partition = partition_of(key.encode(), 16)
    producer.produce(bus.topic(topic), value, key=key.encode(), partition=partition, headers=headers or [])
    assert producer.flush(30) == 0


def measured(site: str, minute: int = 0) -> bytes:
    filled = json.loads(example(Measured))
    filled["data"] |= {"site": site}
    filled["time"] = (datetime.fromisoformat("2026-03-01T02:00:00+00:00") + timedelta(minutes=minute)).isoformat()
    return json.dumps(filled).encode()


def test_without_follow_all_that_is_there_is_shown_and_then_it_ends(bus: BusSettings, talaia: Command) -> None:
    for number in range(3):
        put(bus, "waste.measurements.v1", f"c{number}", measured(f"site-{number}", number))
    put(bus, "waste.measurements.v1", "c0", b"\x1b[2J{")
    done = talaia("waste.measurements.v1", "--no-follow")
    assert done.code == 0
    lines = done.out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("2026-03-01T02:00:00  c0  measured  site=site-0")
    assert lines[-1] == r"c0  unreadable: \x1b[2J{"
    one = talaia("waste.measurements.v1", "--no-follow", "--key", "c1", "--json").out
    assert json.loads(one)["event"]["data"]["site"] == "site-1"


def test_it_begins_at_a_time_that_is_given(bus: BusSettings, talaia: Command) -> None:
    put(bus, "waste.readings.v1", "s1", measured("early"))
    noon = wall_now() + timedelta(milliseconds=5)
    wait_for(lambda: wall_now() > noon, "a later moment")
    put(bus, "waste.readings.v1", "s1", measured("late"))
    shown = talaia("waste.readings.v1", "--from", noon.isoformat(), "--no-follow").out
    assert "late" in shown
    assert "early" not in shown
    assert talaia("waste.readings.v1", "--from", "2100-01-01", "--no-follow").out == ""


def test_what_comes_is_followed_until_ctrl_c_which_leaves_no_trace(bus: BusSettings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    environment = os.environ | {"TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap, "TALAIA_TOPIC_PREFIX": bus.topic_prefix}
    command = [sys.executable, "-c", _FOLLOWING]
    with out.open("wb") as stream:
        process = subprocess.Popen(command, env=environment, stdout=stream, stderr=stream)
    try:

        def came() -> bool:
            put(bus, "waste.forecasts.v1", "s1", measured("site-7"))
            return "site=site-7" in out.read_text()

        wait_for(came, "an event that is followed")
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 130
    finally:
        process.kill()
    assert all("site=site-7" in line for line in out.read_text().splitlines())


def test_a_topic_that_is_not_there_is_told_at_once(bus: BusSettings, talaia: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "there is no topic traffic.v1: there are alerts.signals.v1" in talaia("traffic.v1").err
    assert talaia("waste.readings.v1", "--from", "noon").code == 2
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", "empty.")
    done = talaia("waste.readings.v1")
    assert done.code == 1
    assert "run `talaia topics apply`" in done.err
