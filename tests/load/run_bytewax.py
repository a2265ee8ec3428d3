"""The peer: a bytewax tumbling window by event time, Kafka in and out, as its documentation has it; no recovery store."""

import os
from datetime import UTC, datetime, timedelta

import bytewax.operators as op
import bytewax.operators.windowing as win
import msgspec
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main
from load.meter import Meter


class Reading(msgspec.Struct):
    sensor: str
    value: float


class Readings(msgspec.Struct):
    time: datetime
    data: Reading


class Window(msgspec.Struct):
    count: int = 0
    sum: float = 0.0
    min: float = float("inf")
    max: float = float("-inf")


brokers, prefix = [os.environ["TALAIA_KAFKA_BOOTSTRAP"]], os.environ["TALAIA_TOPIC_PREFIX"]
decode, encode, meter = msgspec.json.Decoder(Readings).decode, msgspec.json.encode, Meter()


def parse(message: KafkaSourceMessage) -> tuple[str, Readings]:
    meter.start()
    event = decode(message.value)
    return event.data.sensor, event


def fold(window: Window, event: Readings) -> Window:
    value = event.data.value
    window.count += 1
    window.sum += value
    window.min = value if value < window.min else window.min
    window.max = value if value > window.max else window.max
    return window


def merge(one: Window, other: Window) -> Window:
    return Window(one.count + other.count, one.sum + other.sum, min(one.min, other.min), max(one.max, other.max))


def message(closed: tuple[str, tuple[int, Window]]) -> KafkaSinkMessage:
    key, (_, window) = closed
    return KafkaSinkMessage(key.encode(), encode(window))


flow = Dataflow("bench")
# the topic is read to its end, so that the run ends by itself
readings = kop.input("readings", flow, brokers=brokers, topics=[f"{prefix}bench.readings.v1"], tail=False)
clock = win.EventClock(lambda event: event.time, wait_for_system_duration=timedelta(seconds=5))
windower = win.TumblingWindower(length=timedelta(seconds=60), align_to=datetime(2026, 1, 1, tzinfo=UTC))
windows = win.fold_window("windows", op.map("parse", readings.oks, parse), clock, windower, Window, fold, merge)
kop.output("closed", op.map("message", windows.down, message), brokers=brokers, topic=f"{prefix}bench.windows.v1")
run_main(flow)
meter.report()
