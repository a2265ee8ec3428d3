"""The folder into which SCADA systems put their exports."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from support.hostile import BODIES, Body
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Measured
from talaia.stream.processor import Message
from talaia.waste.ingest.channels import Channel, Channels
from talaia.waste.ingest.inbox import REFUSED, TAKEN, Inbox
from talaia.waste.ingest.intake import Intake, Tally

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CHANNELS = Channels([Channel(site="T1", sensor="T1.level", quantity=Quantity.LEVEL, unit="m", tag="LT-101")])
HEAD = "tag,timestamp,value,quality\n"
GOOD = "LT-101,2026-03-01 12:55:00,1.5,192\n"


class Office:
    """An inbox and what becomes of what is put into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.sent: list[Message] = []
        self.registry = CollectorRegistry()
        intake = Intake("talaia/waste/table", {"T1": "upper"}, Tally(self.registry))
        self.inbox = Inbox(folder, CHANNELS, "Europe/Madrid", intake, self.send)

    async def send(self, messages: Sequence[Message]) -> None:
        self.sent += messages

    async def looks(self, times: int = 2) -> None:
        for _ in range(times):
            await self.inbox.look(NOW)

    def put(self, text: str | bytes, name: str = "export.csv") -> None:
        (self.folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def counted(self, outcome: str) -> float:
        return self.registry.get_sample_value("talaia_waste_door_items_total", {"outcome": outcome}) or 0.0

    def stands(self, where: str, name: str = "export.csv") -> bool:
        return (self.folder / where / name).is_file() and not (self.folder / name).exists()


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


async def test_an_export_is_taken_in_and_put_away(office: Office) -> None:
    office.put(HEAD + GOOD)
    await office.looks()
    [message] = office.sent
    assert isinstance(message.event, Measured)
    assert (message.key, message.event.source, message.event.recordedtime) == ("upper", "talaia/waste/table", NOW)
    assert message.event.time == datetime(2026, 3, 1, 11, 55, tzinfo=UTC)
    assert office.stands(TAKEN)


async def test_the_log_says_how_many_lines_of_an_export_were_taken_refused_and_left_out(
    office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    office.put(HEAD + GOOD + GOOD.replace("1.5", "high") + GOOD.replace("12:55", "12:50") + 2 * GOOD.replace("LT-101", "LT-999"))
    await office.looks()
    assert "table export.csv: 2 lines taken, 1 refused, 2 left out: their tag is not in the city file" in caplog.text


async def test_an_export_that_is_still_being_written_waits(office: Office) -> None:
    office.put(HEAD)
    await office.looks(1)
    office.put(HEAD + GOOD)
    await office.looks(1)
    assert office.sent == []
    await office.looks(1)
    assert len(office.sent) == 1


async def test_the_same_lines_in_two_exports_are_the_same_events(office: Office) -> None:
    for name in ("a.csv", "b.csv"):
        office.put(HEAD + GOOD, name)
    await office.looks()
    first, second = office.sent
    assert first.event.id == second.event.id


async def test_a_bad_line_is_counted_and_the_others_are_taken(office: Office) -> None:
    bad = ["LT-101,noon,1.5,192\n", "LT-101,2026-03-01 12:50:00,high,192\n", "LT-101,2026-03-01 14:50:00,1,192\n", "OTHER,,,\n"]
    office.put(HEAD + GOOD + "".join(bad) + GOOD.replace("55", "56"))
    await office.looks()
    assert len(office.sent) == 2
    assert (office.counted("line"), office.counted("schema"), office.counted("from_the_future")) == (1, 1, 1)
    assert office.stands(TAKEN)


@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
async def test_after_any_hostile_table_or_line_the_door_still_works(office: Office, body: Body) -> None:
    office.put(body.content, "hostile.csv")
    office.put(HEAD.encode() + body.content + b"\n" + GOOD.encode(), "hostile line.csv")
    await office.looks()
    office.sent.clear()
    office.put(HEAD + GOOD)
    await office.looks()
    assert len(office.sent) == 1
    assert office.stands(REFUSED, "hostile.csv") and office.stands(TAKEN)
    assert not list(office.folder.glob("*.csv"))


async def test_a_mistake_in_its_form_refuses_each_table_and_stops_nothing(office: Office) -> None:
    (office.folder / "columns.toml").write_text('columns = { value = "Wert" }')
    office.put(HEAD + GOOD)
    await office.looks()
    assert (office.counted("table"), office.stands(REFUSED), office.sent) == (1, True, [])


async def test_an_export_that_cannot_be_put_away_is_taken_once_and_stops_nothing(office: Office) -> None:
    (office.folder / TAKEN).write_text("no folder")
    office.put(HEAD + GOOD)
    await office.looks(4)
    assert len(office.sent) == 1
    office.put(HEAD + GOOD + GOOD.replace("12:55", "12:56"))
    await office.looks(3)
    assert len(office.sent) == 3


async def test_an_export_that_is_taken_away_meanwhile_stops_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.put(HEAD + GOOD)
    await office.looks(1)

    async def send(messages: Sequence[Message]) -> None:
        (office.folder / "export.csv").unlink()
        await office.send(messages)

    monkeypatch.setattr(office.inbox, "_send", send)
    await office.looks(2)
    assert len(office.sent) == 1
    monkeypatch.undo()
    office.put(HEAD + GOOD.replace("12:55", "12:56"))
    await office.looks(2)
    assert (len(office.sent), office.stands(TAKEN)) == (2, True)


async def test_a_folder_that_cannot_be_looked_into_is_looked_into_again(office: Office) -> None:
    office.folder.rmdir()
    office.folder.write_text("no folder")
    await office.looks(2)
    office.folder.unlink()
    await office.looks(1)
    office.put(HEAD + GOOD)
    await office.looks(2)
    assert office.stands(TAKEN)
