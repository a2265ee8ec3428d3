"""The batch lane: all partitions of a worker, from assignment to revocation. Faust says when, the lane does."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

from aiokafka.client import AIOKafkaClient

from talaia.contracts.catalogue import Changelog
from talaia.stream.connection import connection
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.records import Record
from talaia.stream.lane.fenced_writer import FencedWriter
from talaia.stream.lane.limits import REQUEST_TIMEOUT_MS, Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.outputs import Outputs
from talaia.stream.lane.partition import Partition
from talaia.stream.lane.pulse import Pulse
from talaia.stream.lane.recovery import Recovery
from talaia.stream.lane.settling import Settler
from talaia.stream.lane.trial import Trial
from talaia.stream.preflight import topic_ids
from talaia.stream.processor import Processor
from talaia.stream.rights import reading
from talaia.stream.settings import BusSettings

log = logging.getLogger(__name__)

_LOOK_AGAIN_S = 0.005


class Lane:
    """Holds partitions for a processor. Topics are named as in the catalogue; only `changelog` is the broker's name."""

    def __init__(self, processor: Processor, settings: BusSettings, limits: Limits, metrics: Metrics) -> None:
        self.processor, self.settings, self.limits, self.metrics = processor, settings, limits, metrics
        self.changelog = settings.topic(Changelog(worker=processor.name, inputs=processor.inputs).topic.name)
        self.worker = settings.instance or processor.name
        self.pulse = Pulse(limits.session_s)
        self.outputs = Outputs(processor, settings)
        self.partitions: dict[int, Partition] = {}
        self._trial = Trial(processor)
        self._freed = asyncio.Event()
        self._client: AIOKafkaClient | None = None

    # -- claim and recovery

    async def claim(self, numbers: Iterable[int], are_ours: Callable[[], bool] = lambda: True) -> None:
        """Make partitions ready: claim them, read what others wrote. What is given up must have been released before.

        are_ours: asked before the claim, which would take from another worker what a rebalance has given to it meanwhile.
        """
        started, numbers = time.monotonic(), sorted(numbers)
        client = await self._connect()
        ids = await asyncio.to_thread(topic_ids, self.settings, self.processor.inputs, reading(self.processor.inputs))
        if not are_ours():
            return
        kept = await self._recover(client, numbers, ids) if numbers else 0
        seconds = time.monotonic() - started
        self.metrics.recovery_seconds.set(seconds)
        log.info("ready", extra={"partitions": numbers, "kept": kept, "seconds": round(seconds, 3)})

    async def _recover(self, client: AIOKafkaClient, numbers: Sequence[int], ids: Mapping[str, str]) -> int:
        """Claim and read; how many partitions were still whole in memory. ids: of the input topics."""
        for number in numbers:
            if number not in self.partitions:
                self.partitions[number] = self._new_partition(client, number)
        claimed = {number: self.partitions[number] for number in numbers}
        kept = dict(zip(numbers, await asyncio.gather(*(p.take_over() for p in claimed.values())), strict=True))
        self.pulse.beat()
        async with Recovery(connection(self.settings), self.changelog, self.limits.oust_s) as recovery:
            await recovery.restore({number: p for number, p in claimed.items() if not kept[number]})
            inputs = await recovery.held({topic: (self.settings.topic(topic), ids[topic]) for topic in ids}, numbers)
        for number, partition in claimed.items():
            partition.check(inputs[number])
            partition.start(kept[number])
        return sum(kept.values())

    async def _connect(self) -> AIOKafkaClient:
        if self._client is None:
            client = AIOKafkaClient(**connection(self.settings), request_timeout_ms=REQUEST_TIMEOUT_MS)
            await client.bootstrap()
            await self.outputs.start()
            self._client = client
        return self._client

    def _new_partition(self, client: AIOKafkaClient, number: int) -> Partition:
        def new_fold() -> PartitionFold:
            return PartitionFold(self.processor, number, self.settings.clock)

        writer = FencedWriter(client, self.changelog, number)
        settler = Settler(number, writer, self.outputs, self.pulse, self.limits, self.metrics, self.worker)
        return Partition(new_fold, settler, self._trial.judge, self._freed, self.metrics)

    # -- work

    def busy(self, number: int) -> bool:
        """Whether a partition cannot take records now."""
        partition = self.partitions.get(number)
        return partition is None or not partition.ready or partition.busy

    async def freed(self, patience_s: float) -> None:
        """Wait until a partition can take records again, or for a while."""
        self._freed.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._freed.wait()

    def ready(self, number: int) -> bool:
        """Whether a partition is recovered up to this worker's claim."""
        return number in self.partitions and self.partitions[number].ready

    def offer(self, topic: str, number: int, records: Sequence[Record]) -> bool:
        """Records of an input; False when some before them are missing."""
        return self.partitions[number].offer(topic, records)

    def position(self, topic: str, number: int) -> int:
        """The offset of an input that comes next."""
        return self.partitions[number].position(topic)

    def check_start(self, topic: str, number: int, start: int) -> None:
        """Whether an input that begins at an offset now still has what comes next. Raises Stop."""
        if number in self.partitions:
            self.partitions[number].check_start(topic, start)

    def committable(self, topic: str, number: int) -> int | None:
        """The offset up to which an input is settled."""
        partition = self.partitions.get(number)
        return partition.settler.settled.get(topic) if partition else None

    # -- end

    async def halt(self) -> None:
        """Work on nothing new, and settle what is in flight, if that is possible soon."""
        await asyncio.gather(*(partition.halt() for partition in self.partitions.values()))
        give_up_at = time.monotonic() + self.limits.drain_s
        while not self.idle and self.pulse.fresh and time.monotonic() < give_up_at:  # noqa: ASYNC110 - freshness has no event
            await asyncio.sleep(_LOOK_AGAIN_S)
        await asyncio.gather(*(partition.settler.halt() for partition in self.partitions.values()))

    @property
    def idle(self) -> bool:
        """Whether everything that was worked on is settled."""
        return all(partition.settler.idle for partition in self.partitions.values())

    async def release(self, keep: Iterable[int]) -> None:
        """Give up all partitions but these."""
        given_up = [self.partitions.pop(number) for number in set(self.partitions) - set(keep)]
        await asyncio.gather(*(partition.close() for partition in given_up))

    async def close(self) -> None:
        """Give up everything and disconnect."""
        await self.release(())
        if self._client is not None:
            await self.outputs.stop()
            await self._client.close()
