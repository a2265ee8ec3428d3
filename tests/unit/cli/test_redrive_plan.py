"""What of the rejects a redrive would send."""

from collections.abc import Sequence

import pytest
from aiokafka import ConsumerRecord
from talaia.cli.rejects.plan import Choice, Origin, Plan, Position
from talaia.cli.rejects.record import digest
from talaia.contracts.catalogue import MEASUREMENTS

TOPIC = MEASUREMENTS.name
ALL = Choice((MEASUREMENTS,))


def reject(origin: str, reason: str = "schema", key: bytes | None = b"c1", value: bytes | None = b"x") -> ConsumerRecord:
    facts = {"reason": reason, "detail": "d", "source": "gate", "origin-topic": TOPIC, "origin-partition": "3"}
    facts |= {"origin-offset": origin, "reader": "waste-worker", "reader-version": "1"}
    headers = tuple((name, word.encode()) for name, word in facts.items())
    return ConsumerRecord(f"{TOPIC}.rejected", 3, 0, 0, 0, key, value, 0, 0, 0, headers)


def at(offset: int) -> Position:
    return Position(TOPIC, 3, offset)


def planned(records: Sequence[ConsumerRecord], choice: Choice = ALL) -> Plan:
    plan = Plan()
    for offset, record in enumerate(records):
        plan.take(choice, at(offset), record)
    return plan


def test_of_the_rejects_of_one_original_one_is_sent() -> None:
    plan = planned([reject("7"), reject("7"), reject("8"), reject("7", value=b"of a topic made anew")])
    assert (list(plan.chosen), plan.repeated) == ([at(0), at(2), at(3)], 1)


@pytest.mark.parametrize("sent", [0, 1, 2])
def test_an_original_counts_as_sent_when_any_of_its_rejects_was_whichever_is_asked_for(sent: int) -> None:
    rejects = [reject("7"), reject("7", reason="negative"), reject("7")]
    plan = planned(rejects, Choice((MEASUREMENTS,), reason="negative"))
    content = digest(rejects[0])
    plan.subtract({Origin(TOPIC, 3, 7, content)}, {(at(sent).name, content)})
    assert (plan.chosen, plan.sent_before) == ({}, 1)


def test_a_record_that_was_sent_with_another_content_is_another() -> None:
    record = reject("7")
    plan = planned([record])
    plan.subtract({Origin(TOPIC, 3, 7, digest(record))}, {(at(0).name, digest(reject("7", value=b"y")))})
    assert list(plan.chosen) == [at(0)]


@pytest.mark.parametrize("offset", ["9" * 5_000, "-1", "\u00b2", "\u0663", "", "1.0"])
def test_a_reject_with_an_offset_that_is_none_was_written_by_no_reader(offset: str) -> None:
    plan = planned([reject(offset)])
    assert (plan.chosen, plan.foreign) == ({}, 1)
