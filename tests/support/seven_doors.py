"""All ways in which measurements come to waste, each to a site of its own: good ones by number, and what is refused, and why.

Numbers are ten seconds apart; the level of one is 1.5 m and as many millimetres.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from prometheus_client.parser import text_string_to_metric_families
from support.asking import ask
from support.hostile import encoded, measurements
from support.mosquitto import Mosquitto
from support.plain_kafka import read_all
from support.processes import ServiceProcess
from support.uplinks import CHIRPSTACK, OBSERVATIONS, THINGS_STACK, chirpstack, observation, things_stack
from talaia.cli.kafka.node import free_port
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.stream.clock import wall_now
from talaia.stream.producer import Producer
from talaia.stream.settings import BusSettings
from talaia.waste.service import SERVICE

SOURCES = {
    "chirpstack": '{ device = "70b3d5499a1b2c3d", field = "distance", unit = "mm", mounting_height_m = 5.0 }',
    "things": '{ device = "tank-1", field = "water.cm", unit = "cm" }',
    "sta": '{ datastream = "42", unit = "m" }',
    "scada": '{ tag = "LT-101", unit = "m" }',
}
PLACES = ("http", "lines", "csv", *SOURCES)


class Door(NamedTuple):
    """How measurements get to one site. good: a measurement by its number; bad: others, with the reason of their refusal."""

    site: str
    good: Callable[[int], bytes]
    bad: tuple[tuple[bytes, str], ...]
    send: Callable[[list[bytes]], Counter[str]]


class City:
    """Both processes that have doors, and the seven ways in."""

    def __init__(self, mosquitto: Mosquitto, bus: BusSettings, folder: Path) -> None:
        self.mosquitto, self.bus, self.folder = mosquitto, bus, folder
        self.start = wall_now() - timedelta(hours=2)
        self.api, self.metrics = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.doors = [self._http(), self._lines(), self._csv(), self._scada(), self._chirpstack(), self._things(), self._sta()]
        self.tables = 0

    def process(self, role: str) -> ServiceProcess:
        environment = {
            "TALAIA_KAFKA_BOOTSTRAP": self.bus.kafka_bootstrap,
            "TALAIA_TOPIC_PREFIX": self.bus.topic_prefix,
            "TALAIA_METRICS_PORT": self.metrics.rpartition(":")[2],
            "TALAIA_WASTE_LISTEN": self.api.removeprefix("http://"),
            "TALAIA_WASTE_DATABASE_URL": f"sqlite:///{self.folder}/view.sqlite",
        }
        process = ServiceProcess("waste", role, environment, self.folder / f"{role}.log")
        process.command += [str(self.folder)] if role == "ingest" else []
        return process

    def configure(self) -> None:
        """Its files, and the same on the bus."""
        sites = "".join(
            f'[[catchments.sites]]\nid = "{place}"\nkind = "storage_tank"\ncrest_m = 5.0\ngauge = "RG1"\n'
            f'[[catchments.sites.sensors]]\nid = "{place}.level"\nquantity = "level"\n'
            + (f"source = {SOURCES[place]}\n" if place in SOURCES else "")
            for place in PLACES
        )
        (self.folder / "waste.toml").write_text(
            f'area = "demo"\n[[catchments]]\nid = "upper"\ngauges = [{{ id = "RG1" }}]\n{sites}'
        )
        (self.folder / "doors.toml").write_text(f'[mqtt]\nbroker = "{self.mosquitto.address}"\n[inbox]\nfolder = "inbox"\n')

        async def tell() -> None:
            async with Producer(self.bus) as producer:
                await producer.send(SERVICE.configure(self.folder, "tests", self.start))

        asyncio.run(tell())

    def time(self, number: int) -> datetime:
        return self.start + timedelta(seconds=10 * number)

    def expected(self, numbers: Iterable[int]) -> dict[tuple[str, datetime], float]:
        """Levels by site and time, metres."""
        return {(door.site, self.time(n)): 1.5 + n / 1_000 for door in self.doors for n in numbers}

    def arrived(self) -> dict[tuple[str, datetime], float]:
        """What stands on the bus, as `expected`."""
        records = read_all(self.bus.kafka_bootstrap, self.bus.topic(MEASUREMENTS.name), MEASUREMENTS.partitions)
        told = [event for record in records if (event := json.loads(record.value))["type"].endswith(".measured.v1")]
        return {(each["subject"], datetime.fromisoformat(each["time"])): each["data"]["value"] for each in told}

    def counted(self) -> Counter[str]:
        """What the role `ingest` counts, by outcome."""
        text = httpx.get(f"{self.metrics}/metrics").text
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
        items = [each for each in samples if each.name == "talaia_waste_door_items_total"]
        return Counter({each.labels["outcome"]: int(each.value) for each in items if each.value})

    # the ways in

    def _item(self, site: str, number: int) -> dict[str, Any]:
        names = {"site": site, "sensor": f"{site}.level", "quantity": "level", "unit": "m"}
        return names | {"time": self.time(number).isoformat(), "value": 1.5 + number / 1_000}

    def _http(self) -> Door:
        def send(items: list[bytes]) -> Counter[str]:
            return self._posted(b"[" + b",".join(items) + b"]", "application/json")

        # of a list with a lone surrogate nothing can be read: it is no JSON
        named = measurements(self._item("http", 0))
        spoilt = tuple((encoded(each), "") for what, each in named if "surrogate" not in what)
        return Door("http", lambda n: encoded(self._item("http", n)), spoilt, send)

    def _lines(self) -> Door:
        broken = (b'{"time": "2026-', b'{"value": NaN}', b"\xff\xfe", b"[" * 10_000)
        spoilt = [(encoded(each), "") for _, each in measurements(self._item("lines", 0))]
        bad = (*spoilt, *((each, "unreadable") for each in broken))
        return Door(
            "lines",
            lambda n: encoded(self._item("lines", n)),
            bad,
            lambda items: self._posted(b"\n".join(items), "application/x-ndjson"),
        )

    def _posted(self, content: bytes, content_type: str) -> Counter[str]:
        answer = ask("POST", f"{self.api}/v1/measurements", content=content, headers={"content-type": content_type})
        assert answer.status_code in (202, 207), answer.text
        return Counter(each["reason"] for each in answer.json()["items"] if not each["accepted"])

    def _table(self, heading: str) -> Callable[[list[bytes]], Counter[str]]:
        def send(lines: list[bytes]) -> Counter[str]:
            self.tables += 1
            being_written = self.folder / "inbox" / f"export-{self.tables}.part"
            being_written.write_bytes(b"\n".join([heading.encode(), *lines]))
            being_written.rename(being_written.with_suffix(".csv"))
            return Counter()

        return send

    def _csv(self) -> Door:
        def line(number: int = 0, **other: object) -> bytes:
            said = self._item("csv", number) | other
            return ",".join(str(said[name]) for name in ("site", "sensor", "quantity", "unit", "time", "value")).encode()

        bad = (
            *((line(unit="furlong"), "unit"), (line(site="Atlantis"), "unknown_site"), (line(quantity="mood"), "line")),
            *((line(time="1970-01-01T00:00:00Z"), "too_old"), (line(time="2099-01-01T00:00:00Z"), "from_the_future")),
            *((line(value="nan"), "schema"), (line(value="1e999"), "not_finite"), (line(value="1;5"), "line"), (b"csv", "line")),
            *((line(sensor="a\x1b[2J"), "control_character"), (line(site="x" * 100_000), "line")),
        )
        return Door("csv", line, bad, self._table("site,sensor,quantity,unit,timestamp,value"))

    def _scada(self) -> Door:
        def line(number: int = 0, time: str = "", value: str = "") -> bytes:
            return f"LT-101,{time or self.time(number).isoformat()},{value or 1.5 + number / 1_000},192".encode()

        bad = (
            *((line(time="1970-01-01T00:00:00Z"), "too_old"), (line(time="2099-01-01T00:00:00Z"), "from_the_future")),
            *((line(time="0001-01-01T00:00:00"), "line"), (line(time="soon"), "line"), (line(value="4,1"), "line")),
            *((line(value="-inf"), "line"), (line(value="=1+2"), "schema"), (b"LT-101", "line")),
        )
        return Door("scada", line, bad, self._table("tag,timestamp,value,quality"))

    def _published(self, topic: str) -> Callable[[list[bytes]], Counter[str]]:
        def send(payloads: list[bytes]) -> Counter[str]:
            self.mosquitto.publish(topic, *payloads)
            return Counter()

        return send

    def _chirpstack(self) -> Door:
        def uplink(number: int = 0, payload: dict[str, Any] | None = None, **other: Any) -> bytes:
            told = {"distance": 3_500 - number} if payload is None else payload
            return chirpstack(told, **{"time": self.time(number).isoformat(), "rxInfo": []} | other)

        bad = (
            *((uplink(time="1970-01-01T00:00:00Z"), "too_old"), (uplink(time="2099-01-01T00:00:00Z"), "from_the_future")),
            *((uplink(time="soon"), "schema"), (uplink(payload={}), "no_field"), (uplink(payload={"distance": [1]}), "no_field")),
            *((uplink(payload={"distance": "high \x00\x1b[2J"}), "schema"), (uplink(payload={"distance": 1e999}), "unreadable")),
            *((uplink(deviceInfo={"devEui": "ffff"}), "unknown_device"), (uplink()[:-9], "unreadable")),
        )
        return Door("chirpstack", uplink, bad, self._published(CHIRPSTACK))

    def _things(self) -> Door:
        def uplink(number: int = 0, cm: Any = None, **other: Any) -> bytes:
            payload = {"water": {"cm": 150 + number / 10 if cm is None else cm}}
            return things_stack(payload, **{"received_at": self.time(number).isoformat(), "rx_metadata": []} | other)

        bad = (
            *((uplink(received_at="1970-01-01T00:00:00Z"), "too_old"), (uplink(received_at=7), "schema")),
            *((uplink(received_at="2099-01-01T00:00:00Z"), "from_the_future"), (uplink(decoded_payload=None), "no_field")),
            *((uplink(cm=True), "schema"), (uplink(cm=10**400), "not_finite"), (uplink(cm="\u202e1"), "schema")),
        )
        return Door("things", uplink, bad, self._published(THINGS_STACK))

    def _sta(self) -> Door:
        def said(number: int = 0, result: Any = ..., **other: Any) -> bytes:
            value = 1.5 + number / 1_000 if result is ... else result
            return observation(value, **{"phenomenonTime": self.time(number).isoformat()} | other)

        bad = (
            *(
                (said(phenomenonTime="1970-01-01T00:00:00Z"), "too_old"),
                (said(phenomenonTime="2099-01-01T00:00:00Z/.."), "schema"),
            ),
            *(
                (said(phenomenonTime=None, resultTime=None), "schema"),
                (said(result=None), "schema"),
                (said(result=[1]), "schema"),
            ),
            *((said(result="high"), "schema"), (said(phenomenonTime="2099-01-01T00:00:00Z"), "from_the_future")),
        )
        return Door("sta", said, bad, self._published(OBSERVATIONS))
