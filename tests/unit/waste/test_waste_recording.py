"""Recordings of waste water: folders of NDJSON lines in order of arrival."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from talaia.contracts.waste import Configured, Measured
from talaia.waste.ingest.bad_lines import BadLine
from talaia.waste.ingest.recording import Recording
from talaia.waste.service import SERVICE

LINE: dict[str, Any] = {
    "id": 0,
    "ts": "2000-01-01T00:05:00Z",
    "received": "2000-01-01T00:05:00.819Z",
    "site": "T1",
    "sensor": "T1.level",
    "quantity": "level",
    "value": 1.5,
    "unit": "m",
    "quality": "good",
}
SITES = {"T1": {"kind": "storage_tank", "crest_m": 5.0, "rain_gauge": "RG1"}}


def recorded(folder: Path, *lines: dict[str, Any] | str, packed: bool = False) -> Path:
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines).encode()
    if packed:
        (folder / "events.ndjson.gz").write_bytes(gzip.compress(text))
    else:
        (folder / "events.ndjson").write_bytes(text)
    (folder / "sites.json").write_text(json.dumps(SITES))
    return folder


def test_its_configuration_comes_first_and_then_its_lines(tmp_path: Path) -> None:
    first, second = SERVICE.recording(recorded(tmp_path, LINE))
    assert isinstance(first.event, Configured)
    assert isinstance(second.event, Measured)
    assert first.event.recordedtime == second.event.recordedtime
    assert (second.event.id, second.event.source) == ("0", first.event.source)
    assert (first.key, second.key, first.event.data.area) == ("recording", "recording", "recording")


def test_its_source_is_the_hash_of_its_content_packed_or_not(tmp_path: Path) -> None:
    sources = set()
    for name, packed in (("a", True), ("b", False)):
        folder = tmp_path / name
        folder.mkdir()
        sources.add(Recording(recorded(folder, LINE, packed=packed)).source)
    assert len(sources) == 1
    assert sources.pop().startswith("urn:sha256:")


def test_a_recording_with_a_city_file_belongs_to_its_catchment_and_area(tmp_path: Path) -> None:
    recorded(tmp_path, LINE)
    (tmp_path / "waste.toml").write_text(
        'area = "demo"\n[[catchments]]\nid = "upper"\ngauges = [{id = "RG1"}]\n'
        'sites = [{id = "T1", kind = "storage_tank", crest_m = 5.0, gauge = "RG1"}]\n'
    )
    first, second = SERVICE.recording(tmp_path)
    assert isinstance(first.event, Configured)
    assert (first.key, second.key, first.event.data.area) == ("upper", "upper", "demo")


@pytest.mark.parametrize("packed", [True, False])
def test_the_file_of_its_events_stands_for_the_folder(tmp_path: Path, packed: bool) -> None:
    recorded(tmp_path, LINE, packed=packed)
    [file] = tmp_path.glob("events.*")
    assert list(SERVICE.recording(file)) == list(SERVICE.recording(tmp_path))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Input data was truncated"),
        ("", "Input data was truncated"),
        (LINE | {"quantity": "mood"}, "Invalid enum value 'mood' - at `$.quantity`"),
        (LINE | {"unit": "yard"}, "level in 'yard' is not known; known are m, mm"),
        (LINE | {"ts": "noon"}, "Invalid RFC3339 encoded datetime - at `$.ts`"),
        ({"id": 1}, "missing required field"),
    ],
)
def test_a_broken_line_is_named_with_file_and_line(tmp_path: Path, line: dict[str, Any] | str, said: str) -> None:
    with pytest.raises(ValueError) as broken:
        list(SERVICE.recording(recorded(tmp_path, LINE, line)))
    assert str(broken.value).startswith(f"{tmp_path / 'events.ndjson'}, line 2: ")
    assert said in str(broken.value)


def test_who_plays_it_may_put_a_broken_line_aside_and_the_rest_goes_on(tmp_path: Path) -> None:
    aside: list[BadLine] = []
    wrong = ["{", LINE | {"quantity": "mood"}, LINE | {"unit": "yard"}]
    told = list(Recording(recorded(tmp_path, LINE, *wrong, LINE | {"id": 4})).messages(aside.append))
    assert [message.event.id for message in told[1:]] == ["0", "4"]
    assert [(bad.file, bad.number, bad.reason) for bad in aside] == [
        ("events.ndjson", 2, "unreadable"),
        ("events.ndjson", 3, "schema"),
        ("events.ndjson", 4, "unit"),
    ]


def test_a_file_without_a_line_that_can_be_read_is_no_recording(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"events\.ndjson: no recording: none of its lines says a measurement; .*, line 1: "):
        list(Recording(recorded(tmp_path, "{", "noise")).messages(lambda _: None))


def test_a_folder_that_is_no_recording_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no recording: it has none of"):
        Recording(tmp_path)
    with pytest.raises(ValueError, match="no recording: there is no such folder or file"):
        Recording(tmp_path / "nowhere")
    recorded(tmp_path, LINE)
    (tmp_path / "sites.json").unlink()
    with pytest.raises(ValueError, match="its sites are not known"):
        Recording(tmp_path)


@pytest.mark.parametrize(
    ("site", "said"),
    [
        ('"T1": {"kind": "bath", "crest_m": 5, "rain_gauge": "RG1"}', "Invalid enum value 'bath'"),
        ('"T/1": {"kind": "pipe_cso", "crest_m": 5, "rain_gauge": "RG1"}', "Value error, 'T/1' has a /, which divides names"),
    ],
)
def test_a_mistake_in_the_sites_file_is_told_in_one_line_that_names_it(tmp_path: Path, site: str, said: str) -> None:
    recorded(tmp_path, LINE)
    (tmp_path / "sites.json").write_text(f"{{{site}}}")
    with pytest.raises(ValueError, match=rf"^\S+sites\.json: {said}.*$"):
        Recording(tmp_path)


@pytest.mark.parametrize("damage", [lambda packed: packed[:-9], lambda packed: packed[:20] + bytes(20) + packed[40:]])
def test_a_packed_recording_that_was_cut_or_damaged_is_told_by_its_name(tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    file = recorded(tmp_path, *[LINE | {"id": number} for number in range(100)], packed=True) / "events.ndjson.gz"
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ValueError, match=r"events\.ndjson\.gz: it is cut short or damaged"):
        Recording(tmp_path)
