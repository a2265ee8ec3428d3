"""What a state covers, against what its inputs still hold: where they contradict each other, nothing is guessed."""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from talaia.stream.folding.parts import ForeignState
from talaia.stream.folding.records import BEGINNING, END, Progress


class Held(NamedTuple):
    """One partition of an input as Kafka holds it: id of the topic, first offset, and the one after the last."""

    topic_id: str
    start: int
    end: int


def progress_in(value: bytes | None) -> Progress:
    """The progress that a changelog record tells. Raises ForeignState."""
    try:
        progress = msgspec.msgpack.decode(value or b"", type=Progress)
    except (msgspec.DecodeError, UnicodeDecodeError, OverflowError, RecursionError):
        raise ForeignState("a progress record that cannot be read") from None
    if not BEGINNING <= progress.clock <= END:
        raise ForeignState("a progress record with an impossible time")
    return progress


def contradiction(partition: int, progress: Progress, inputs: Mapping[str, Held]) -> str | None:
    """Why a worker must not go on from a state, and what to do; None: it may. inputs: by catalogue name."""
    for topic in (*progress.offsets, *progress.topic_ids):
        if topic not in inputs:
            return f"the state covers topic {topic}, which this worker does not read: the changelog is another worker's"
    for topic, held in inputs.items():
        if progress.topic_ids.get(topic, held.topic_id) != held.topic_id:
            return f"topic {topic} was deleted and made anew: the state covers the old one; delete the changelog too, and replay"
        covered = progress.offsets.get(topic)
        if covered is not None and held.end <= covered:
            return (
                f"topic {topic} partition {partition} ends at {held.end}, the state covers {covered}: "
                "Kafka lost events; restore them, or delete the changelog and replay"
            )
        if covered is not None and held.start > covered + 1:
            return lost(topic, partition, covered + 1, held.start)
    return None


def lost(topic: str, partition: int, wanted: int, start: int) -> str:
    """Events that the state wants next are gone."""
    return (
        f"topic {topic} partition {partition} begins at {start}, the state wants {wanted} next: retention dropped "
        f"{start - wanted} events before they were counted; restore them, or delete the changelog and let the state begin "
        "with what is left"
    )
