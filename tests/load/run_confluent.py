"""The peer: confluent-kafka `consume`, the same job, state in memory only."""

import os
import time
import uuid

import msgspec
from confluent_kafka import Consumer, Producer
from load.meter import Meter
from load.window_job import READINGS, WINDOWS, Readings, ReadingsTick, Window, advance, closed

bootstrap, prefix = os.environ["TALAIA_KAFKA_BOOTSTRAP"], os.environ["TALAIA_TOPIC_PREFIX"]
consumer = Consumer(
    {
        "bootstrap.servers": bootstrap,
        "group.id": f"peer-{uuid.uuid4().hex}",
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
    }
)
producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 50})
consumer.subscribe([prefix + READINGS.name])
decode, encode = msgspec.json.Decoder(Readings | ReadingsTick).decode, msgspec.json.encode
meter, seen, windows, committed_at = Meter(), 0, dict[bytes, Window](), time.monotonic()
while seen < meter.target:
    messages = consumer.consume(2_000, timeout=0.2)
    if messages:
        meter.start()
    for message in messages:
        if message.error():
            raise SystemExit(str(message.error()))
        key, event = message.key(), decode(message.value())
        window, old = advance(windows.get(key), event)
        windows[key] = window
        if old is not None:
            producer.produce(prefix + WINDOWS.name, encode(closed(key.decode(), old, event.recordedtime)), key=key)
    seen += len(messages)
    producer.poll(0)
    if seen >= meter.target or time.monotonic() - committed_at > 1:
        committed_at = time.monotonic()
        assert producer.flush(30) == 0
        consumer.commit(asynchronous=False)
meter.report()
os._exit(0)
