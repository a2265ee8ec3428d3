"""One partition in the hands of this worker: records wait, are folded slice by slice, and their slices are settled."""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence

from talaia.stream.folding.coverage import Held, contradiction, lost
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import CLAIM, ForeignState, StateRefused
from talaia.stream.folding.records import Record, Slice
from talaia.stream.lane.metrics import Metrics
from talaia.stream.lane.settling import Settler, claim_in
from talaia.stream.stopping import REFUSED, Stop, die

log = logging.getLogger(__name__)


class Partition:
    """Ready once it has read back its own claim; from then on its memory is the newest state."""

    def __init__(
        self,
        new_fold: Callable[[], PartitionFold],
        settler: Settler,
        judge: Callable[[Slice], None],
        freed: asyncio.Event,
        metrics: Metrics,
    ) -> None:
        self.settler = settler
        self.ready = False
        self.stranger = False
        self._new_fold, self._judge, self._freed, self._metrics = new_fold, judge, freed, metrics
        self._waiting: deque[tuple[str, Sequence[Record]]] = deque()
        self._work: asyncio.Task[None] | None = None
        self._expected: dict[str, int] = {}
        self._gap: tuple[str, int] | None = None
        self._claim_offset = self._read_from = self._read_to = -1
        self.touched_at = time.monotonic()
        self._newest: dict[bytes, bytes | None] = {}
        self.fold = new_fold()

    # -- claim and recovery

    async def take_over(self) -> bool:
        """Claim the partition, which is ready no more until `start`; True when memory is still the newest state."""
        await self.halt()
        was_ready, self.ready, self.stranger = self.ready, False, False
        self._claim_offset, undisturbed = await self.settler.take_over()
        if was_ready and undisturbed:
            return True
        self.settler.forget()
        self.fold, self._read_from, self._newest = self._new_fold(), -1, {}
        return False

    async def claim_again(self) -> None:
        """After a stranger's claim: once it must know that it lost."""
        self._claim_offset = await self.settler.claim()
        self.settler.claimed_at(self._claim_offset)
        self.stranger = False

    def restore(self, records: Sequence[Record]) -> bool:
        """Take changelog records, in order; True when the own claim was among them. Raises StateRefused."""
        self._read_from = records[0].offset if self._read_from < 0 else self._read_from
        self._read_to = records[-1].offset
        found = False
        for record in records:
            if record.key == CLAIM and record.value is not None:
                claim = claim_in(record.value)
                own = claim.producer_id == self.settler.writer.producer_id
                if record.offset == self._claim_offset and own and claim.epoch == self.settler.writer.epoch:
                    # what a stranger wrote behind it counts until it was made to give up: the next claim stands after that
                    found = True
                    if not self.stranger:
                        break
                else:
                    self.stranger = not own
            elif record.key is not None:
                self._newest[record.key] = record.value
        if found:
            self._rebuild()
        return found

    def _rebuild(self) -> None:
        """A part is restored once, however often it was written."""
        newest, self._newest = self._newest, {}
        for key, value in newest.items():
            self.fold.restore(key, value)

    @property
    def recovered(self) -> float:
        """Share of its changelog that is read, from 0 to 1."""
        if self.ready or self._read_from < 0:
            return float(self.ready)
        return min((self._read_to + 1 - self._read_from) / (self._claim_offset + 1 - self._read_from), 1.0)

    def check(self, inputs: Mapping[str, Held]) -> None:
        """Whether the inputs are still those that the state covers. Raises Stop, ForeignState."""
        fold = self.fold
        if fold.state.parts_count and not fold.offsets:
            raise ForeignState("parts without a progress record")
        why = contradiction(fold.partition, fold.progress(), inputs)
        if why is not None:
            raise Stop(why)
        fold.topic_ids = {topic: held.topic_id for topic, held in inputs.items()}

    def check_start(self, topic: str, start: int) -> None:
        """Whether an input that begins at an offset now still has what comes next. Raises Stop."""
        wanted = self.position(topic)
        if 0 < wanted < start:
            raise Stop(lost(topic, self.fold.partition, wanted, start))

    def start(self, kept: bool) -> None:
        """All is read: begin. kept: memory was the newest state, and what waits to be settled still counts."""
        if not kept:
            self.fold.restored()
            self.settler.settled = {topic: offset + 1 for topic, offset in self.fold.offsets.items()}
        self._expected = {topic: offset + 1 for topic, offset in self.fold.offsets.items()}
        self.touched_at = time.monotonic()
        self.settler.start(self.fold.progress)
        self.ready = True

    # -- work

    @property
    def busy(self) -> bool:
        """Whether records wait here."""
        return bool(self._waiting)

    def position(self, topic: str) -> int:
        """The offset that comes next."""
        return self._expected.get(topic, 0)

    def offer(self, topic: str, records: Sequence[Record]) -> bool:
        """Take records to work on; False when some before them are missing (the reader is to seek to `position`)."""
        assert self.ready, f"partition {self.fold.partition} is not recovered up to its claim"
        first, expected = records[0].offset, self.position(topic)
        if first > expected:
            if self._gap != (topic, expected):
                self._gap = (topic, expected)
                return False
            log.warning("offsets %d to %d of %s partition %d are gone", expected, first - 1, topic, self.fold.partition)
        self._expected[topic] = max(expected, records[-1].offset + 1)
        self.touched_at = time.monotonic()
        self._waiting.append((topic, records))
        if self._work is None or self._work.done():
            self._work = asyncio.create_task(self._run())
        return True

    async def halt(self) -> None:
        """Stop working; what waits is forgotten, it will be read again."""
        self._waiting.clear()
        if self._work is not None:
            work, self._work = self._work, None
            work.cancel()
            await asyncio.wait([work])

    async def close(self) -> None:
        """Give the partition up."""
        self.ready = False
        await self.halt()
        await self.settler.close()

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._fold(*self._waiting[0])
                self._waiting.popleft()
            self._freed.set()
        except StateRefused as why:
            die(REFUSED, f"partition {self.fold.partition} must not go on: {why}")
        except Exception as error:
            log.exception("the fold failed")
            die(REFUSED, f"partition {self.fold.partition} stops: {type(error).__name__}: {error}")

    async def _fold(self, topic: str, records: Sequence[Record]) -> None:
        at = 0
        while at < len(records):
            while self.settler.full:
                await self.settler.moved()
            started = time.perf_counter()
            cut = self.fold.apply(topic, records, at)
            self._judge(cut)
            self.settler.put(cut)
            at += cut.taken
            self._metrics.slice_seconds.observe(time.perf_counter() - started)
            self._metrics.consumed.labels(topic).inc(cut.taken - cut.skipped)
            self._metrics.skipped.labels(topic).inc(cut.skipped)
            await asyncio.sleep(0)
