"""From a broken sender to the operator: what the waste worker says of a source is an alarm of the alerts worker."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support.alert_events import AREA
from support.waste_events import configured, minute
from talaia.alerts.ingest.register import configured as register_of
from talaia.alerts.ingest.register import read_register
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.alerts import Alarm, AlarmStands
from talaia.contracts.catalogue import ALARMS, MEASUREMENTS, SIGNALS
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.contracts.vocabulary import Priority
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.records import Outgoing
from talaia.stream.processor import Message
from talaia.waste.worker.stream import WasteProcessor

DEMO = Path(__file__).parents[3] / "infra/cities/demo"


class Road:
    """Measurements in, alarms out, everything between on the in-memory bus."""

    def __init__(self) -> None:
        self.bus = MemoryBus()
        self.workers = [MemoryWorker(WasteProcessor(), self.bus), MemoryWorker(AlertsProcessor(), self.bus)]
        self.alarms: dict[str, Alarm] = {}
        self.send(configured("T1"))
        self.send(register_of(read_register(DEMO), area=AREA, source="city", decided_by="tests", now=minute(0)))
        self.run()

    def send(self, message: Message) -> None:
        self.put(message.topic.name, message.key.encode(), msgspec.json.encode(message.event))

    def put(self, topic: str, key: bytes, value: bytes) -> None:
        self.bus.append(Outgoing(topic, key, value, (CONTENT_TYPE_HEADER,)), 16)

    def run(self) -> None:
        for worker in self.workers:
            for said in worker.run():
                self.bus.append(said, 16)
                if said.topic == ALARMS.name:
                    alarm = msgspec.json.decode(said.value, type=AlarmStands).data
                    self.alarms[alarm.alarm_id] = alarm

    def measured(self, at_min: float, value: object = 1.0, source: str = "T1-level", key: str = "c1") -> None:
        at = minute(at_min).isoformat()
        data = {"site": "T1", "sensor": "T1-level", "quantity": "level", "value": value, "unit": "m"}
        event = {"type": "city.talaia.waste.measurements.measured.v1", "specversion": "1.0", "id": f"{source}-{at_min}"}
        event |= {"source": source, "time": at, "recordedtime": at, "datacontenttype": "application/json", "data": data}
        self.put(MEASUREMENTS.name, key.encode(), msgspec.json.encode(event))


def test_a_source_that_is_rejected_is_an_alarm_of_its_area_until_it_is_clean() -> None:
    road = Road()
    for number in range(30):
        road.measured(number, value="four metres")
    road.run()
    (alarm,) = [each for each in road.alarms.values() if each.kind == "system.source_rejected"]
    assert (alarm.area, alarm.subject, alarm.shown) == (AREA, "T1-level", "UNACKNOWLEDGED")
    assert (alarm.title, alarm.priority, alarm.unrationalised) == ("A source's data is rejected", Priority.LOW, False)
    assert "talaia rejects" in alarm.guidance
    assert alarm.evidence.facts["reasons"].startswith("schema")
    for number in range(30, 140):
        road.measured(number)
    road.run()
    assert road.alarms[alarm.alarm_id].condition in ("off_delay", "normal")


def test_the_alarm_does_not_die_with_the_word_that_the_waste_worker_is_alive() -> None:
    road = Road()
    for number in range(30):
        road.measured(number, value="four metres")
    road.measured(45, source="another")
    road.run()
    (alarm,) = [each for each in road.alarms.values() if each.kind == "system.source_rejected"]
    assert (alarm.condition, alarm.freshness) == ("active", "fresh")


def test_a_source_of_a_catchment_that_nobody_configured_is_told_all_the_same() -> None:
    road = Road()
    for number in range(30):
        road.measured(number, value="four metres", key="nowhere")
    road.run()
    (alarm,) = [each for each in road.alarms.values() if each.kind == "system.source_rejected"]
    assert (alarm.area, alarm.unrationalised) == ("system", True)


def test_the_alerts_worker_tells_of_its_own_sources() -> None:
    road = Road()
    for number in range(30):
        at = (minute(0) + timedelta(seconds=number)).isoformat()
        road.put(SIGNALS.name, AREA.encode(), msgspec.json.encode({"source": "outsider", "id": str(number), "time": at}))
    road.run()
    road.run()
    (alarm,) = [each for each in road.alarms.values() if each.kind == "system.source_rejected"]
    assert (alarm.area, alarm.subject) == (AREA, "outsider")


@pytest.mark.parametrize("source", ["x" * 200, "é" * 200, "\u202e" * 200])
def test_a_name_of_any_length_and_script_is_an_alarm_that_readers_take(source: str) -> None:
    road = Road()
    for number in range(30):
        road.measured(number, value="four metres", source=source)
    road.run()
    assert [each for each in road.alarms.values() if each.kind == "system.source_rejected"]
    assert not road.workers[1].rejects
