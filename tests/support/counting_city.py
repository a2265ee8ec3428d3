"""The counting processor at work: its topics, a feed under load, and its workers as real processes."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from confluent_kafka import Producer
from support.counting import CLICKS, PARTITIONS, TOPICS, click
from support.processes import wait_for
from talaia.contracts.vocabulary import Clock
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of
from talaia.stream.settings import BusSettings

HERE = Path(__file__).parent
SESSION_S = 3.0


class Feed(threading.Thread):
    """Clicks at a rate, by a client of another make; `stop` waits until all are acknowledged."""

    def __init__(self, bootstrap: str, topic: str, per_second: int, keys: int = 200, pad: int = 0) -> None:
        super().__init__(daemon=True)
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 10, "enable.idempotence": True})
        self._topic, self._per_second, self._keys, self._pad = topic, per_second, keys, "x" * pad
        self._stopping = threading.Event()
        self.sent = 0
        self.start()

    def run(self) -> None:
        started = time.monotonic()
        while not self._stopping.is_set():
            while self.sent < (time.monotonic() - started) * self._per_second:
                self.send(click(f"k{self.sent % self._keys}", self.sent + 1000, wall_now(), self._pad))
            self._stopping.wait(0.02)

    def send(self, message: object) -> None:
        key = message.key.encode()
        self.put(key, msgspec.json.encode(message.event), partition_of(key, PARTITIONS))
        self.sent += 1

    def put(self, key: bytes | None, value: bytes | None, partition: int) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, key=key, partition=partition)
                self._producer.poll(0)
                return
            except BufferError:
                self._producer.poll(0.05)

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        assert self._producer.flush(60) == 0


class Worker:
    """One process of the counting worker."""

    def __init__(self, name: str, environment: dict[str, str], log: Path) -> None:
        self.name, self.log = name, log
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, str(HERE / "counting_worker.py")], env=environment, stdout=out, stderr=out
            )

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def end(self) -> tuple[int, float]:
        """SIGTERM; exit code and seconds taken."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30), time.monotonic() - started

    def exit_code(self, patience_s: float = 60) -> int:
        return self.process.wait(patience_s)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def ready(self, times: int = 1) -> bool:
        """Whether it said so often that its partitions are recovered."""
        return self.said().count('"message": "ready"') >= times


class City:
    """Everything of one test; all its processes end with it."""

    def __init__(self, bootstrap: str, prefix: str, folder: Path, clock: Clock = Clock.WALL) -> None:
        self.bootstrap, self.prefix, self.folder = bootstrap, prefix, folder
        self.settings = BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix, clock=clock)
        self.workers: list[Worker] = []

    def apply_topics(self) -> None:
        topics.apply(self.settings, TOPICS)

    def feed(self, per_second: int, keys: int = 200, pad: int = 0) -> Feed:
        return Feed(self.bootstrap, self.prefix + CLICKS.name, per_second, keys, pad)

    def worker(self, **more: str) -> Worker:
        name = f"w{len(self.workers)}"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TALAIA_")}
        environment = clean | {
            "PYTHONPATH": str(HERE.parent),
            "TALAIA_KAFKA_BOOTSTRAP": self.bootstrap,
            "TALAIA_TOPIC_PREFIX": self.prefix,
            "TALAIA_SESSION_TIMEOUT_S": str(SESSION_S),
            "TALAIA_CLOCK": str(self.settings.clock),
            "TALAIA_INSTANCE": name,
        }
        worker = Worker(name, environment | more, self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def lag(self) -> int:
        return sum(topics.lag(self.settings, "count-worker", (CLICKS,)).values())

    def wait_until_settled(self, patience_s: float = 60) -> None:
        wait_for(lambda: self.lag() == 0, "all input to be settled and committed", patience_s)

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()


@contextlib.contextmanager
def city_at(bootstrap: str, prefix: str, folder: Path, clock: Clock = Clock.WALL) -> Iterator[City]:
    city = City(bootstrap, prefix, folder, clock)
    city.apply_topics()
    try:
        yield city
    finally:
        city.end()


@pytest.fixture
def city(broker: str, prefix: str, tmp_path: Path) -> Iterator[City]:
    """Topics of the counting processor on the broker."""
    with city_at(broker, prefix, tmp_path) as city:
        yield city
