"""The counting processor at work: its topics, a feed under load, and its workers as real processes."""

import contextlib
import functools
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition
from support.counting import CLICKS, COUNTS, EVERY, PARTITIONS, Counting, click
from support.processes import wait_for
from support.sessions import sessions_of
from talaia.contracts.catalogue import Topic
from talaia.contracts.vocabulary import Clock
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message, Processor
from talaia.stream.settings import BusSettings
from talaia.stream.worker import topics_of

HERE = Path(__file__).parent
SESSION_S = 3.0
PER_SECOND = 3_000

Make = Callable[[str, int], Message]


def _now(key: str, number: int) -> Message:
    return click(key, number, wall_now())


class Feed(threading.Thread):
    """Events at a rate, by a client of another make; `stop` waits until all are acknowledged."""

    def __init__(self, bootstrap: str, topic: str, per_second: int, keys: int, make: Make) -> None:
        super().__init__(daemon=True)
        self._producer = Producer({"bootstrap.servers": bootstrap, "linger.ms": 10, "enable.idempotence": True})
        self._topic, self._per_second, self._keys, self._make = topic, per_second, keys, make
        self._stopping = threading.Event()
        self.paused = False
        self.sent = 0
        self.start()

    def run(self) -> None:
        made, due, at = 0, 0.0, time.monotonic()
        while not self._stopping.wait(0.02):
            before, at = at, time.monotonic()
            due += 0.0 if self.paused else (at - before) * self._per_second
            while made < due:
                self.send(self._make(f"k{made % self._keys}", made + 1000))
                made += 1

    def send(self, message: Message) -> None:
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

    def cancel(self) -> None:
        """No more; nobody asks what became of it."""
        self._stopping.set()

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        assert self._producer.flush(60) == 0


class Worker:
    """One process of a worker. script: the module in support that it runs; trap: the file that arms it, if it has one."""

    def __init__(self, name: str, script: str, environment: dict[str, str], log: Path) -> None:
        self.name, self.log, self.trap = name, log, log.with_suffix(".armed")
        with log.open("ab") as out:
            self.process = subprocess.Popen([sys.executable, "-m", f"support.{script}"], env=environment, stdout=out, stderr=out)

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

    @property
    def stopped(self) -> bool:
        """Whether a SIGSTOP holds it."""
        return os.waitid(os.P_PID, self.process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None

    @property
    def times_ready(self) -> int:
        """How often it said that its partitions are recovered."""
        return self.said().count('"message": "ready"')

    def ended_before_it_began(self, code: int) -> bool:
        """Whether it was asked to end while Python still loaded it, and ended by the signal."""
        return code == -signal.SIGTERM and self.times_ready == 0

    def ready(self, times: int = 1) -> bool:
        return self.times_ready >= times


def all_ready(workers: Sequence[Worker]) -> None:
    """Until each has recovered what is its."""

    def recovered() -> bool:
        for worker in workers:
            assert worker.alive, worker.said()[-2000:]
        return all(worker.ready() for worker in workers)

    wait_for(recovered, f"{len(workers)} workers to be ready")


class City:
    """Everything of one test; all its processes end with it."""

    def __init__(
        self,
        bootstrap: str,
        prefix: str,
        folder: Path,
        clock: Clock = Clock.WALL,
        processor: Processor | None = None,
        script: str = "counting_worker",
    ) -> None:
        self.bootstrap, self.prefix, self.folder = bootstrap, prefix, folder
        self.settings = BusSettings(kafka_bootstrap=bootstrap, topic_prefix=prefix, clock=clock)
        self.processor, self.script = processor or Counting(), script
        self.workers: list[Worker] = []
        self.feeds: list[Feed] = []

    def apply_topics(self) -> None:
        topics.apply(self.settings, topics_of(self.processor))

    def feed(self, per_second: int, keys: int = 200, topic: Topic = CLICKS, make: Make = _now) -> Feed:
        self.feeds.append(Feed(self.bootstrap, self.prefix + topic.name, per_second, keys, make))
        return self.feeds[-1]

    def worker(self, script: str = "", **more: str) -> Worker:
        name = f"w{len(self.workers)}"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("TALAIA_")}
        environment = clean | {
            "PYTHONPATH": os.pathsep.join(filter(None, (str(HERE.parent), os.environ.get("PYTHONPATH")))),
            "TALAIA_KAFKA_BOOTSTRAP": self.bootstrap,
            "TALAIA_TOPIC_PREFIX": self.prefix,
            "TALAIA_KAFKA_FILE": str(sessions_of(SESSION_S, self.folder)),
            "TALAIA_CLOCK": str(self.settings.clock),
            "TALAIA_INSTANCE": name,
        }
        worker = Worker(name, script or self.script, environment | more, self.folder / f"{name}.log")
        self.workers.append(worker)
        return worker

    def trapped(self, place: str, does: str, **more: str) -> Worker:
        """A worker that sends itself a signal, or hangs, at this place of a settle, once its file `trap` is there."""
        trap = {"TRAP_PLACE": place, "TRAP_DOES": does, "TRAP_FILE": str(self.folder / f"w{len(self.workers)}.armed")}
        return self.worker("trapped_worker", **trap, **more)

    def ready(self, count: int) -> list[Worker]:
        """So many new workers, which have recovered what is theirs."""
        workers = [self.worker() for _ in range(count)]
        all_ready(workers)
        return workers

    def processed(self) -> int | None:
        """About how many events led to outcomes, None without an answer: tells a test when to go on, judges nothing."""
        places = [TopicPartition(self.prefix + COUNTS.name, number) for number in range(COUNTS.partitions)]
        try:
            return EVERY * sum(self._asking.get_watermark_offsets(place, timeout=5)[1] for place in places)
        except KafkaException:
            return None

    def wait_for_load(
        self, least: int = 3_000, most: int = 3_000, look: Callable[[], None] = lambda: None, patience_s: float = 60
    ) -> None:
        """Until so many more events were processed, a random number between these. look: what to see to in the meantime."""
        more = random.randint(least, most)
        goal: int | None = None

        def worked() -> bool:
            nonlocal goal
            look()
            now = self.processed()
            if goal is None and now is not None:
                goal = now + more
            return now is not None and goal is not None and now >= goal

        wait_for(worked, f"{more} more events to be processed", patience_s)

    @functools.cached_property
    def _asking(self) -> Consumer:
        return Consumer({"bootstrap.servers": self.bootstrap, "group.id": "test"})

    def lag(self) -> int:
        return sum(topics.lag(self.settings, self.processor.name, self.processor.inputs).values())

    def wait_until_settled(self, patience_s: float = 180) -> None:
        wait_for(lambda: self.lag() == 0, "all input to be settled and committed", patience_s)

    def end(self) -> None:
        for worker in self.workers:
            worker.kill()
        for feed in self.feeds:
            feed.cancel()


@contextlib.contextmanager
def city_at(bootstrap: str, prefix: str, folder: Path, clock: Clock = Clock.WALL, **more: Any) -> Iterator[City]:
    city = City(bootstrap, prefix, folder, clock, **more)
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
