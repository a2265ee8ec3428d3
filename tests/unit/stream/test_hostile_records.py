import pytest
from support.counting import CLICKS, Counting
from support.poison import HOSTILE
from support.records import KEYS, PARTITION, StandingRecord, clicked
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import split_record_key
from talaia.stream.folding.sources import OWN_KEY


@pytest.mark.parametrize("number", range(len(HOSTILE)), ids=lambda number: f"hostile{number}")
def test_nothing_in_the_hostile_corpus_stops_a_fold(number: int) -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.WALL)
    hostile = [StandingRecord(offset, 0, KEYS[0].encode(), HOSTILE[number]) for offset in range(25)]
    records, at, rejects, changed = [*hostile, clicked(25)], 0, 0, set()
    while at < len(records):
        cut = fold.apply(CLICKS.name, records, at)
        at, rejects, changed = at + cut.taken, rejects + len(cut.rejects), changed | set(cut.changed)
    assert rejects == 25
    assert {split_record_key(key)[0] for key in changed} - {OWN_KEY} == {KEYS[0]}
