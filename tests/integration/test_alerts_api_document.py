"""The alerts API keeps what its OpenAPI document says, under requests that are made to break it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from support.alert_events import alive, overflow_evidence, register, signal
from support.asking import ask
from support.control_room import ControlRoom, Served, application
from support.document import EXAMPLES, KEY, WHOSE, accepted, broken_promises, key_file, settings, unlimited
from talaia.stream.clock import wall_now

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
# a version that no alarm has, or a pattern that cannot be read, is a request like any other, and refused;
# what does not fit may be too long besides
EXPECTED = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "400", "401", "403", "404", "409", "412"]
negative_data_rejection.expected-statuses = ["400", "401", "403", "404", "405", "406", "409", "413", "415", "422", "429", "5xx"]
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    room = ControlRoom(tmp_path)
    running = Served(unlimited(application(room, key_file=key_file(tmp_path))), room)
    running.start()
    running.say(register(AT))
    running.say(alive(AT), signal("T1", AT, in_min=20, evidence=overflow_evidence(AT)), signal("T2", AT))
    room.changes.close()  # a live stream ends after what is
    yield running
    running.stop()


@EXAMPLES
@WHOSE
def test_every_answer_of_the_alerts_api_is_as_its_document_says(
    served: Served, tmp_path: Path, examples: int, key: str | None
) -> None:
    settings(tmp_path, rules=EXPECTED)
    broken = broken_promises(served.url, tmp_path, examples, key)
    assert broken == "", broken


def silence(address: str, headers: dict[str, str]) -> dict[str, Any]:
    """A silence that is there, and what a new one says."""
    now = wall_now()
    said = {"startsAt": now.isoformat(), "endsAt": (now + timedelta(hours=2)).isoformat(), "id": ""}
    said |= {"matchers": [{"name": "site", "value": "T9", "isRegex": False, "isEqual": True}]}
    made = ask("POST", address, headers=headers, json=said | {"createdBy": "tests", "comment": "not needed"})
    return said | {"silence_id": made.json()["silenceID"]}


@EXAMPLES
def test_four_of_five_valid_requests_are_served(served: Served, tmp_path: Path, examples: int) -> None:
    headers, act_id = {"X-API-Key": KEY}, str(uuid4())
    alarm_id = ask("GET", f"{served.url}/v1/alarms", headers=headers).json()["items"][0]["alarm_id"]
    path = f"{served.url}/v1/alarms/{alarm_id}/acknowledge"
    assert ask("POST", path, headers=headers | {"Idempotency-Key": act_id}).status_code == 200
    url = "https://8.8.8.8/hook"  # public, and nobody sends here
    answer = ask("POST", f"{served.url}/v1/subscriptions", headers=headers, json={"url": url})
    known = {"alarm_id": alarm_id, "act_id": act_id, "url": url, "subscription_id": answer.json()["subscription_id"]}
    known |= silence(f"{served.url}/api/v2/silences", headers)
    counted = accepted(served.url, tmp_path, examples, known)
    # what is asked of the subscription once it was deleted is rightly answered that it is gone
    gone = [key for key in counted if known["subscription_id"] in key[0] and key[1] == 404]
    for key in gone:
        del counted[key]
    good = sum(count for (_, status), count in counted.items() if status // 100 == 2)
    print(f"{good} of {counted.total()} valid requests were answered 2xx: {sorted(counted.items())}")
    assert counted.total() > 5 * examples
    assert good >= 0.8 * counted.total()
