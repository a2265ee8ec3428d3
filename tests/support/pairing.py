"""A processor with two inputs of one key, and its judge: each input has a part of its own, and one counts both.

Were partition N of one input ever on another worker than partition N of the other, the part of both would miss events.
"""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from support.counting import CLICKS, COUNTS, EVERY, PARTITIONS, Click, Counting, Step, Tally, topic
from support.recount import last_values, plain_records, progress_of
from talaia.contracts.catalogue import Changelog
from talaia.contracts.envelope import Envelope
from talaia.stream.clock import wall_now
from talaia.stream.processor import Message


class Pressed(Envelope, frozen=True, kw_only=True, tag="city.talaia.test.presses.pressed.v1"):
    data: Click


PRESSES = topic("test.presses.v1", (Pressed,), ("pair-worker",))
INPUTS = {"clicks": CLICKS, "presses": PRESSES}
STATE = Changelog(worker="pair-worker", inputs=(CLICKS, PRESSES)).topic
_HEAD_BYTES = 10


class Pairing(Counting):
    """Says every fifth count of both; sets no timers."""

    name = "pair-worker"
    inputs = (CLICKS, PRESSES)

    def on_event(self, key: str, parts: Mapping[str, Any], event: Any, now: datetime) -> Step:
        name = "presses" if isinstance(event, Pressed) else "clicks"
        before, both = parts.get(name) or Tally(), parts.get("both") or Tally()
        after = Tally(before.count + 1, zlib.crc32(event.id.encode(), before.chain))
        both = Tally(both.count + 1)
        said = (("both", f"{key}-{both.count}", both, now),) if both.count % EVERY == 0 else ()
        return Step({name: after, "both": both}, said)


def press(key: str, number: int) -> Message:
    """An event of the second input, now."""
    at = wall_now()
    event = Pressed(id=f"{key}-p{number}", source="thumb", time=at, recordedtime=at, data=Click(number=number))
    return Message(PRESSES, key, event)


class PairVerdict(NamedTuple):
    """What is right and wrong after a run; `missing` counts events and outcomes."""

    events: int
    wrong_parts: int
    missing: int
    strange_outcomes: int


def judge_pairs(bootstrap: str, prefix: str) -> PairVerdict:
    """Count both inputs again and compare with changelog and outputs."""
    events = wrong = missing = strange = 0
    for partition in range(PARTITIONS):
        state = last_values(bootstrap, prefix + STATE.name, partition)
        offsets = progress_of(state)
        expected: dict[bytes, list[int]] = {}
        for name, source in INPUTS.items():
            for record in plain_records(bootstrap, prefix + source.name, partition):
                missing += record.offset > offsets.get(source.name, -1)
                key, identity = record.key or b"", json.loads(record.value or b"")["id"]
                tally = expected.setdefault(_part(key, name), [0, 0])
                tally[:] = tally[0] + 1, zlib.crc32(identity.encode(), tally[1])
                expected.setdefault(_part(key, "both"), [0, 0])[0] += 1
                events += 1
        found = {key: msgspec.msgpack.decode(value[_HEAD_BYTES:]) for key, value in state.items()}
        tallies = {key: [tally["count"], tally["chain"]] for key, tally in found.items()}
        wrong += sum(tallies.get(key) != expected.get(key) for key in set(tallies) | set(expected))
        said = {json.loads(record.value or b"")["id"] for record in plain_records(bootstrap, prefix + COUNTS.name, partition)}
        outcomes = set(_outcomes(expected))
        missing += len(outcomes - said)
        strange += len(said - outcomes)
    return PairVerdict(events, wrong, missing, strange)


def _part(key: bytes, name: str) -> bytes:
    return len(key).to_bytes(2, "big") + key + name.encode()


def _outcomes(expected: Mapping[bytes, list[int]]) -> list[str]:
    both = {part.removesuffix(b"both")[2:].decode(): tally[0] for part, tally in expected.items() if part.endswith(b"both")}
    return [f"{key}-{count}" for key, total in both.items() for count in range(EVERY, total + 1, EVERY)]
