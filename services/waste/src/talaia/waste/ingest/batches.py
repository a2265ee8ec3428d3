"""A batch at a door: each item is answered for itself."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from talaia.stream.processor import Message
from talaia.waste.model.acceptance import Refusal

MOST_ITEMS = 5_000


class Answer(NamedTuple):
    """What became of one item. item: its place in the batch, from 0.

    id: under which it was accepted; reason, detail: why it was not.
    """

    item: int
    id: str | None
    reason: str | None = None
    detail: str | None = None

    @property
    def accepted(self) -> bool:
        """Whether it became an event."""
        return self.reason is None


class Batch(NamedTuple):
    """An answer for every item, and an event for every accepted one."""

    answers: list[Answer]
    messages: list[Message]


class TooMany(ValueError):
    """More items than one batch may have."""


def judged(items: Sequence[object], take: Callable[[object], Message | Refusal], what: str) -> Batch:
    """What became of each item. take: makes an event of one, or says why not; what: they are called. Raises TooMany."""
    if len(items) > MOST_ITEMS:
        raise TooMany(f"a batch may have {MOST_ITEMS} {what}, this one has more: send it in parts")
    batch = Batch([], [])
    for index, raw in enumerate(items):
        taken = take(raw)
        if isinstance(taken, Refusal):
            batch.answers.append(Answer(index, None, *taken))
        else:
            batch.answers.append(Answer(index, taken.event.id))
            batch.messages.append(taken)
    return batch
