"""State that released workers left on their changelogs: every later release reads it, an older one refuses it."""

import base64
import gzip
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from support.house import ROOT
from support.records import record
from talaia.cli.services import installed
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import PROGRESS, Codec, NewerState, record_key, split_record_key
from talaia.stream.folding.sources import OWN_KEY
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Processor

FILES = sorted((Path(__file__).parent / "golden_changelogs").glob("*/*.ndjson.gz"))
RELEASED = ROOT / "libs/contracts/released"
OWN = record_key(OWN_KEY, "")
HOUR = timedelta(hours=1)


class Written(NamedTuple):
    """A changelog record."""

    partition: int
    key: bytes
    value: bytes


def records(file: Path) -> list[Written]:
    lines = [msgspec.json.decode(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
    return [Written(line["partition"], base64.b64decode(line["key"]), base64.b64decode(line["value"])) for line in lines]


def processor_of(file: Path) -> Processor:
    (found,) = [new for new in processors() if new().name == file.name.removesuffix(".ndjson.gz")]
    return found()


def processors() -> Iterator[Callable[[], Processor]]:
    return (service.processor for service in installed().values())


def restored(file: Path, processor: Processor) -> dict[int, PartitionFold]:
    folds: dict[int, PartitionFold] = {}
    for partition, key, value in records(file):
        fold = folds.setdefault(partition, PartitionFold(processor, partition, Clock.REPLAY))
        fold.restore(key, value)
    for fold in folds.values():
        fold.restored()
    return folds


def test_each_worker_that_was_released_has_left_a_changelog() -> None:
    released = {new().name for new in processors() if (RELEASED / f"{new().inputs[0].name}.json").is_file()}
    assert {file.name.removesuffix(".ndjson.gz") for file in FILES} == released


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name.partition('.')[0]}")
def test_every_part_that_a_release_wrote_is_read_and_worked_on_from_there(file: Path) -> None:
    processor, found = processor_of(file), records(file)
    folds = restored(file, processor)
    parts = sum(len(view) for fold in folds.values() for view in fold.state.keys.values())
    assert parts == sum(written.key != PROGRESS for written in found) > 0
    for fold in folds.values():
        for view in fold.state.keys.values():
            assert all(part is not None for part in dict(view).values())
    topic, said = processor.inputs[0], 0
    for fold in folds.values():
        at, until = fold.offsets.get(topic.name, -1) + 1, fold.clock + HOUR
        while (due := fold.next_due()) is not None and due[0] < until:
            cut = fold.apply(topic.name, [record(at, processor.tick(due[1], due[0]))])
            assert not cut.rejects
            at, said = at + cut.taken, said + len(cut.messages)
    assert said > 0


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.name.partition('.')[0]}")
def test_a_release_that_is_older_than_the_state_refuses_it_with_one_sentence(file: Path) -> None:
    processor = processor_of(file)
    newer = Codec(processor.part_type, processor.part_format + 1)
    key = next(written.key for written in records(file) if written.key != PROGRESS and not written.key.startswith(OWN))
    home = partition_of(split_record_key(key)[0].encode(), processor.inputs[0].partitions)
    fold = PartitionFold(processor, home, Clock.REPLAY)
    slot = newer.slot(key, next(written.value for written in records(file) if written.key == key))
    with pytest.raises(NewerState, match="start the newer release again, or delete its changelog and replay") as refusal:
        fold.restore(key, newer.value(slot))
    assert "\n" not in str(refusal.value)
