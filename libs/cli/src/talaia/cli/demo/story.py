"""The demo's course: learn from quiet days, then a storm night, with an operator at the alarms."""

import asyncio
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum
from functools import partial
from itertools import groupby
from pathlib import Path

from talaia.cli.city import configuration
from talaia.cli.demo.control_room import ControlRoom
from talaia.cli.demo.warned import Overflow
from talaia.cli.replay.merge import span
from talaia.cli.replay.send import Sent, close, send_all
from talaia.cli.trouble import Trouble
from talaia.cli.up.running import Running
from talaia.stream import topics
from talaia.stream.processor import Message
from talaia.stream.producer import Producer
from talaia.stream.service import Service

LEARNING = timedelta(days=10)
STORM_SPEED = 120.0
"""An hour of the storm in half a minute."""
_INTO_THE_STORM = timedelta(hours=1)
_SETTLE_TIMEOUT_S = 180.0
_LOOK_EVERY_S = 0.5

Say = Callable[[str], None]
Progress = Callable[[str, Sent, int], None]
"""What is played, what of it was sent, and how many events there are in all."""


class Phase(IntEnum):
    """Parts of the recording."""

    LEARNING = 0
    STORM_RISES = 1
    STORM_PASSES = 2


@dataclass
class Story:
    """One telling of the demo. once: nobody watches, so at full speed and with a worker killed on the way."""

    running: Running
    services: dict[str, Service]
    city: Path
    overflows: list[Overflow]
    once: bool
    say: Say
    progress: Progress
    sent: Sent = field(default_factory=Sent)
    killed: str = ""
    total: int = 0
    storm_lasts: timedelta = timedelta()

    @property
    def room(self) -> ControlRoom:
        """The operator's side."""
        return ControlRoom(self.running.programs["alerts-api"].address)

    def tell(self) -> None:
        """All of it. Raises Trouble, BusUnavailable."""
        waste = self.services["waste"]
        read = partial(waste.recording, self.city / "storm")
        found = span(read())
        storm, self.total = found.first + LEARNING, found.events
        self.storm_lasts = found.last - storm
        asyncio.run(self._send_policy(found.first))
        for phase, messages in groupby(read(), key=partial(_phase, storm=storm, rises_until=self._peak(storm))):
            self._play(phase, messages)
        asyncio.run(close(self.running.settings, waste.processor(), self.sent))
        self.settle()
        self._acknowledge()

    def settle(self) -> None:
        """Until workers and the operator's view have taken in everything. Raises Trouble."""
        deadline = time.monotonic() + _SETTLE_TIMEOUT_S
        while behind := self._behind():
            self._look()
            if time.monotonic() > deadline:
                raise Trouble(f"after {_SETTLE_TIMEOUT_S:.0f} s still not processed: {behind}")
            time.sleep(_LOOK_EVERY_S)

    def _play(self, phase: Phase, messages: Iterator[Message]) -> None:
        if phase is Phase.LEARNING:
            self.say("ten days to learn from, at full speed")
        elif phase is Phase.STORM_RISES:
            self.settle()
            self._acknowledge()
            minutes = self.storm_lasts.total_seconds() / 60 / STORM_SPEED
            pace = "" if self.once else f", {STORM_SPEED:.0f} times faster than it was: it takes {minutes:.0f} minutes"
            self.say(f"the storm night{pace}")
        elif self.once:
            self.settle()
            self._acknowledge()

        def told(sent: Sent) -> None:
            self.progress("learning" if phase is Phase.LEARNING else "storm", sent, self.total)
            if self.once and phase is Phase.STORM_PASSES and not self.killed:
                self._kill("waste-worker")
            self._look()

        speed = 0.0 if self.once or phase is Phase.LEARNING else STORM_SPEED
        processor = self.services["waste"].processor()
        asyncio.run(send_all(self.running.settings, processor, messages, speed, self.sent, told))

    async def _send_policy(self, start: datetime) -> None:
        async with Producer(self.running.settings) as producer:
            await producer.send(configuration(self.city, [self.services["alerts"]], "demo", start))

    def _peak(self, storm: datetime) -> datetime:
        starts = [overflow.start for overflow in self.overflows if overflow.start >= storm]
        return min(starts, default=storm) + _INTO_THE_STORM

    def _kill(self, name: str) -> None:
        pid = self.running.pid(name)
        if pid:
            os.kill(pid, signal.SIGKILL)
            self.killed = name
            self.say(f"{name} killed (SIGKILL) with events under way")

    def _acknowledge(self) -> None:
        alarms = self.room.unacknowledged()
        if alarms:
            self.room.acknowledge(alarms)
            self.say(f"{len(alarms)} alarms acknowledged through the API")

    def _look(self) -> None:
        for name in self.running.look():
            self.say(f"{name} ended and was started again")

    def _behind(self) -> str:
        for service in self.services.values():
            processor = service.processor()
            events = sum(topics.lag(self.running.settings, processor.name, processor.inputs).values())
            if events:
                return f"{events} events by {processor.name}"
        events = self.room.lag_events()
        return f"{events} events by the alerts API" if events else ""


def _phase(message: Message, storm: datetime, rises_until: datetime) -> Phase:
    recorded = message.event.recordedtime
    if recorded < storm:
        return Phase.LEARNING
    return Phase.STORM_RISES if recorded < rises_until else Phase.STORM_PASSES
