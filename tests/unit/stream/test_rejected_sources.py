"""A source that sends what must be rejected is told to its operators, and told again when it is clean."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from support.counting import CLICKS, T0, Counting
from support.records import KEYS, PARTITION, StandingRecord, clicked
from talaia.contracts.alerts import Signal, Signalled
from talaia.contracts.catalogue import SIGNALS
from talaia.contracts.vocabulary import Clock, SignalState
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.parts import PROGRESS
from talaia.stream.folding.records import Outgoing
from talaia.stream.folding.sources import IN_A_ROW, MOST_SOURCES, QUIET, RENEW

TOPIC = CLICKS.name


class Log:
    """Records in order; each kind of record is from one source."""

    def __init__(self) -> None:
        self.records: list[StandingRecord] = []
        self.at = T0

    def good(self, times: int = 1, source: str = "gauge") -> "Log":
        return self._put(times, lambda offset: {"source": source})

    def bad(self, times: int = 1, source: str = "gauge") -> "Log":
        """Readable, and refused by the service."""
        return self._put(times, lambda offset: {"source": source, "data": {"number": -1}})

    def broken(self, times: int = 1, source: str = "gauge") -> "Log":
        """Against the schema; the source can be read."""
        return self._put(times, lambda offset: {"source": source, "data": {"number": "many"}})

    def noise(self, times: int = 1) -> "Log":
        """No JSON, no source."""
        for _ in range(times):
            self.records.append(clicked(len(self.records), at=self.at)._replace(value=b"{"))
        return self

    def later(self, delay: timedelta) -> "Log":
        self.at += delay
        return self

    def _put(self, times: int, changes: object) -> "Log":
        for _ in range(times):
            offset = len(self.records)
            one = clicked(offset, KEYS[offset % 3], at=self.at)
            event = msgspec.json.decode(one.value) | changes(offset)
            self.records.append(one._replace(value=msgspec.json.encode(event)))
        return self


def signals(messages: Iterable[Outgoing]) -> list[Signalled]:
    return [msgspec.json.decode(each.value, type=Signalled) for each in messages if each.topic == SIGNALS.name]


def told(log: Log) -> list[Signal]:
    """What a fold of all the records says of sources."""
    fold, at, said = PartitionFold(Counting(), PARTITION, Clock.REPLAY), 0, []
    while at < len(log.records):
        cut = fold.apply(TOPIC, log.records, at)
        at += cut.taken
        said += cut.messages
    return [event.data for event in signals(said)]


def states(log: Log) -> list[tuple[str, str]]:
    return [(signal.subject, signal.state.value) for signal in told(log)]


def test_twenty_rejects_in_a_row_raise_the_alarm_of_their_source_once() -> None:
    assert states(Log().good(5).bad(IN_A_ROW - 1).good()) == []
    assert states(Log().good(5).bad(IN_A_ROW + 200)) == [("gauge", "began")]


def test_more_than_five_percent_of_the_last_thousand_raise_it_and_five_percent_do_not() -> None:
    assert states(one_bad_of(20)) == []
    assert states(one_bad_of(19)) == [("gauge", "began")]


def one_bad_of(records: int) -> Log:
    log = Log()
    while len(log.records) < 3_000:
        log.bad().good(records - 1)
    return log


def test_other_sources_neither_raise_nor_hide_it() -> None:
    log = Log()
    for _ in range(IN_A_ROW):
        log.bad().good(3, source="pump")
    assert states(log) == [("gauge", "began")]


def test_a_source_is_known_by_what_its_broken_records_say() -> None:
    assert states(Log().broken(IN_A_ROW)) == [("gauge", "began")]


def test_records_that_name_no_source_are_one_unknown_source() -> None:
    assert states(Log().noise(IN_A_ROW)) == [("unknown source", "began")]
    assert states(Log().noise(IN_A_ROW - 1).good().noise(IN_A_ROW - 1)) == []


def test_it_ends_when_a_hundred_in_a_row_were_good_and_what_was_counted_is_forgotten() -> None:
    assert states(Log().bad(60).good(99)) == [("gauge", "began")]
    assert states(Log().bad(60).good(100).bad(IN_A_ROW - 1)) == [("gauge", "began"), ("gauge", "ended")]
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    log = Log().bad(60).good(100)
    fold.apply(TOPIC, log.records)
    assert not fold.state.sources.counted


def test_it_is_renewed_while_it_stands_and_ends_after_an_hour_without_a_reject() -> None:
    log = Log().bad(IN_A_ROW)
    for _ in range(QUIET // RENEW):
        log.later(RENEW).good(source="pump")
    found = told(log)
    assert [signal.state for signal in found] == [
        SignalState.BEGAN,
        *[SignalState.CHANGED] * (QUIET // RENEW - 1),
        SignalState.ENDED,
    ]
    for signal in found[:-1]:
        assert signal.expires_at > signal_time(signal, found) + RENEW


def signal_time(signal: Signal, found: list[Signal]) -> datetime:
    return T0 + found.index(signal) * RENEW


def test_the_unknown_source_ends_when_a_hundred_records_came_without_another() -> None:
    log = Log().good().noise(IN_A_ROW).good(101).later(RENEW).good()
    assert states(log) == [("unknown source", "began"), ("unknown source", "ended")]


def test_it_says_how_many_why_and_where_and_what_to_do() -> None:
    (signal,) = told(Log().broken(5).bad(IN_A_ROW - 5))
    assert signal.kind == "system.source_rejected"
    assert signal.evidence.facts["rejected"] == IN_A_ROW
    assert signal.evidence.facts["reasons"] == "negative 15, schema 5"
    assert signal.evidence.positions[-1] == f"{TOPIC}/{PARTITION}/{IN_A_ROW - 1}"
    assert "talaia rejects redrive" in signal.guidance


def test_each_word_of_a_condition_is_newer_than_the_one_before() -> None:
    log = Log().bad(IN_A_ROW).good(100).bad(IN_A_ROW).later(RENEW).good(100)
    found = told(log)
    assert [signal.state.value for signal in found] == ["began", "ended", "began", "changed", "ended"]
    numbers = [signal.sequence for signal in found]
    assert numbers == sorted(set(numbers))
    assert len({signal.condition_id for signal in found}) == 1


def test_a_name_that_a_stranger_chose_cannot_move_a_terminal() -> None:
    log = Log()
    for _ in range(IN_A_ROW):
        log.records.append(clicked(len(log.records))._replace(value=b'{"source":"a\\u001b[2J\\nb"}'))
    assert states(log) == [("a?[2J?b", "began")]


def test_good_events_leave_no_trace() -> None:
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    fold.apply(TOPIC, Log().good(300).records)
    assert not fold.state.sources.counted


def test_thousands_of_hostile_names_take_bounded_memory_and_hide_no_source() -> None:
    log = Log()
    for number in range(3_000):
        log.broken(source=f"hostile-{number}")
        if number % 100 < IN_A_ROW:
            log.bad()
    fold, at, said = PartitionFold(Counting(), PARTITION, Clock.REPLAY), 0, []
    while at < len(log.records):
        cut = fold.apply(TOPIC, log.records, at)
        at, said = at + cut.taken, said + cut.messages
        assert len(fold.state.sources.counted) <= MOST_SOURCES + 1
    assert {event.data.subject for event in signals(said)} == {"gauge", "unknown source"}


def test_a_name_that_changes_with_every_record_is_told_of_as_the_unknown_source() -> None:
    log = Log()
    for number in range(1_000):
        log.broken(source="gauge" if number % (MOST_SOURCES + 2) == 0 else f"hostile-{number}")
    assert states(log) == [("unknown source", "began")]


def test_when_too_many_sources_are_above_their_limit_the_others_are_told_of_together() -> None:
    log = Log()
    for number in range(MOST_SOURCES + 3):
        log.broken(IN_A_ROW, source=f"hostile-{number}")
    subjects = [signal.subject for signal in told(log)]
    assert len(subjects) == MOST_SOURCES + 1
    assert subjects[-1] == "unknown source"


def test_before_the_first_good_record_the_time_of_a_word_is_the_broker_s_and_in_a_replay_never_the_wall_s() -> None:
    log = Log().noise(IN_A_ROW)
    wall, replay = (PartitionFold(Counting(), PARTITION, clock).apply(TOPIC, log.records).messages for clock in Clock)
    assert [event.time for event in signals(wall)] == [T0]
    later = [record._replace(timestamp=record.timestamp + 1_000_000) for record in log.records]
    assert PartitionFold(Counting(), PARTITION, Clock.REPLAY).apply(TOPIC, later).messages == replay


blocks = st.lists(
    st.tuples(st.sampled_from(["good", "bad", "broken", "noise"]), st.integers(1, 60), st.sampled_from([0, 0, 300, 4000])),
    max_size=12,
)


@given(blocks, st.randoms())
def test_kills_and_slices_change_nothing_of_what_is_told(plan: list[tuple[str, int, int]], random: Random) -> None:
    log = Log()
    for kind, times, delay_s in plan:
        getattr(log, kind)(times)
        log.later(timedelta(seconds=delay_s))
    whole, at = [], 0
    fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
    while at < len(log.records):
        cut = fold.apply(TOPIC, log.records, at)
        at, whole = at + cut.taken, whole + cut.messages
    said, changelog, at = [], {}, 0
    while at < len(log.records):
        fold = PartitionFold(Counting(), PARTITION, Clock.REPLAY)
        for key, value in changelog.items():
            fold.restore(key, value)
        fold.restored()
        cut = fold.apply(TOPIC, log.records[: at + random.randint(1, 80)], at)
        said += cut.messages
        changelog |= cut.changed
        changelog[PROGRESS] = msgspec.msgpack.encode(cut.progress)
        at += cut.taken
    assert said == whole
