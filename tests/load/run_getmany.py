"""The peer: plain aiokafka `getmany`, the same job, state in memory only."""

import asyncio
import os
import time
import uuid

import aiokafka
import msgspec
from load.window_job import READINGS, WINDOWS, Meter, Readings, ReadingsTick, Window, advance, closed


async def main() -> None:
    bootstrap, prefix = os.environ["TALAIA_KAFKA_BOOTSTRAP"], os.environ["TALAIA_TOPIC_PREFIX"]
    consumer = aiokafka.AIOKafkaConsumer(
        prefix + READINGS.name,
        bootstrap_servers=bootstrap,
        group_id=f"peer-{uuid.uuid4().hex}",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    producer = aiokafka.AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=50)
    await consumer.start()
    await producer.start()
    decode, encode = msgspec.json.Decoder(Readings | ReadingsTick).decode, msgspec.json.encode
    meter, seen, windows, committed_at = Meter(), 0, dict[bytes, Window](), time.monotonic()
    while seen < meter.target:
        fetched = await consumer.getmany(timeout_ms=200)
        for records in fetched.values():
            meter.start()
            seen += len(records)
            for record in records:
                event = decode(record.value)
                window, old = advance(windows.get(record.key), event)
                windows[record.key] = window
                if old is not None:
                    value = encode(closed(record.key.decode(), old, event.recordedtime))
                    await producer.send(prefix + WINDOWS.name, value, key=record.key)
        if time.monotonic() - committed_at > 1:
            committed_at = time.monotonic()
            await producer.flush()
            await consumer.commit()
    await producer.flush()
    await consumer.commit()
    meter.report()
    os._exit(0)


asyncio.run(main())
