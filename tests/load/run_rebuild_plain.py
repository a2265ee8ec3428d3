"""The peer of a rebuild: what is least for the same rows in the same tables.

confluent-kafka `consume`, the JSON as it comes, SQLite's `executemany` or PostgreSQL's COPY, one transaction. Nothing is
checked, compared, numbered or resumed, and who reads meanwhile waits.
"""

import os
import sqlite3
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import psycopg
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from load.meter import Meter
from load.rebuild_job import rows
from sqlalchemy import make_url
from sqlmodel import Session, create_engine
from talaia.contracts.catalogue import FORECASTS, READINGS
from talaia.waste.view.score_tables import IssuedRow
from talaia.waste.view.tables import LevelRow, ReadingRow

MODELS = (ReadingRow, IssuedRow, LevelRow)
Rows = Iterable[tuple[Any, ...]]
bootstrap, prefix = os.environ["TALAIA_KAFKA_BOOTSTRAP"], os.environ["TALAIA_TOPIC_PREFIX"]
url = make_url(os.environ["BENCH_DATABASE_URL"])


def reading(event: dict[str, Any]) -> tuple[Any, ...]:
    """A row of `waste_readings`."""
    data = event["data"]
    return (
        event["source"],
        data["measurement"],
        data["site"],
        data["sensor"],
        data["quantity"],
        event["time"],
        event["recordedtime"],
        data["value"],
        data["unit"],
        data["flag"],
        data.get("test"),
        data.get("reason"),
        data.get("late", False),
        event["sequence"],
    )


def issued(event: dict[str, Any]) -> tuple[Any, ...]:
    """A row of `waste_forecasts_issued`."""
    data = event["data"]
    return (event["id"], data["site"], data["issued_at"], data["method"], data.get("probability"))


def consume(insert: Callable[[str, int, Rows], None]) -> None:
    """Everything that the topics hold, from their beginning. insert: table, number of columns, rows."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "none", "enable.auto.commit": False})
    places = [(topic, partition) for topic in (READINGS, FORECASTS) for partition in range(topic.partitions)]
    consumer.assign([TopicPartition(prefix + topic.name, number, OFFSET_BEGINNING) for topic, number in places])
    seen, levels = 1, dict[str, tuple[Any, ...]]()  # one event configures
    while seen < meter.target:
        messages = consumer.consume(10_000, timeout=0.2)
        seen += len(messages)
        read = [msgspec.json.decode(one.value()) for one in messages if one.topic() == prefix + READINGS.name]
        said = [msgspec.json.decode(one.value()) for one in messages if one.topic() == prefix + FORECASTS.name]
        for event in read:
            data = event["data"]
            levels[data["site"]] = (data["site"], event["time"], data["value"], data["flag"], event["sequence"])
        insert("waste_readings", 14, map(reading, read))
        insert("waste_forecasts_issued", 5, map(issued, said))
    insert("waste_levels", 5, levels.values())


engine = create_engine(url if url.get_backend_name() == "sqlite" else url.set(drivername="postgresql+psycopg"))
for model in MODELS:
    model.__table__.create(engine)  # type: ignore[attr-defined]
meter = Meter()
meter.start()
if url.get_backend_name() == "sqlite":
    with sqlite3.connect(url.database or "") as file:
        file.execute("PRAGMA synchronous=NORMAL")
        consume(lambda table, columns, some: file.executemany(f"INSERT INTO {table} VALUES ({','.join('?' * columns)})", some))
else:
    with psycopg.connect(url.render_as_string(hide_password=False)) as connection, connection.cursor() as cursor:

        def copy(table: str, _: int, some: Rows) -> None:
            with cursor.copy(f"COPY {table} FROM STDIN".encode()) as into:
                for row in some:
                    into.write_row(row)

        consume(copy)
with Session(engine) as session:
    meter.report(rows=rows(session))
os._exit(0)
