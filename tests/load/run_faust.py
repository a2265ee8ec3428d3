"""The peer: Faust as its user guide has it, Records and a windowed table."""

import os
import tempfile
import uuid
from datetime import timedelta
from typing import Any

import faust
from load.meter import Meter

bootstrap, prefix = os.environ["TALAIA_KAFKA_BOOTSTRAP"], os.environ["TALAIA_TOPIC_PREFIX"]


class Reading(faust.Record):
    sensor: str
    quantity: str
    value: float
    unit: str


class Readings(faust.Record, serializer="json"):
    id: str
    source: str
    subject: str
    time: str
    recordedtime: str
    data: Reading


class Window(faust.Record, serializer="json"):
    count: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")


app = faust.App(
    f"peer-{uuid.uuid4().hex}",
    broker=f"kafka://{bootstrap}",
    topic_partitions=16,
    topic_replication_factor=1,
    consumer_auto_offset_reset="earliest",
    web_enabled=False,
    datadir=tempfile.mkdtemp(),
)
readings = app.topic(f"{prefix}bench.readings.v1", key_type=str, value_type=Readings)
closed = app.topic(f"{prefix}bench.windows.v1", key_type=str, value_type=Window)


async def say(key: Any, window: Any) -> None:
    await closed.send(key=key[0], value=window)


windows = (
    app.Table("windows", default=Window, on_window_close=say)
    .tumbling(timedelta(seconds=60), expires=timedelta(minutes=10))
    .relative_to_field(Readings.time)
)
meter = Meter()


@app.agent(readings)
async def count(stream: Any) -> None:
    seen = 0
    async for event in stream:
        meter.start()
        value, window = event.data.value, windows[event.subject].value()
        windows[event.subject] = Window(window.count + 1, window.sum + value, min(window.min, value), max(window.max, value))
        seen += 1
        if seen >= meter.target:
            await app.producer.flush()
            meter.report()
            os._exit(0)


faust.Worker(app, loglevel="info", redirect_stdouts=False).execute_from_commandline()
