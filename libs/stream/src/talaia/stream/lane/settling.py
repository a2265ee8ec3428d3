"""Settling one partition, in order: outputs acknowledged, then ONE changelog batch of changed parts and progress
acknowledged, then the input's offset may be committed. After any crash state and progress agree.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from itertools import islice
from typing import NamedTuple

import msgspec
from aiokafka.errors import KafkaError, ProducerFenced

from talaia.stream.folding.parts import CLAIM, PROGRESS, ForeignState
from talaia.stream.folding.records import Outgoing, Progress, Reject, Slice
from talaia.stream.lane.fenced_writer import BatchTooLarge, FencedWriter
from talaia.stream.lane.limits import BATCH_BYTES, Limits
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.outputs import Outputs
from talaia.stream.lane.pulse import Pulse
from talaia.stream.stopping import SETTLE_FAILED, Stop, die

log = logging.getLogger(__name__)

_RECORD_OVERHEAD_BYTES = 32
_encode = msgspec.msgpack.Encoder().encode


class Claim(msgspec.Struct, frozen=True):
    """The first word of an owner on a changelog partition: by this producer id and epoch."""

    producer_id: int
    epoch: int
    worker: str


def claim_in(value: bytes) -> Claim:
    """The claim that a changelog record tells. Raises ForeignState."""
    try:
        return msgspec.msgpack.decode(value, type=Claim)
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError):
        raise ForeignState("a claim that cannot be read") from None


class _Settle(NamedTuple):
    slices: int
    changed: dict[bytes, bytes | None]
    messages: list[Outgoing]
    rejects: list[Reject]
    progress: Progress


class Settler:
    """The slices of one partition on their way to Kafka."""

    def __init__(
        self, partition: int, writer: FencedWriter, outputs: Outputs, pulse: Pulse, limits: Limits, metrics: Metrics, worker: str
    ) -> None:
        self.partition = partition
        self.writer = writer
        self.settled: dict[str, int] = {}
        self._outputs, self._pulse, self._limits, self._metrics, self._worker = outputs, pulse, limits, metrics, worker
        self._waiting: deque[Slice] = deque()
        self._arrived, self._moved = asyncio.Event(), asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._in_flight = False
        self._next_offset = -1
        self._claimed_at = 0.0

    # -- slices

    def put(self, cut: Slice) -> None:
        """Queue a slice; nothing may be awaited between its making and this."""
        self._waiting.append(cut)
        self._arrived.set()

    @property
    def full(self) -> bool:
        """Whether the next slice must wait."""
        return len(self._waiting) >= self._limits.slices_in_flight

    @property
    def idle(self) -> bool:
        """Whether everything is settled."""
        return not self._waiting

    async def moved(self) -> None:
        """Wait for the next settle to end."""
        self._moved.clear()
        await self._moved.wait()

    # -- life

    async def claim(self) -> int:
        """End every other worker's right to write this partition, and say so on it; returns where."""
        async with asyncio.timeout(self._limits.settle_s):
            await self.writer.open()
            claim = Claim(self.writer.producer_id, self.writer.epoch, self._worker)
            offset = await self.writer.write([(CLAIM, _encode(claim))])
        self._claimed_at = time.monotonic()
        return offset

    async def take_over(self) -> tuple[int, bool]:
        """Claim; returns the claim's offset, and whether nobody wrote since this worker did (then memory is the newest state)."""
        await self.halt()
        undisturbed, self._in_flight = not self._in_flight, False
        expected = self._next_offset
        offset = await self.claim()
        self._next_offset = offset + 1
        return offset, undisturbed and offset == expected

    def claimed_at(self, offset: int) -> None:
        """The newest claim stands at this offset of the changelog."""
        self._next_offset = offset + 1

    def forget(self) -> None:
        """Drop what waits: the log has it still."""
        self._waiting.clear()
        self.settled = {}
        self._moved.set()

    def start(self, progress: Callable[[], Progress]) -> None:
        """Begin to settle. progress: of the fold, for when nothing happens for long."""
        self._task = asyncio.create_task(self._run(progress))

    async def halt(self) -> None:
        """Stop settling. When a write was cut short, nobody knows whether it arrived: `take_over` remembers."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])

    async def close(self) -> None:
        """Give up the partition."""
        await self.halt()
        self.forget()
        await self.writer.close()

    # -- settling

    async def _run(self, progress: Callable[[], Progress]) -> None:
        try:
            while True:
                quiet = not await self._slices_came()
                if time.monotonic() - self._claimed_at > self._limits.claim_s:
                    await self._pulse.hold()
                    await self._in_order(self.claim(), 1)
                if quiet and self.idle:
                    await self._write({}, progress())
                while self._waiting:
                    await asyncio.sleep(self._limits.gather_s)
                    await self._settle(self._gather())
        except Exception as error:
            die(SETTLE_FAILED, self._sentence(error))

    async def _slices_came(self) -> bool:
        try:
            async with asyncio.timeout(self._limits.rewrite_s):
                await self._arrived.wait()
        except TimeoutError:
            return False
        self._arrived.clear()
        return True

    def _gather(self) -> _Settle:
        """All waiting slices whose changed parts fit one batch; of a part the latest counts."""
        changed: dict[bytes, bytes | None] = {}
        size_bytes = slices = 0
        for cut in self._waiting:
            size_bytes += sum(len(key) + len(value or b"") + _RECORD_OVERHEAD_BYTES for key, value in cut.changed.items())
            if slices and size_bytes > BATCH_BYTES:
                break
            changed.update(cut.changed)
            slices += 1
        taken = list(islice(self._waiting, slices))
        messages = [message for cut in taken for message in cut.messages]
        rejects = [reject for cut in taken for reject in cut.rejects]
        return _Settle(slices, changed, messages, rejects, taken[-1].progress)

    async def _settle(self, settle: _Settle) -> None:
        started = time.perf_counter()
        if settle.messages or settle.rejects:
            await self._pulse.hold()
            async with asyncio.timeout(self._limits.settle_s):
                await self._outputs.send(settle.messages, settle.rejects, self.partition)
        if settle.progress.offsets != self._settled_offsets() or settle.changed:
            await self._write(settle.changed, settle.progress)
        for _ in range(settle.slices):
            self._waiting.popleft()
        self.settled = {topic: offset + 1 for topic, offset in settle.progress.offsets.items()}
        self._moved.set()
        self._metrics.settled(settle.slices, settle.messages, settle.rejects, time.perf_counter() - started)

    def _settled_offsets(self) -> dict[str, int]:
        return {topic: offset - 1 for topic, offset in self.settled.items()}

    async def _write(self, changed: dict[bytes, bytes | None], progress: Progress) -> None:
        await self._pulse.hold()
        records: Iterable[tuple[bytes, bytes | None]] = [*changed.items(), (PROGRESS, _encode(progress))]
        async with asyncio.timeout(self._limits.settle_s):
            await self._in_order(self.writer.write(records), len(changed) + 1)

    async def _in_order(self, write: Awaitable[int], records: int) -> None:
        self._in_flight = True
        offset = await write
        self._in_flight = False
        if offset != self._next_offset:
            raise Stop(f"somebody else wrote to the changelog: offset {offset} instead of {self._next_offset}")
        self._next_offset = offset + records

    def _sentence(self, error: Exception) -> str:
        where = f"partition {self.partition} of {self._worker}"
        match error:
            case Stop():
                return f"{where} stops: {error}"
            case ProducerFenced():
                return f"{where} was taken over by another worker; this one ends and starts anew"
            case BatchTooLarge():
                return f"{where} cannot write its state: {error}"
            case TimeoutError():
                return f"{where} was not acknowledged within {self._limits.settle_s:.0f} s; is Kafka in order?"
            case KafkaError():
                return f"{where} stops: {error}"
        log.exception("settling failed")
        return f"{where} failed while settling: {type(error).__name__}: {error}"
