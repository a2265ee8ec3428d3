"""What is seen of one record when it is compared with the contract of its topic."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.examples import EVENTS, NAMES, example
from support.traffic import SECRET, Planted, Sent, all_good, good, planted, with_unknown_fields
from talaia.cli.traffic.contract import Contract, Found, unknown_fields
from talaia.cli.traffic.tally import EXAMPLES, Tally
from talaia.contracts.catalogue import ACTS, MEASUREMENTS, READINGS, TOPICS
from talaia.contracts.vocabulary import Clock
from talaia.contracts.waste import Measured, Read
from talaia.stream.folding.reading import REASONS
from talaia.stream.odd_batches import CUT

NOW = datetime(2026, 9, 14, 2, 10, tzinfo=UTC)


class Standing(NamedTuple):
    """A record on the broker."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Any


def look(sent: Sent, now: datetime = NOW, clock: Clock = Clock.WALL) -> Found:
    record = Standing(7, int(now.timestamp() * 1000), sent.key, sent.value, sent.headers)
    return Contract(sent.topic, sent.partition, clock).look(record)


def reasons(found: Found) -> list[str]:
    return [violation.reason for violation in found.violations]


def words(sent: Iterable[Sent]) -> str:
    """All that is said of some records."""
    tallies = {topic: Tally(topic) for topic in TOPICS}
    for number, each in enumerate(sent):
        tallies[each.topic].take(each.partition, number, look(each))
    return "\n".join(line for tally in tallies.values() for line in tally.lines())


@pytest.mark.parametrize("sent", all_good(NOW), ids=lambda sent: sent.topic.name)
def test_what_is_as_its_contract_says_is_not_complained_of(sent: Sent) -> None:
    assert look(sent)[:2] == ((), ())


@pytest.mark.parametrize("wrong", planted(NOW), ids=lambda wrong: wrong.reason)
def test_what_breaks_its_contract_is_named_once_and_nothing_of_it_is_quoted(wrong: Planted) -> None:
    found = look(wrong.sent)
    assert reasons(found) == [wrong.reason]
    assert SECRET not in found.violations[0].detail


def test_every_reason_of_the_bus_that_one_record_can_give_is_planted() -> None:
    of_services_and_outcomes = {"too_large", "failed"}
    assert set(REASONS) - of_services_and_outcomes <= {wrong.reason for wrong in planted(NOW)}


def test_a_record_that_breaks_two_rules_is_told_of_both() -> None:
    assert reasons(look(good(READINGS, Read, NOW)._replace(headers=(), key=None))) == ["content_type", "no_key"]


def test_a_record_that_was_cut_is_too_long_also_where_none_could_end_a_key() -> None:
    for topic, event in EVENTS:
        cut = good(topic, event, NOW)._replace(key=None, value=None, headers=[(CUT, b"a batch")])
        assert "too_long" in reasons(look(cut))


def test_the_end_of_a_key_needs_the_key_and_its_partition() -> None:
    ended = all_good(NOW)[-1]
    assert reasons(look(ended._replace(key=None))) == ["no_key"]
    assert reasons(look(ended._replace(partition=(ended.partition + 1) % 16))) == ["wrong_partition"]
    assert reasons(look(ended._replace(topic=READINGS))) == ["no_value"]


def test_in_a_replay_no_time_is_judged() -> None:
    (future,) = (wrong.sent for wrong in planted(NOW) if wrong.reason == "recorded_in_the_future")
    found = look(future, clock=Clock.REPLAY)
    assert found.violations == ()
    assert found.ahead == timedelta(hours=1)


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
@pytest.mark.parametrize("zone_h", [-14, 0, 14])
def test_no_moment_is_too_odd_to_be_compared(at: datetime, zone_h: int) -> None:
    recorded = at.replace(tzinfo=timezone(timedelta(hours=zone_h))).isoformat()
    found = look(good(MEASUREMENTS, Measured, NOW, recordedtime=recorded))
    assert reasons(found) == (["recorded_in_the_future"] if at.year > 1 else [])


