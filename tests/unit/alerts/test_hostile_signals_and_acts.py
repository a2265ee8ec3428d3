"""Whoever may write to signals or acts cannot stop the control room: after anything they send it still works."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from support.examples import example
from support.hostile import BODIES
from support.story import AREA, CONDITION, DAWN, Story, kind
from talaia.alerts.model.identity import alarm_id_of
from talaia.alerts.worker.fit import EVIDENCE_BYTES, fitted
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.alerts.worker.translate.inwards import LONGEST_AREA
from talaia.contracts.alerts import Act, Acted, Alive, Evidence, Location, PolicyConfigured, Signal, Signalled
from talaia.contracts.catalogue import ACTS, SIGNALS, Topic
from talaia.contracts.envelope import Envelope
from talaia.contracts.handovers import HandoverPrepared, HandoverSigned
from talaia.contracts.vocabulary import Clock, Role, SignalState, Verb
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.memory import StoredRecord
from talaia.stream.folding.parts import PART_LIMIT_BYTES
from talaia.stream.partitioning import partition_of

Spoilt = dict[str, Any]
LONGEST = "\N{GRINNING FACE}" * 200
"""The longest name that a reader takes."""
LAST_DAY, FIRST_DAY = "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"
SIGNALS_SPOILT: list[Spoilt] = [
    {"time": FIRST_DAY},
    {"time": LAST_DAY},
    {"source": ""},
    {"id": "x" * 201},
    {"data": {"expires_at": LAST_DAY}},
    {"data": {"expires_at": FIRST_DAY}},
    {"data": {"expected_at": LAST_DAY}},
    {"data": {"condition_id": ""}},
    {"data": {"condition_id": "\ud800"}},
    {"data": {"subject": None}},
    {"data": {"kind": "\x00"}},
    {"data": {"state": "exploded"}},
    {"data": {"sequence": -1}},
    {"data": {"sequence": 10**400}},
    {"data": {"priority": "catastrophic"}},
    {"data": {"probability": 7}},
    {"data": {"location": {"site": "S", "lat": 1_000}}},
    {"data": {"state": "realised", "became": CONDITION}},
    {"data": {"confirms": ["x"] * 51}},
    {"data": {"guidance": "\N{BELL}" * 4_000}},
    {"data": {"guidance": "\ud800"}},
    {"data": {"evidence": {"rule": "r", "rule_version": "1", "facts": {str(n): "x" * 4_000 for n in range(200)}}}},
    {"data": {"evidence": {"rule": "r", "rule_version": "1", "readings": [None]}}},
]
ACTS_SPOILT: list[Spoilt] = [
    {"data": {"alarms": []}},
    {"data": {"alarms": ["x"] * 501}},
    {"data": {"alarms": ["not an id", "", "\ud800"]}},
    {"data": {"alarms": ["unheard of"] * 500}},
    {"data": {"verb": "explode"}},
    {"data": {"role": "emperor"}},
    {"data": {"who": ""}},
    {"data": {"if_version": 10**400}},
    {"data": {"if_version": -1}},
    {"data": {"text": "\N{BELL}" * 4_000}},
    {"data": {"text": "\ud800"}},
]
REGISTERS_SPOILT: list[Spoilt] = [
    {"data": {"area": "elsewhere"}},
    {"data": {"priority": {"minutes": [], "classes": {}}}},
    {"data": {"priority": {"minutes": [5, 30], "classes": {"major": ["low"]}}}},
    {"data": {"hash": "1"}},
    {"data": {"kinds": []}},
    {"data": {"kinds": [{"kind": "x"}]}},
    {"data": {"masks": "all"}},
]
HANDOVERS_SPOILT: list[tuple[type[Envelope], Spoilt]] = [
    (HandoverPrepared, {"data": {"content": ""}}),
    (HandoverPrepared, {"data": {"content": "\ud800\ud800"}}),
    (HandoverPrepared, {"data": {"content": "x" * 700_001}}),
    (HandoverPrepared, {"data": {"role": "viewer"}}),
    (HandoverSigned, {"data": {"sha256": "0" * 63}}),
    (HandoverSigned, {"data": {"side": "both"}}),
    (HandoverSigned, {"data": {"handover_id": "unheard of"}}),
]
ALIVES_SPOILT: list[Spoilt] = [
    {"data": {"open": ["x"] * 501}},
    {"data": {"open": [None]}},
    {"source": "s" * 200},
    {"time": LAST_DAY},
    {"time": FIRST_DAY},
]


def spoilt(event: type[Envelope], changes: Spoilt) -> bytes:
    good = msgspec.json.decode(example(event))
    data = good["data"] | {"area": AREA} | changes.get("data", {})
    text = good | changes | {"data": data}
    return json.dumps(text).encode("utf-8", "surrogatepass")


CASES: list[tuple[Topic, bytes]] = [
    *((topic, body.content) for topic in (SIGNALS, ACTS) for body in BODIES),
    *((SIGNALS, spoilt(Signalled, changes)) for changes in SIGNALS_SPOILT),
    *((SIGNALS, spoilt(Alive, changes)) for changes in ALIVES_SPOILT),
    *((ACTS, spoilt(Acted, changes)) for changes in ACTS_SPOILT),
    *((ACTS, spoilt(PolicyConfigured, changes)) for changes in REGISTERS_SPOILT),
    *((ACTS, spoilt(event, changes)) for event, changes in HANDOVERS_SPOILT),
]


@pytest.mark.parametrize("number", range(len(CASES)))
def test_after_anything_sent_an_alarm_is_raised_acknowledged_and_returns(number: int) -> None:
    topic, value = CASES[number]
    story = Story(kind()).wait(86_400 * 365).put(topic, value).put(topic, value).restart()
    story.began(source="telemetry").act("acknowledge").wait(86_400)
    assert story.shown() == "ACKNOWLEDGED"
    assert story.ended(source="telemetry").shown() == "NORMAL"
    assert max(map(len, story.changelog.values())) < 16_384


def test_what_cannot_be_applied_is_rejected_with_a_reason_that_says_nothing_of_its_sender() -> None:
    story = Story(kind()).put(ACTS, spoilt(Acted, {"data": {"who": "", "text": "secret words"}}))
    (reject,) = story.rejects
    assert reject.reason == "schema"
    assert "secret" not in reject.detail


def test_no_good_message_is_lost_among_a_thousand_bad_ones() -> None:
    story = Story(kind())
    for number in range(1_000):
        topic, value = CASES[number % len(CASES)]
        story.put(topic, value[:100_000])
        if number % 100 == 0:
            story.began(f"waste.pump_failed/{number}", source="telemetry")
    assert {f"waste.pump_failed/{number}" for number in range(0, 1_000, 100)} <= story.listed().keys()


def test_a_source_that_is_first_heard_in_the_year_one_stops_nothing() -> None:
    story = Story()
    story.now = datetime(1, 1, 1, tzinfo=UTC)
    story.alive(source="telemetry")
    story.now = DAWN
    assert story.wait(0).began(source="telemetry").shown() == "UNACKNOWLEDGED"


def test_evidence_that_is_too_long_for_an_alarm_leaves_its_long_facts_out_first() -> None:
    short = {"minutes_to_overflow": 12.5, "confirmed": "yes"}
    said = Evidence(rule="r", rule_version="1", facts=short | {"coefficients": "x=1.234567 " * 300, "rain": "1.5 " * 300})
    assert msgspec.json.decode(fitted(said), type=Evidence).facts == short


def test_an_alarm_of_the_longest_names_texts_and_memories_stays_under_the_limit_of_a_part() -> None:
    policy: dict[str, Any] = {"position": LONGEST, "count_n": 100, "count_within_s": 86_400.0, "off_delay_s": 1.0}
    policy |= {"acknowledgement_expires_min": 600.0, "sampling_interval_s": 80_000.0}
    story = Story(kind(LONGEST, **policy), kind("waste.pump_failed", position=LONGEST))
    story.now += timedelta(microseconds=123_456)
    words: dict[str, Any] = {"evidence": Evidence(rule="r", rule_version="1", facts={str(n): "x" * 100 for n in range(40)})}
    words |= {"guidance": LONGEST * 10, "expected_at": DAWN + timedelta(days=1, microseconds=1), "probability": 0.123}
    assert EVIDENCE_BYTES - 150 < len(msgspec.json.encode(words["evidence"])) <= EVIDENCE_BYTES
    place = Location(site=LONGEST, name=LONGEST, lat=41.123456, lon=2.123456)
    for number in range(100):
        word = Signal(condition_id=LONGEST, kind=LONGEST, subject=LONGEST, location=place, state=SignalState.BEGAN, **words)
        for state in (SignalState.BEGAN, SignalState.ENDED) if number < 99 else (SignalState.BEGAN,):
            story.wait(5)
            told = msgspec.structs.replace(word, state=state, expires_at=story.now + timedelta(days=1, microseconds=1))
            name = f"{LONGEST[:190]}{number}{state[:5]}"
            story.send(SIGNALS, Signalled(id=name, source=LONGEST, time=story.now, recordedtime=story.now, data=told))
        if number == 98:
            story.step_s = 1.0
            for pump in range(6):
                story.began(f"waste.pump_failed/{pump}")
    for verb in (Verb.NOTE, Verb.ACKNOWLEDGE):
        alarm = alarm_id_of(AREA, LONGEST)
        act = Act(verb=verb, alarms=[alarm], who=LONGEST, role=Role.OPERATOR, position="control", text=LONGEST * 20)
        story.send(ACTS, Acted(id=verb, source="api", time=story.now, recordedtime=story.now, data=act))
        (size,) = (len(value) for record, value in story.changelog.items() if record.endswith(alarm.encode()))
        assert size < PART_LIMIT_BYTES - 4 * LONGEST_AREA, verb


def test_signals_for_an_area_whose_name_no_reader_would_take_are_rejected() -> None:
    area = "x" * (LONGEST_AREA + 1)
    record = StoredRecord(0, 0, area.encode(), spoilt(Signalled, {}), ())
    fold = PartitionFold(AlertsProcessor(), partition_of(area.encode(), SIGNALS.partitions), Clock.REPLAY)
    (reject,) = fold.apply(SIGNALS.name, [record]).rejects
    assert reject.reason == "area_too_long"
