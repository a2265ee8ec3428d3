"""The city file of waste water: what it says, and what is said of its mistakes."""

import re
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Configured
from talaia.waste.ingest.channels import channels_of
from talaia.waste.ingest.city import City, configured, read_city
from talaia.waste.ingest.measurements import measured
from talaia.waste.model.events import Configuration
from talaia.waste.worker.translate.inwards import told

NOW = datetime(2026, 3, 1, tzinfo=UTC)
TEXT = """
area = "demo"
[[catchments]]
id = "upper"
[[catchments.gauges]]
id = "RG1"
[[catchments.sites]]
id = "T1"
kind = "storage_tank"
crest_m = 5.0
gauge = "RG1"
lat = 41.4
lon = 2.2
"""


def written(folder: Path, text: str) -> Path:
    (folder / "waste.toml").write_text(text, "utf-8")
    return folder


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ValueError) as wrong:
        read_city(written(folder, text))
    return str(wrong.value).splitlines()


def events(city: City) -> list[Configured]:
    return [
        message.event
        for message in configured(city, source="talaia/city/demo", decided_by="engineer", now=NOW)
        if isinstance(message.event, Configured)
    ]


def test_each_catchment_becomes_one_configured_event_of_its_key(tmp_path: Path) -> None:
    city = read_city(written(tmp_path, TEXT + TEXT.split('"demo"')[1].replace("upper", "lower").replace('1"', '2"')))
    messages = configured(city, source="talaia/city/demo", decided_by="engineer", now=NOW)
    assert [message.key for message in messages] == ["upper", "lower"]
    first = events(city)[0].data
    assert (first.area, first.decided_by, first.valid_from) == ("demo", "engineer", NOW)
    assert [site.id for site in first.sites] == ["T1"]
    assert city.catchment_of() == {"RG1": "upper", "T1": "upper", "RG2": "lower", "T2": "lower"}


def test_the_same_content_has_the_same_hash_and_other_content_another(tmp_path: Path) -> None:
    first = events(read_city(written(tmp_path, TEXT)))[0]
    again = events(read_city(written(tmp_path, TEXT.replace("\n", "\n\n"))))[0]
    other = events(read_city(written(tmp_path, TEXT.replace("5.0", "5.1"))))[0]
    assert first.data.hash == again.data.hash != other.data.hash


def test_what_a_spill_reaches_comes_to_the_step_and_changes_no_hash_where_it_is_not_said(tmp_path: Path) -> None:
    [plain] = events(read_city(written(tmp_path, TEXT)))
    [event] = events(read_city(written(tmp_path, f"{TEXT}people = 300\nreceiving_water_sensitive = true")))
    [site], [before] = (told(each).sites for each in (event, plain))  # type: ignore[union-attr]
    assert (site.people, site.receiving_water_sensitive) == (300, True)
    assert (before.people, before.receiving_water_sensitive) == (0, False)
    assert b"people" not in msgspec.json.encode(plain)


def test_a_configured_event_can_be_read_back(tmp_path: Path) -> None:
    [event] = events(read_city(written(tmp_path, TEXT)))
    assert msgspec.json.decode(msgspec.json.encode(event), type=Configured) == event


