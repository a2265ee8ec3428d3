"""The peer: quixstreams State with its changelog, JSON in and out, as its documentation has it."""

import itertools
import os
import tempfile
import uuid
from datetime import datetime

from load.meter import Meter
from quixstreams import Application, State

WINDOW_S = 60
meter = Meter()
prefix = os.environ["TALAIA_TOPIC_PREFIX"]
app = Application(
    broker_address=os.environ["TALAIA_KAFKA_BOOTSTRAP"],
    consumer_group=f"peer-{uuid.uuid4().hex}",
    auto_offset_reset="earliest",
    state_dir=tempfile.mkdtemp(),
    loglevel="WARNING",
)
readings = app.topic(f"{prefix}bench.readings.v1", key_deserializer="str", value_deserializer="json")
closed = app.topic(f"{prefix}bench.windows.v1", key_serializer="str", value_serializer="json")


numbers = itertools.count(1)


def count(event: dict, state: State) -> dict | None:
    meter.start()
    if next(numbers) == meter.target:
        app.stop()
    at, value = datetime.fromisoformat(event["time"]).timestamp(), event["data"]["value"]
    window = state.get("window")
    if window is None or at >= window["start"] + WINDOW_S:
        state.set("window", {"start": at - at % WINDOW_S, "count": 1, "sum": value, "min": value, "max": value})
        return window
    window["count"] += 1
    window["sum"] += value
    window["min"] = min(window["min"], value)
    window["max"] = max(window["max"], value)
    state.set("window", window)
    return None


windows = app.dataframe(readings).apply(count, stateful=True)
windows.filter(lambda window: window is not None).to_topic(closed)
app.run()
meter.report()
