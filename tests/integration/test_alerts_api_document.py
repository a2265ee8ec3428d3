"""The alerts API keeps what its OpenAPI document says, under requests that are made to break it."""

from datetime import UTC, datetime
from pathlib import Path

from support.alert_events import alive, overflow_evidence, register, signal
from support.control_room import ControlRoom, Served, application
from support.document import EXAMPLES, broken_promises, key_file

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
# a version that no alarm has is a request like any other, and refused
EXPECTED = """
[checks]
positive_data_acceptance.expected-statuses = ["2xx", "401", "403", "404", "409", "412"]
"""


@EXAMPLES
def test_every_answer_of_the_alerts_api_is_as_its_document_says(tmp_path: Path, examples: int) -> None:
    (tmp_path / "schemathesis.toml").write_text(EXPECTED)
    room = ControlRoom(tmp_path)
    served = Served(application(room, key_file=key_file(tmp_path)), room)
    served.start()
    served.say(register(AT))
    served.say(alive(AT), signal("T1", AT, in_min=20, evidence=overflow_evidence(AT)), signal("T2", AT))
    room.changes.close()  # a live stream ends after what is
    try:
        assert broken_promises(served.url, tmp_path, examples) == ""
    finally:
        served.stop()