@pytest.mark.parametrize(
    ("wrong", "right", "said"),
    [
        ("crest_m = 5.0", "crest_m = -1", "catchments[0].sites[0].crest_m: Input should be greater than 0"),
        ("crest_m = 5.0", "", "catchments[0].sites[0].crest_m: Field required"),
        ("crest_m = 5.0", "crest_m = 5.0\ncrets = 1", "catchments[0].sites[0].crets: there is no such field"),
        ('"storage_tank"', '"bath"', "catchments[0].sites[0].kind: Input should be 'storage_tank', 'pipe_cso', 'pump_station'"),
        ('gauge = "RG1"', 'gauge = "RG7"', "catchments[0].sites[0].gauge: 'RG7' is no gauge of the catchment; there are RG1"),
        ('id = "T1"', 'id = "RG1"', "catchments[0].sites[0].id: 'RG1' is also catchments[0].gauges[0]: ids are unique"),
        ("lat = 41.4\n", "", "catchments[0].sites[0]: give both lat and lon, or neither"),
        ("lat = 41.4", "lat = 141.4", "catchments[0].sites[0].lat: Input should be less than or equal to 90"),
        ("lon = 2.2", f'lon = 2.2\nguidance = "{"é" * 1900}"', "catchments[0].sites[0]: too much text"),
        ('area = "demo"', "", "area: Field required"),
        ('id = "T1"', 'id = "T/1"', "catchments[0].sites[0].id: 'T/1' has a /, which divides names: write -"),
        ('id = "RG1"', 'id = "/"', "catchments[0].gauges[0].id: '/' has a /"),
        ("lon = 2.2", 'lon = 2.2\npumps = [{ id = "P/1" }]', "catchments[0].sites[0].pumps[0].id: 'P/1' has a /"),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "a/b", quantity = "flow" }]',
            "catchments[0].sites[0].sensors[0].id: 'a/b' has a /",
        ),
        (
            "lon = 2.2",
            f'lon = 2.2\nsensors = [{", ".join(f"""{{ id = "F{n}", quantity = "flow" }}""" for n in range(17))}]',
            "catchments[0].sites[0].sensors: has 17 sensors besides its levels, 16 are taken: divide the site in two",
        ),
        (
            "lon = 2.2",
            'lon = 2.2\nguidance_by_kind = { "waste.gas_hi" = "Ring 112.", "waste.gas_high" = "Ring 112." }',
            "catchments[0].sites[0].guidance_by_kind: nothing is told of a kind 'waste.gas_hi'; there are waste.batt",
        ),
        ("lon = 2.2", "lon = 2.2\npeople = -1", "catchments[0].sites[0].people: Input should be greater than or equal to 0"),
        ("lon = 2.2", "lon = 2.2\nbottom_m = nan", "catchments[0].sites[0].bottom_m: Input should be a finite number"),
        ("lon = 2.2", "lon = 2.2\narea_m2 = inf", "catchments[0].sites[0].area_m2: Input should be a finite number"),
        ("lon = 2.2", 'lon = 2.2\npermit = "a\\u0000b"', "catchments[0].sites[0].permit: String should match pattern"),
        ("lon = 2.2", 'lon = 2.2\nguidance = "a\\u001bb"', "catchments[0].sites[0].guidance: String should match pattern"),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "L", quantity = "level", accuracy_m = -0.01 }]',
            "catchments[0].sites[0].sensors[0].accuracy_m: Input should be greater than 0",
        ),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "L", quantity = "level", accuracy_m = nan }]',
            "catchments[0].sites[0].sensors[0].accuracy_m: Input should be a finite number",
        ),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "L", quantity = "level", accuracy_m = 10 }]',
            "catchments[0].sites[0].sensors[0].accuracy_m: 10 m is more than the sensor can measure (5 m): give it in metres",
        ),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "L", quantity = "level", low = 3, high = 4.5, accuracy_m = 2 }]',
            "catchments[0].sites[0].sensors[0].accuracy_m: 2 m is more than the sensor can measure (1.5 m): give it in metres",
        ),
        (
            "lon = 2.2",
            'lon = 2.2\nsensors = [{ id = "F", quantity = "flow", accuracy_m = 0.01 }]',
            "catchments[0].sites[0].sensors[0].accuracy_m: it is of levels, in metres, and this is flow: leave it out",
        ),
        ("crest_m = 5.0", "crest_m = " + "9" * 5_000, "a number has too many digits"),
        ("crest_m = 5.0", "crest_m = " + "[" * 3_000, "nested too deeply"),
        ("area =", "area", "not TOML: Expected '=' after a key in a key/value pair (at line 2"),
    ],
)
def test_a_mistake_is_named_with_file_field_and_cure(tmp_path: Path, wrong: str, right: str, said: str) -> None:
    [line] = mistakes(tmp_path, TEXT.replace(wrong, right, 1))
    assert re.sub(r", line \d+", "", line, count=1).startswith(f"{tmp_path / 'waste.toml'}: {said}")


def test_a_mistake_in_the_second_table_of_the_second_catchment_is_named_with_the_line_of_its_field(tmp_path: Path) -> None:
    text = TEXT + TEXT.split('"demo"')[1].replace("upper", "lower").replace('1"', '2"').replace("5.0", "-1")
    [line] = mistakes(tmp_path, text)
    second = next(number for number, row in enumerate(text.splitlines(), 1) if row == "crest_m = -1")
    assert f"line {second}: catchments[1].sites[0].crest_m" in line


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, TEXT.replace("5.0", "0").replace("41.4", "500"))) == 2


