"""Whoever may write to signals or acts cannot stop the control room: after anything they send it still works."""

import json
from typing import Any

import msgspec
import pytest
from support.examples import example
from support.hostile import BODIES
from support.story import AREA, CONDITION, Story, kind
from talaia.contracts.alerts import Acted, Alive, PolicyConfigured, Signalled
from talaia.contracts.catalogue import ACTS, SIGNALS, Topic
from talaia.contracts.envelope import Envelope

Spoilt = dict[str, Any]
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
