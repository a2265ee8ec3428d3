"""An installation of real processes in which one thing after another breaks, by stream time."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

from support.endings import ended_well
from support.processes import ServiceProcess
from support.sessions import sessions_of
from talaia.alerts.service import SERVICE as ALERTS
from talaia.cli.kafka import LocalKafka
from talaia.cli.replay.send import Sent
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import Clock
from talaia.stream import topics
from talaia.stream.processor import Processor
from talaia.stream.settings import BusSettings
from talaia.waste.service import SERVICE as WASTE

SESSION_S = 2.0
_LOOK_EVERY_S = 0.2
Start = Callable[[str, str, dict[str, str]], ServiceProcess]


class Installation:
    """A broker and three workers, which are started again when they end. befell: what broke, how often; ended: the exit codes
    of those who ended by themselves.
    """

    def __init__(self, kafka: LocalKafka, prefix: str, start: Start, folder: Path, seed: int) -> None:
        self.kafka = kafka
        self.settings = BusSettings(kafka_bootstrap=kafka.bootstrap, topic_prefix=prefix, clock=Clock.REPLAY)
        topics.apply(self.settings, every_topic())
        environment = {
            "TALAIA_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "TALAIA_TOPIC_PREFIX": prefix,
            "TALAIA_CLOCK": "replay",
            "TALAIA_KAFKA_FILE": str(sessions_of(SESSION_S, folder)),
        }
        self.workers = [start(service, "worker", environment) for service in ("waste", "waste", "alerts")]
        self.befell: Counter[str] = Counter()
        self.ended: list[int] = []
        self._chance = random.Random(seed)
        self.kinds = (self.killed, self.frozen, self.asked_to_end, self.broker_killed)
        self._first = self._chance.sample(self.kinds, len(self.kinds))

    def look(self) -> None:
        """Start again who ended by itself, as a supervisor would."""
        for worker in self.workers:
            if not worker.alive():
                self.ended.append(ended_well(worker.said(), worker.process.poll()))
                worker.start()

    def settled(self) -> bool:
        """Whether all that was sent and said is processed; no answer is no."""
        self.look()
        try:
            return not any(self._lag(service.processor()) for service in (WASTE, ALERTS))
        except Exception:
            return False

    def _lag(self, processor: Processor) -> int:
        return sum(topics.lag(self.settings, processor.name, processor.inputs).values())

    # -- faults

    def breaks(self) -> None:
        """Something: each kind once, then at random, what takes long to come back more seldom."""
        fault = self._first.pop() if self._first else self._chance.choices(self.kinds, (4, 2, 2, 1))[0]
        self.befell[fault.__name__] += 1
        fault()

    def killed(self) -> None:
        worker = self._chance.choice(self.workers)
        worker.kill()
        worker.start()

    def frozen(self) -> None:
        """Past its session, so that another has its partitions when it wakes."""
        process = self._chance.choice(self.workers).process
        process.send_signal(signal.SIGSTOP)
        time.sleep(SESSION_S * 1.5)
        process.send_signal(signal.SIGCONT)

    def asked_to_end(self) -> None:
        worker = self._chance.choice(self.workers)
        worker.terminate()
        worker.start()

    def broker_killed(self) -> None:
        self.kafka.kill()
        time.sleep(self._chance.uniform(0, 2))
        self.kafka.restart()


class Breaking:
    """Breaks something whenever so much stream time has passed, as told of every batch that is sent."""

    def __init__(self, city: Installation, every: timedelta, pool: ThreadPoolExecutor) -> None:
        self._city, self._every, self._pool = city, every, pool
        self._next: datetime | None = None
        self._under_way: Future[None] | None = None

    def told(self, sent: Sent) -> None:
        assert sent.last is not None
        self._next = self._next or sent.last + self._every
        while sent.last >= self._next:
            self.wait()
            self._next += self._every
            self._under_way = self._pool.submit(self._city.breaks)

    async def supervise(self) -> None:
        """For ever: start again who ended, unless it is being broken just now."""
        while True:
            if self._under_way is None or self._under_way.done():
                self._city.look()
            await asyncio.sleep(_LOOK_EVERY_S)

    def wait(self) -> None:
        """For the end of what is broken."""
        if self._under_way is not None:
            self._under_way.result()
