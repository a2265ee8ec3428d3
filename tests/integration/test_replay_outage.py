import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from support.broker import QUICK
from support.plain_kafka import read_all
from talaia.cli.kafka import LocalKafka
from talaia.cli.replay.send import Sent, send_all
from talaia.contracts import waste
from talaia.contracts.catalogue import MEASUREMENTS
from talaia.contracts.vocabulary import Quantity, Unit
from talaia.stream import topics
from talaia.stream.processor import Message
from talaia.stream.settings import BusSettings
from talaia.waste.worker.stream import WasteProcessor

pytestmark = pytest.mark.broker

_AT = datetime(2000, 1, 1, tzinfo=UTC)
_LEVEL = waste.Measurement(site="tank", sensor="level", quantity=Quantity.LEVEL, value=1.0, unit=Unit.METRE)


def measured(number: int) -> Message:
    event = waste.Measured(id=f"m{number}", source="test", subject="tank", time=_AT, recordedtime=_AT, data=_LEVEL)
    return Message(MEASUREMENTS, "upper", event)


async def test_a_replay_goes_on_when_its_broker_is_killed_and_comes_back(tmp_path: Path) -> None:
    with LocalKafka(tmp_path, settings=QUICK) as kafka, ThreadPoolExecutor(1) as pool:
        settings = BusSettings(kafka_bootstrap=kafka.bootstrap)
        topics.apply(settings, [MEASUREMENTS])
        back: list[Future[None]] = []

        def messages() -> Iterator[Message]:
            yield from map(measured, range(1_500))
            kafka.kill()
            back.append(pool.submit(kafka.restart))
            yield from map(measured, range(1_500, 3_000))

        sent = Sent()
        await send_all(settings, WasteProcessor(), messages(), 0, sent, lambda _: None)
        await asyncio.wrap_future(back[0])
        ids = [json.loads(record.value)["id"] for record in read_all(kafka.bootstrap, MEASUREMENTS.name, 16)]
    assert sent.events == 3_000
    assert ids == [f"m{number}" for number in range(3_000)]