def test_the_accuracy_of_a_level_sensor_reaches_the_step(tmp_path: Path) -> None:
    sensors = 'lon = 2.2\nsensors = [{ id = "L", quantity = "level", accuracy_m = 0.02 }, { id = "M", quantity = "level" }]'
    [event] = events(read_city(written(tmp_path, TEXT.replace("lon = 2.2", sensors))))
    configuration = told(event)
    assert isinstance(configuration, Configuration)
    assert [each.accuracy_m for each in configuration.sites[0].sensors] == [0.02, None]


def test_more_than_250_sites_are_refused(tmp_path: Path) -> None:
    site = '[[catchments.sites]]\nid = "S{n}"\nkind = "pipe_cso"\ncrest_m = 1\ngauge = "RG1"\n'
    [line] = mistakes(tmp_path, TEXT + "".join(site.replace("{n}", str(n)) for n in range(250)))
    assert "251 are too many for one catchment, 250 at most: divide it" in line


def test_a_folder_without_the_file_says_which_one_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"waste\.toml: there is no such file"):
        read_city(tmp_path)


SOURCE = 'lon = 2.2\n[[catchments.sites.sensors]]\nid = "T1.level"\nquantity = "level"\nsource = '
TAG = '{ tag = "LT-1" }'


def test_where_a_sensor_comes_from_is_the_doors_affair_and_not_told(tmp_path: Path) -> None:
    [without] = events(read_city(written(tmp_path, TEXT.replace("lon = 2.2", SOURCE.removesuffix("source = ")))))
    [told] = events(read_city(written(tmp_path, TEXT.replace("lon = 2.2", SOURCE + TAG))))
    assert told.data == without.data


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{}", "source: name what it comes by: tag, device with field, or datastream"),
        ('{ device = "70b3" }', "source: give both device and field, or neither"),
        ('{ tag = "LT-1", unit = "yard" }', "source.unit: level in 'yard' is not known; known are m, mm"),
        ('{ tag = "LT-1", tips = 1 }', "source.tips: there is no such field"),
        ('{ tag = "LT-1", scale = 0 }', "source.scale: it makes nothing of every number: leave it out, or give another"),
        ('{ datastream = "4/#" }', "source.datastream: '4/#' is no id of a datastream: it has one of + # / ( )"),
    ],
)
def test_a_mistake_in_a_source_is_named_with_its_cure(tmp_path: Path, source: str, said: str) -> None:
    [line] = mistakes(tmp_path, TEXT.replace("lon = 2.2", SOURCE + source))
    assert f"line 17: catchments[0].sites[0].sensors[0].{said}" in line


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ('{ tag = "R", unit = "tips" }', "source.unit: rain in tips is not known without mm_per_tip"),
        ('{ tag = "R", unit = "mm/h" }', "source.unit: rain in mm/h is not known without interval_s"),
        (
            '{ tag = "R", mounting_height_m = 2 }',
            "source.mounting_height_m: it makes a level of a distance, and this is rainfall",
        ),
    ],
)
def test_what_a_gauges_source_lacks_or_has_too_much_is_named(tmp_path: Path, source: str, said: str) -> None:
    [line] = mistakes(tmp_path, TEXT.replace('id = "RG1"\n', f'id = "RG1"\nsource = {source}\n', 1))
    assert f"catchments[0].gauges[0].{said}" in line


def test_a_gauge_that_counts_on_tells_its_total(tmp_path: Path) -> None:
    source = '{ tag = "R", unit = "tips", mm_per_tip = 0.2, counts_on = true }'
    city = read_city(written(tmp_path, TEXT.replace('id = "RG1"\n', f'id = "RG1"\nsource = {source}\n', 1)))
    item = channels_of(city).by_tag["R"].item(NOW, 4_060.0)
    assert (item.site, item.quantity) == ("RG1", Quantity.RAINFALL_TOTAL)
    assert measured(item, source="scada", recorded_at=NOW).data.value == pytest.approx(812.0)


def test_two_sensors_of_one_source_are_named(tmp_path: Path) -> None:
    second = SOURCE.removeprefix("lon = 2.2").replace("T1.level", "T1.other")
    [line] = mistakes(tmp_path, TEXT.replace("lon = 2.2", SOURCE + TAG + second + TAG))
    assert "sensors[1].source.tag: tag LT-1 is also that of catchments[0].sites[0].sensors[0]: each sensor has one" in line
