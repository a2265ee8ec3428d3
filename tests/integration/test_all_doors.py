"""Every door of waste at once, on a real Kafka and a real MQTT broker: good measurements among all that strangers may send."""

import random
from collections import Counter
from pathlib import Path

import httpx
import pytest
from support.asking import answers, ask
from support.hostile import BODIES
from support.mosquitto import Mosquitto
from support.processes import wait_for
from support.seven_doors import City
from support.uplinks import CHIRPSTACK, OBSERVATIONS, THINGS_STACK
from talaia.contracts.catalogue import every_topic
from talaia.stream import topics
from talaia.stream.settings import BusSettings
from talaia.waste.api.codes import CODES

pytestmark = pytest.mark.broker
PATIENCE_S = 120.0
LATE, ON_TIME, BURST, AFTER = range(-360, -350), range(60), range(60, 360), 500


@pytest.fixture
def town(mosquitto: Mosquitto, broker: str, prefix: str, tmp_path: Path) -> City:
    bus = BusSettings(kafka_bootstrap=broker, topic_prefix=prefix)
    topics.apply(bus, every_topic())
    city = City(mosquitto, bus, tmp_path)
    city.configure()
    return city


@pytest.mark.timeout(600)
def test_every_good_measurement_comes_through_every_door_and_every_other_is_refused_for_its_reason(town: City) -> None:
    chance = random.Random(7)
    with town.process("api") as api, town.process("ingest") as ingest:
        wait_for(lambda: answers(f"{town.api}/v1/sites/sta"), "the API", PATIENCE_S, api.said)
        wait_for(
            lambda: answers(f"{town.metrics}/healthz") and (town.folder / "inbox").is_dir(), "the doors", PATIENCE_S, ingest.said
        )

        refused = Counter[str]()
        for door in town.doors:
            told = [door.good(n) for n in (*LATE, *ON_TIME, *ON_TIME)] + [each for each, _ in door.bad]
            chance.shuffle(told)
            refused += door.send(told)
            refused += door.send([door.good(n) for n in BURST])
        expected = town.expected((*LATE, *ON_TIME, *BURST))
        wait_for(lambda: len(town.arrived()) >= len(expected), "all good ones", PATIENCE_S, ingest.said)
        assert town.arrived() == pytest.approx(expected)

        over_http, others = town.doors[:2], town.doors[2:]
        assert refused.total() == sum(len(door.bad) for door in over_http)
        assert set(refused) <= set(CODES)
        reasons = Counter(reason for door in others for _, reason in door.bad)
        accepted = len(others) * (len(LATE) + 2 * len(ON_TIME) + len(BURST))
        wait_for(lambda: town.counted().total() >= reasons.total() + accepted, "the counts", PATIENCE_S, ingest.said)
        assert town.counted() == reasons + Counter(accepted=accepted)

        (town.folder / "inbox/folder.csv").mkdir()
        for number, body in enumerate(BODIES):
            headers = {} if body.content_type is None else {"content-type": body.content_type}
            assert ask("POST", f"{town.api}/v1/measurements", content=body.content, headers=headers).status_code < 500
            (town.folder / f"inbox/hostile-{number}.csv").write_bytes(body.content)
        for topic in (CHIRPSTACK, THINGS_STACK, OBSERVATIONS):
            town.mosquitto.publish(topic, *(body.content for body in BODIES))
        for door in town.doors:
            assert door.send([door.good(AFTER)]) == Counter()
        expected |= town.expected([AFTER])
        wait_for(lambda: len(town.arrived()) >= len(expected), "those behind", PATIENCE_S, ingest.said)
        assert town.arrived() == pytest.approx(expected)
        wait_for(lambda: not list((town.folder / "inbox").glob("*.csv")), "an empty inbox", PATIENCE_S, ingest.said)
        after = town.counted()
        assert after["accepted"] == accepted + len(others)
        assert after.total() - after["accepted"] >= reasons.total() + 3 * len(BODIES) + 1
        health = httpx.get(f"{town.metrics}/healthz").json()
        assert (health["mqtt"], health["bus"]) == (True, True)
        assert answers(f"{town.api}/readyz")
        assert (ingest.terminate(), api.terminate()) == (0, 0)