def test_fields_that_the_contract_does_not_name_are_allowed_and_told() -> None:
    public, personal = (look(sent) for sent in with_unknown_fields(NOW))
    assert public.violations == personal.violations == ()
    assert public.unknown == ("data.colour", f"data.{SECRET}")
    assert personal.unknown == ("withheld",)
    many = json.loads(example(Measured)) | {"recordedtime": NOW.isoformat()} | {f"x{number}": 1 for number in range(1000)}
    assert len(look(good(MEASUREMENTS, Measured, NOW)._replace(value=json.dumps(many).encode())).unknown) == 20


@pytest.mark.parametrize("hidden", ["9" * 5_000, "[" * 900 + "]" * 900, '"\\ud800"', "1e999"])
def test_what_an_unknown_field_holds_disturbs_nobody(hidden: str) -> None:
    value = (good(MEASUREMENTS, Measured, NOW).value or b"").replace(b'"data"', f'"more": {hidden}, "data"'.encode())
    assert len(look(good(MEASUREMENTS, Measured, NOW)._replace(value=value)).unknown) <= 1


@pytest.mark.parametrize(("topic", "event"), EVENTS, ids=NAMES)
def test_an_unknown_field_is_found_wherever_it_stands(topic: Any, event: Any) -> None:
    def places(value: Any, at: str = "") -> Iterable[tuple[dict[str, Any], str]]:
        if isinstance(value, dict):
            yield value, at
            for name, inner in value.items():
                yield from places(inner, f"{at}{name}.")
        elif isinstance(value, list):
            for inner in value:
                yield from places(inner, at)

    said = json.loads(example(event))
    free = ("title", "facts", "classes", "masks", "gauge_weights", "guidance_by_kind")  # maps of names that their writer chooses
    for place, at in places(said):
        if at.rstrip(".").rpartition(".")[2] not in free:
            place["surely_unknown"] = 1
            assert list(unknown_fields(msgspec.json.decode(json.dumps(said), type=event), said)) == [f"{at}surely_unknown"]
            del place["surely_unknown"]


def test_a_report_of_what_holds_personal_data_never_quotes_it() -> None:
    wrong = [each.sent for each in planted(NOW) if each.sent.topic is ACTS]
    assert len(wrong) >= 3
    assert SECRET not in words([*wrong, with_unknown_fields(NOW)[1]])


def test_a_report_names_the_first_places_and_counts_the_rest() -> None:
    said = words([good(READINGS, Read, NOW)._replace(headers=())] * 10)
    assert "waste.readings.v1: 10 records, recordedtime +0.0 to +0.0 s from Kafka's timestamp" in said
    assert "10 x content_type" in said
    assert said.count("a record needs one header content-type") == EXAMPLES


def test_how_long_ago_a_replay_was_recorded_is_said_in_days() -> None:
    tally = Tally(READINGS)
    tally.take(0, 0, look(good(READINGS, Read, NOW), NOW + timedelta(days=9_822)))
    assert "recorded 9,822 days and more before Kafka's timestamp" in next(tally.lines())


@given(
    st.one_of(st.binary(), st.none(), st.dictionaries(st.text(), st.text()).map(lambda found: json.dumps(found).encode())),
    st.one_of(st.none(), st.binary()),
    st.lists(st.tuples(st.text(), st.one_of(st.none(), st.binary()))),
    st.integers(-1, 2**63 - 1),
)
def test_whatever_a_stranger_sends_is_a_violation_in_printable_words(
    value: bytes | None, key: bytes | None, headers: Any, timestamp: int
) -> None:
    for topic in (MEASUREMENTS, READINGS, ACTS):
        found = Contract(topic, 3, Clock.WALL).look(Standing(0, timestamp, key, value, headers))
        assert found.violations
        assert all(violation.detail.isprintable() for violation in found.violations)
