"""The role `ingest` as a process, between a real MQTT broker, an inbox for tables and a real Kafka."""

import asyncio
import json
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest
from support.asking import answers
from support.hostile import BODIES
from support.mosquitto import Mosquitto
from support.plain_kafka import read_all
from support.processes import ServiceProcess, wait_for
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message
from talaia.stream.settings import BusSettings
from talaia.waste.ingest.intake import PatientSender
from talaia.waste.ingest.measurements import Item, measured

pytestmark = pytest.mark.broker
CITY = """
area = "demo"
[[catchments]]
id = "upper"
gauges = [{ id = "RG1" }]
[[catchments.sites]]
id = "T1"
kind = "storage_tank"
crest_m = 5.0
gauge = "RG1"
[[catchments.sites.sensors]]
id = "T1.level"
quantity = "level"
source = { device = "tank-1", field = "distance", unit = "mm", mounting_height_m = 5.0 }
[[catchments.sites.sensors]]
id = "T1.P1"
quantity = "pump_running"
source = { tag = "P1.RUN" }
"""
TOPIC = "v3/water@ttn/devices/tank-1/up"


def uplink(number: int, start: datetime) -> bytes:
    """An uplink of The Things Stack, `number` seconds after the start."""
    time = (start + timedelta(seconds=number)).isoformat()
    message = {"decoded_payload": {"distance": 1_000 + number}, "received_at": time}
    return json.dumps({"end_device_ids": {"device_id": "tank-1"}, "received_at": time, "uplink_message": message}).encode()


@pytest.fixture
def bus(broker: str, prefix: str) -> BusSettings:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(settings, [MEASUREMENTS])
    return settings


def values(bus: BusSettings) -> list[float]:
    """What stands on the bus, in its order."""
    records = read_all(bus.kafka_bootstrap, bus.topic(MEASUREMENTS.name), MEASUREMENTS.partitions)
    return [json.loads(record.value)["data"]["value"] for record in records]


def test_killed_twice_it_loses_no_uplink_and_told_to_end_it_ends_with_code_0(
    mosquitto: Mosquitto, bus: BusSettings, tmp_path: Path
) -> None:
    (tmp_path / "waste.toml").write_text(CITY)
    (tmp_path / "doors.toml").write_text(f'[mqtt]\nbroker = "{mosquitto.address}"\n[inbox]\nfolder = "inbox"\n')
    port, start = free_port(), wall_now() - timedelta(hours=1)
    environment = {
        "TALAIA_KAFKA_BOOTSTRAP": bus.kafka_bootstrap,
        "TALAIA_TOPIC_PREFIX": bus.topic_prefix,
        "TALAIA_METRICS_PORT": str(port),
    }
    healthy = f"http://127.0.0.1:{port}/healthz"
    process = ServiceProcess("waste", "ingest", environment, tmp_path / "ingest.log")
    process.command.append(str(tmp_path))
    with process:
        wait_for(lambda: answers(healthy), "the door", last=process.said)
        assert httpx.get(healthy).json()["bus"] is None
        for first in range(0, 300, 100):
            mosquitto.publish(TOPIC, *(body.content for body in BODIES), *(uplink(n, start) for n in range(first, first + 100)))
            if first < 200:
                process.kill()
                process.start()
        wait_for(lambda: len(set(values(bus))) == 300, "all uplinks", last=process.said)
        assert min(values(bus)) == pytest.approx(5 - 1.299)
        counted = httpx.get(f"http://127.0.0.1:{port}/metrics").text
        assert 'talaia_waste_door_items_total{outcome="unreadable"}' in counted
        assert "talaia_mqtt_connected 1.0" in counted
        health = httpx.get(healthy).json()
        assert (health["mqtt"], health["mqtt_reconnects"], health["bus"]) == (True, 0, True)
        assert datetime.fromisoformat(health["mqtt_last_message_at"]) <= wall_now()
        (tmp_path / "inbox/export.csv").write_text(f"tag,timestamp,value,quality\nP1.RUN,{start.isoformat()},ON,192\n")
        wait_for(lambda: 1.0 in values(bus), "the table", last=process.said)
        assert process.terminate() == 0


def test_a_mistake_in_a_file_ends_it_at_once_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "waste.toml").write_text(CITY)
    process = ServiceProcess("waste", "ingest", {}, tmp_path / "ingest.log")
    process.command.append(str(tmp_path))
    with process:
        wait_for(lambda: not process.alive(), "its end")
        assert process.terminate() == 72
    [line] = process.said().splitlines()
    assert "doors.toml: there is no such file" in json.loads(line)["message"]


async def test_what_the_bus_does_not_take_waits_until_it_does(broker: str, prefix: str, caplog: pytest.LogCaptureFixture) -> None:
    settings = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    item = Item(time=wall_now(), site="T1", sensor="T1.level", quantity=Quantity.LEVEL, value=1.5, unit="m")
    message = Message(MEASUREMENTS, "upper", measured(item, source="test", recorded_at=wall_now()))
    sender = PatientSender(settings, again_s=0.1)
    sending = asyncio.create_task(sender.send([message]))
    await asyncio.to_thread(wait_for, lambda: "what came waits" in caplog.text, "a first failure")
    assert not sending.done()
    await asyncio.to_thread(topics.apply, settings, [MEASUREMENTS])
    await sending
    assert sender.well
    await sender.close()
    assert set(values(settings)) == {1.5}
