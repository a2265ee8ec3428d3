"""Faust's Kafka transport with the batch lane in it: Faust keeps membership, rebalance, commit timer and signals.

Everything overridden here is private to Faust 0.15.3; tests/contract/test_faust_overrides.py watches its source.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka.errors import KafkaError
from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from talaia.stream.folding.parts import StateRefused
from talaia.stream.lane.fetching import fetched
from talaia.stream.lane.lane import Lane
from talaia.stream.lane.refusal import why_not_read
from talaia.stream.stopping import REFUSED, SETTLE_FAILED, UNAVAILABLE, Stop, die
from talaia.stream.unavailable import BusUnavailable

_FETCH_S = 1.0
_FETCH_BESIDE_WORK_S = 0.05
_NOTHING_TO_FETCH_S = 0.05
_HELD_MS = 100
"""So long the broker may hold a request for partitions that have nothing new. It is the only one in flight, and meanwhile a
partition that has more gets nothing: with Faust's fixed 1.5 s a catch-up of few partitions waited most of its time."""


def _guard_static_member(coordinator: Any, worker: str) -> None:
    """Two processes with one static id would take the place in the group from each other for ever: one must end."""
    forget = coordinator.reset_generation

    def lost() -> None:
        if not coordinator._closing.done():
            die(
                SETTLE_FAILED,
                f"{worker} is no longer member {coordinator._group_instance_id} of its group: another process has the same "
                "TALAIA_STATIC_MEMBER, or this one was silent for longer than its session",
            )
        forget()

    coordinator.reset_generation = lost


class Thread(driver.AIOKafkaConsumerThread):
    """The thread that talks to the group."""

    async def on_start(self) -> None:
        """Ask for records more often than Faust would; note every good heartbeat."""
        await super().on_start()
        self._consumer._fetcher._fetch_max_wait_ms = _HELD_MS
        coordinator, pulse = self._consumer._coordinator, self.app.lane.pulse
        heartbeat = coordinator._do_heartbeat

        async def noted() -> bool:
            asked_at = time.monotonic()
            good = bool(await heartbeat())
            if good:
                pulse.beat(asked_at)
            return good

        coordinator._do_heartbeat = noted
        if self.app.conf.consumer_group_instance_id:
            _guard_static_member(coordinator, self.app.lane.worker)

    async def crash(self, reason: BaseException) -> None:
        """A failed commit comes here: Faust would stop without a word on what to do."""
        if not self.app.should_stop:
            die(SETTLE_FAILED, f"{self.app.lane.worker} has no part in its group any more: {why_not_read(reason)}")
        await super().crash(reason)

    async def _fetch_records(self, consumer: Any, active_partitions: set[TP], **asked: Any) -> Any:
        """Raise what the coordinator parks until somebody asks: Faust never does."""
        consumer._coordinator.check_errors()
        return await fetched(consumer, active_partitions, asked["timeout"]) if self.consumer.flow_active else {}


