"""What the README tells a stranger to write is accepted as it stands there."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.house import ROOT
from talaia.alerts.service import SERVICE as ALERTS
from talaia.waste.ingest.measurements import accept
from talaia.waste.service import SERVICE as WASTE

README = (ROOT / "README.md").read_text()
NOW = datetime(2026, 9, 14, 2, 10, 10, tzinfo=UTC)


def _block(beginning: str, language: str = "") -> str:
    """The first code block that begins so."""
    found = re.search(rf"^```{language}\n({re.escape(beginning)}.*?)^```", README, re.DOTALL | re.MULTILINE)
    assert found, beginning
    return found[1]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    """A city as the README describes it, with the alarms of the demo city."""
    (tmp_path / "waste.toml").write_text(_block("area", "toml"))
    alarms = (ROOT / "infra/cities/demo/alarms.toml").read_text()
    (tmp_path / "alarms.toml").write_text(alarms.replace('area = "demo"', 'area = "my-city"', 1))
    return tmp_path


def test_the_city_of_the_readme_has_no_mistake(city: Path) -> None:
    (catchment,) = WASTE.configure(city, "a stranger", NOW)
    (register,) = ALERTS.configure(city, "a stranger", NOW)
    assert catchment.key == "north"
    assert register.key == "my-city"


def test_the_measurement_of_the_readme_is_accepted_in_metres() -> None:
    body = re.search(r"-d '\s*(\{.*?\})'", README, re.DOTALL)
    assert body
    said = body[1].replace("'$(date -u +%Y-%m-%dT%H:%M:%SZ)'", NOW.strftime("%Y-%m-%dT%H:%M:%SZ"))
    batch = accept([json.loads(said)], source="a stranger", now=NOW, catchment_of={"T1": "north"})
    assert [answer.accepted for answer in batch.answers] == [True]
    assert batch.messages[0].event.data.value == pytest.approx(4.1)


def test_the_recording_of_the_readme_is_read(city: Path) -> None:
    (city / "events.ndjson").write_text(_block('{"id": 1'))
    configured, measured = WASTE.recording(city)
    assert configured.event.recordedtime <= measured.event.recordedtime
    assert measured.event.time == NOW - timedelta(seconds=10)


def test_the_consumer_of_the_readme_is_python() -> None:
    compile(_block("import json", "python"), "README.md", "exec")
