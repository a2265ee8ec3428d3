"""Keep what this release writes to its changelogs, so that every later one is tried on it: state in the middle of the storm.

`python infra/tools/golden_changelog.py`, once before a release, writes RELEASE/WORKER.ndjson.gz below
`tests/contract/golden_changelogs`; what is there already is never written again. A line: partition, key and value (base64).
"""

import base64
import gzip
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import msgspec
from talaia.cli.services import installed
from talaia.contracts.alerts import AlarmStands
from talaia.contracts.catalogue import ALARMS
from talaia.contracts.envelope import CONTENT_TYPE_HEADER
from talaia.stream.folding.memory import MemoryBus, MemoryWorker
from talaia.stream.folding.parts import PROGRESS
from talaia.stream.folding.records import Outgoing
from talaia.stream.processor import Message

ROOT = Path(__file__).resolve().parents[2]
CITY = ROOT / "infra/cities/demo"
FOLDER = ROOT / "tests/contract/golden_changelogs"
BROKEN_RECORDS = 30
_AT_ONCE = 100


def main() -> None:
    """Write the files of this release that are not there yet."""
    for worker in at_the_height_of_the_storm():
        file = FOLDER / worker.processor.version / f"{worker.processor.name}.ndjson.gz"
        if file.exists():
            print(f"{file.relative_to(ROOT)} is there already: it is what that release wrote, and stays")
            continue
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = b"".join(msgspec.json.encode(line) + b"\n" for line in _lines(worker))
        file.write_bytes(gzip.compress(lines, mtime=0))
        print(f"{file.relative_to(ROOT)}: {len(lines)} bytes of records")


def at_the_height_of_the_storm() -> list[MemoryWorker]:
    """The workers when the first overflow has started, and a broken sender with it."""
    services, bus = installed(), MemoryBus()
    waste, alerts = (MemoryWorker(services[name].processor(), bus) for name in ("waste", "alerts"))
    recording = services["waste"].recording(CITY / "storm")
    first = next(recording)
    for message in (first, *services["alerts"].configure(CITY, "release", first.event.recordedtime)):
        _put(bus, message)
    alerts.run()
    for number in range(BROKEN_RECORDS):
        broken = {"source": "broken gauge", "id": str(number)}
        bus.append(Outgoing(first.topic.name, first.key.encode(), msgspec.json.encode(broken), ()), first.topic.partitions)
    while messages := list(islice(recording, _AT_ONCE)):
        for message in messages:
            _put(bus, message)
        said = _said(bus, waste) + _said(bus, alerts)
        if any(_overflows(each) for each in said if each.topic == ALARMS.name):
            return [waste, alerts]
    sys.exit("nothing overflowed in the storm: is it the right recording?")


def _put(bus: MemoryBus, message: Message) -> None:
    value = msgspec.json.encode(message.event)
    bus.append(Outgoing(message.topic.name, message.key.encode(), value, (CONTENT_TYPE_HEADER,)), message.topic.partitions)


def _said(bus: MemoryBus, worker: MemoryWorker) -> list[Outgoing]:
    said = worker.run()
    for each in said:
        bus.append(each, worker.processor.inputs[0].partitions)
    return said


def _overflows(said: Outgoing) -> bool:
    alarm = msgspec.json.decode(said.value, type=AlarmStands).data
    return alarm.kind == "waste.overflow_started" and alarm.condition == "active"


def _lines(worker: MemoryWorker) -> Iterator[dict[str, object]]:
    for fold, parts in zip(worker.folds, worker.changelog, strict=True):
        progress = {PROGRESS: msgspec.msgpack.encode(fold.progress())} if fold.offsets else {}
        for key, value in (parts | progress).items():
            yield {"partition": fold.partition, "key": _text(key), "value": _text(value)}


def _text(record: bytes) -> str:
    return base64.b64encode(record).decode()


if __name__ == "__main__":
    main()