class Consumer(driver.Consumer):
    """Gives whole lists of records to the lane."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lane: Lane = self.app.lane
        self._inputs = {self._lane.settings.topic(topic.name): topic.name for topic in self._lane.processor.inputs}
        self._open = False
        self._assigned: int | None = None  # the generation whose partitions are given out; None from revocation to assignment
        self._claimed: int | None = None  # the generation that is recovered, or being recovered

    def _new_consumer_thread(self) -> Thread:
        return Thread(self, loop=self.loop, beacon=self.beacon)

    # -- rebalance

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Settle and commit first: Faust forgets the offsets before it commits."""
        await self._settle()
        await super().on_partitions_revoked(revoked)

    async def on_partitions_assigned(self, assigned: set[TP], generation_id: int = 0) -> None:
        """Give up what went elsewhere."""
        await self._lane.release({tp.partition for tp in assigned if tp.topic == self._lane.changelog})
        self._assigned = generation_id
        await super().on_partitions_assigned(assigned, generation_id)

    async def highwaters(self, *tps: TP) -> Mapping[TP, int]:
        """Faust's recovery begins with this: claim and recover, and leave it nothing to do."""
        recovery = self.app.tables.recovery
        self._claimed = recovery._generation_id
        mine = [tp for tp in tps if tp in recovery.active_tps]
        try:
            await self._lane.claim((tp.partition for tp in mine), self._is_current)
        except asyncio.CancelledError:
            raise
        except (Stop, StateRefused) as why:
            die(REFUSED, f"{self._lane.worker} must not go on: {why}")
        except BusUnavailable as why:
            die(UNAVAILABLE, f"{self._lane.worker} cannot take over its partitions: {why}")
        except (KafkaError, TimeoutError) as error:
            die(SETTLE_FAILED, f"{self._lane.worker} cannot recover its partitions: {str(error) or type(error).__name__}")
        except Exception as error:
            self.log.exception("recovery failed")
            die(SETTLE_FAILED, f"{self._lane.worker} cannot recover its partitions: {type(error).__name__}: {error}")
        ends: Mapping[TP, int] = await super().highwaters(*tps)
        for tp in mine:
            recovery.active_offsets[tp] = ends[tp] - 1
        return ends

    async def perform_seek(self) -> None:
        """Continue where the state ends: what was committed is only for others to see."""
        generation = self._assigned
        if not self._is_current():
            return  # another rebalance overtook this one: its own seek is still to come
        mine = [tp for tp in self.assignment() if tp.topic in self._inputs]
        late = sorted({tp.partition for tp in mine if not self._lane.ready(tp.partition)})
        if late:
            die(SETTLE_FAILED, f"{self._lane.worker} did not recover partitions {late} in time; it starts anew")
        await self._seek_to_state(mine)
        if generation != self._assigned:
            return
        for tp in mine:
            self._acked.setdefault(tp, [])  # whose state is ahead of what was committed commits, though nothing may follow
        self._open = True

    def _is_current(self) -> bool:
        """Whether what is recovered is what was given out last."""
        return self._assigned is not None and self._claimed == self._assigned

    async def on_stop(self) -> None:
        """Settle and commit before the group is left."""
        await self._settle()
        await super().on_stop()
        await self._lane.close()

    async def _settle(self) -> None:
        self._open, self._assigned, self._claimed = False, None, None
        self.stop_flow()
        await self._lane.halt()
        if self._lane.pulse.fresh:
            await self.commit()

    async def _seek_to_state(self, tps: Iterable[TP]) -> None:
        await self.seek_wait({tp: self._lane.position(self._inputs[tp.topic], tp.partition) for tp in tps})

    def _new_offset(self, tp: TP) -> int | None:
        """Commit only what is settled."""
        name = self._inputs.get(tp.topic)
        return self._lane.committable(name, tp.partition) if name else None

    async def verify_all_partitions_active(self) -> None:
        """The watchdog does that: Faust compares seconds of one clock with milliseconds of another."""

    # -- fetching

    async def _drain_messages(self, fetcher: Any) -> None:
        try:
            while not (self._stopped.is_set() or fetcher._stopped.is_set()):
                if self.flow_active:
                    await self._fetch_once()
                else:
                    await self.wait(self.can_resume_flow)
        except self.consumer_stopped_errors:
            if not self.app.should_stop:
                raise
        except asyncio.CancelledError:
            if not self.app.should_stop:
                raise
        except Stop as why:
            die(REFUSED, f"{self._lane.worker} must not go on: {why}")
        except Exception as error:
            die(SETTLE_FAILED, f"{self._lane.worker} cannot fetch: {why_not_read(error)}")

    async def _fetch_once(self) -> None:
        active = self._get_active_partitions() if self._open else ()
        inputs = [tp for tp in active if tp.topic in self._inputs]
        wanted = {tp for tp in inputs if not self._lane.busy(tp.partition)}
        if not wanted:
            await self._lane.freed(_NOTHING_TO_FETCH_S)
            return
        fetched = await self._getmany(wanted, _FETCH_S if len(wanted) == len(inputs) else _FETCH_BESIDE_WORK_S)
        behind = []
        for place, records in fetched.items():
            # while a rebalance goes on nothing is taken: its seek comes after it, and reads again. What was fetched before it can
            # arrive when all is open again, for a partition that went elsewhere
            takes = self._open and self._lane.ready(place.partition)
            if takes and not self._lane.offer(self._inputs[place.topic], place.partition, records):
                behind.append(TP(place.topic, place.partition))
        if behind:
            for tp, start in (await self.earliest_offsets(*behind)).items():
                self._lane.check_start(self._inputs[tp.topic], tp.partition, start)
            await self._seek_to_state(tp for tp in behind if self._open and self._lane.ready(tp.partition))


class Transport(driver.Transport):
    """The transport of a worker's app."""

    Consumer = Consumer
