"""A release that rejects everything is wrong, not the world: then, and only then, rejects stop a worker."""

from talaia.stream.folding.records import Slice
from talaia.stream.processor import Processor
from talaia.stream.stopping import REFUSED, die

RECORDS = 200


class Trial:
    """The first records after the start of a worker."""

    def __init__(self, processor: Processor) -> None:
        self._release = f"{processor.name} {processor.version}"
        self._rejected = 0
        self._over = False

    def judge(self, cut: Slice) -> None:
        """Before a slice is settled."""
        if self._over:
            return
        applied = cut.taken - cut.skipped
        self._over = len(cut.rejects) < applied
        self._rejected += len(cut.rejects)
        if not self._over and self._rejected >= RECORDS:
            last = cut.rejects[-1]
            die(
                REFUSED,
                f"{self._release} rejects every one of its first {self._rejected} records (last: {last.topic}, {last.reason}: "
                f"{last.detail}): this release does not fit what is on the bus; install the right one",
            )
