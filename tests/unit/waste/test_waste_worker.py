"""The waste worker on a bus: events in, readings, forecasts and signals out, the same whatever the slices and restarts."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from talaia.contracts import alerts, waste
from talaia.contracts.catalogue import FORECASTS, MEASUREMENTS, READINGS, SIGNALS
from talaia.contracts.envelope import Envelope
from talaia.contracts.vocabulary import Clock
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.memory import MemoryBus, MemoryWorker, StoredRecord
from talaia.stream.folding.records import Outgoing
from talaia.stream.partitioning import partition_of
from talaia.stream.processor import Message
from talaia.waste.ingest.recording import Recording
from talaia.waste.service import SERVICE
from talaia.waste.worker.stream import WasteProcessor
from talaia.waste.worker.translate.identity import outcome_id

STORM = Path(__file__).parents[3] / "infra/cities/demo/storm"
BEGINNING = list(islice(SERVICE.recording(STORM), 250))
KEY = BEGINNING[0].key
PARTITION = partition_of(KEY.encode(), MEASUREMENTS.partitions)
READ: dict[str, Any] = {
    READINGS.name: waste.Read,
    FORECASTS.name: waste.Forecasted,
    SIGNALS.name: alerts.Signalled | alerts.Alive,
}


def records(messages: list[Message]) -> list[StoredRecord]:
    return [
        StoredRecord(n, 0, message.key.encode(), msgspec.json.encode(message.event), ()) for n, message in enumerate(messages)
    ]


def fold() -> PartitionFold:
    return PartitionFold(WasteProcessor(), PARTITION, Clock.REPLAY)


def apply(running: PartitionFold, given: list[StoredRecord], log: dict[bytes, bytes | None]) -> list[Outgoing]:
    said: list[Outgoing] = []
    at = 0
    while at < len(given):
        cut = running.apply(MEASUREMENTS.name, given, at)
        assert cut.rejects == []
        at += cut.taken
        said += cut.messages
        log.update(cut.changed)
    return said


def run(messages: list[Message]) -> MemoryWorker:
    bus = MemoryBus()
    for record in records(messages):
        assert record.key is not None
        bus.put(MEASUREMENTS.name, PARTITION, record.key, record.value)
    return MemoryWorker(WasteProcessor(), bus)


def events(said: list[Outgoing]) -> list[Envelope]:
    return [msgspec.json.decode(each.value, type=READ[each.topic]) for each in said]


def changed(message: Message, **changes: object) -> Message:
    return message._replace(event=msgspec.structs.replace(message.event, **changes))


@settings(max_examples=5)
@given(st.integers(1, len(BEGINNING) - 1))
def test_a_worker_restored_from_its_changelog_says_the_same_to_the_byte(at: int) -> None:
    given_records = records(BEGINNING)
    log: dict[bytes, bytes | None] = {}
    whole = apply(fold(), given_records, {})
    first = fold()
    said = apply(first, given_records[:at], log)
    second = fold()
    for key, value in reversed(log.items()):
        second.restore(key, value)
    second.offsets, second.clock = dict(first.offsets), first.clock
    second.restored()
    assert said + apply(second, given_records[at:], log) == whole


def test_every_outcome_says_where_its_cause_stands_and_in_which_order() -> None:
    said = events(run(BEGINNING).run())
    assert {type(each) for each in said} == {waste.Read, waste.Forecasted, alerts.Alive}
    assert [each.sequence for each in said] == sorted(str(each.sequence) for each in said)
    assert all(str(each.cause).startswith(f"{MEASUREMENTS.name}/{PARTITION}/") for each in said)


def test_no_two_outcomes_share_an_identity() -> None:
    said = events(run(BEGINNING).run())
    identities = [(type(each), each.source, each.id) for each in said]
    assert len(identities) == len(set(identities))


def test_a_reading_keeps_its_measurements_identity() -> None:
    reading = next(each for each in events(run(BEGINNING).run()) if isinstance(each, waste.Read))
    assert (reading.source, reading.id) == (BEGINNING[1].event.source, BEGINNING[1].event.id)
    assert reading.data.measurement == reading.id


def test_readings_and_forecasts_are_keyed_by_site_and_signals_by_area() -> None:
    keys: dict[str, set[bytes]] = {}
    for each in run(BEGINNING).run():
        keys.setdefault(each.topic, set()).add(each.key)
    assert keys[SIGNALS.name] == {b"demo"}
    sites = {f"T{n}".encode() for n in range(1, 7)} | {f"CSO{n}".encode() for n in range(7, 11)}
    assert keys[FORECASTS.name] == sites
    assert keys[READINGS.name] >= sites | {b"RG1"}


def test_signals_come_from_the_catchment_as_their_source() -> None:
    alive = [each for each in events(run(BEGINNING).run()) if isinstance(each, alerts.Alive)]
    assert {each.source for each in alive} == {f"talaia/waste/{KEY}"}
    steps = {after.recordedtime - before.recordedtime for before, after in pairwise(alive)}
    assert steps == {timedelta(seconds=60)}


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (changed(BEGINNING[1], time=datetime(2001, 1, 1, tzinfo=UTC)), "from_the_future"),
        (changed(BEGINNING[1], time=datetime(1999, 1, 1, tzinfo=UTC)), "too_old"),
        (
            changed(BEGINNING[1], data=msgspec.structs.replace(BEGINNING[1].event.data, site="T99")),  # type: ignore[attr-defined]
            "unknown_site",
        ),
        (
            changed(BEGINNING[0], data=msgspec.structs.replace(BEGINNING[0].event.data, catchment="lower")),  # type: ignore[attr-defined]
            "wrong_key",
        ),
    ],
)
def test_what_cannot_be_applied_is_rejected_with_its_reason_and_harms_nothing(message: Message, reason: str) -> None:
    worker = run([*BEGINNING[:50], message, *BEGINNING[50:100]])
    said = worker.run()
    assert [each.reason for each in worker.rejects] == [reason]
    undisturbed = run(BEGINNING[:100]).run()
    assert [each.id for each in events(said)] == [each.id for each in events(undisturbed)]


def test_nothing_is_accepted_for_a_catchment_that_is_not_configured() -> None:
    worker = run(BEGINNING[1:20])
    assert worker.run() == []
    assert {each.reason for each in worker.rejects} == {"unknown_site"}


def test_a_tick_lets_the_timers_fire() -> None:
    last = BEGINNING[-1].event.recordedtime
    tick = WasteProcessor().tick(KEY, last + timedelta(minutes=10))
    assert (tick.topic, tick.key) == (MEASUREMENTS, KEY)
    with_tick = events(run([*BEGINNING, tick]).run())
    without = events(run(BEGINNING).run())
    assert with_tick[: len(without)] == without
    assert max(each.recordedtime for each in with_tick) > last + timedelta(minutes=8)


def test_times_in_another_zone_are_the_same_times() -> None:
    there = [
        changed(each, time=each.event.time.astimezone(tz), recordedtime=each.event.recordedtime.astimezone(tz))
        for each in BEGINNING
        for tz in [datetime.fromisoformat("2000-01-01T00:00:00+05:30").tzinfo]
    ]
    assert run(there).run() == run(BEGINNING).run()


def test_ids_of_outcomes_derive_from_rule_subject_and_cause_alone() -> None:
    assert outcome_id("rule", "T1", "cause") == outcome_id("rule", "T1", "cause")
    assert len({outcome_id(rule, subject, cause) for rule in "ab" for subject in "cd" for cause in "ef"}) == 8


@given(st.text(), st.text(), st.text())
def test_ids_of_outcomes_are_uuids_of_version_five(rule: str, subject: str, cause: str) -> None:
    namespace = uuid5(NAMESPACE_URL, "talaia:waste")
    with suppress(UnicodeEncodeError):
        assert outcome_id(rule, subject, cause) == str(uuid5(namespace, f"{rule}|{subject}|{cause}"))


def test_the_demo_recording_is_of_the_demo_city() -> None:
    city = STORM.parent / "waste.toml"
    assert (STORM / "waste.toml").read_text() == city.read_text()
    assert Recording(STORM).city.area == "demo"
