"""`talaia-waste check CITY`: what is wrong in a city's folder."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from support.house import ROOT
from talaia.waste.ingest.check import summary
from talaia.waste.model.conditions import KINDS

CITY = """
area = "demo"
[[catchments]]
id = "upper"
gauges = [{ id = "RG1" }]
[[catchments.sites]]
id = "T1"
kind = "storage_tank"
crest_m = 5.0
gauge = "RG1"
sensors = [{ id = "T1.level", quantity = "level" }, { id = "T1.flow", quantity = "flow" }]
"""


def given(folder: Path, city: str = CITY, doors: str = "") -> Path:
    (folder / "waste.toml").write_text(city)
    if doors:
        (folder / "doors.toml").write_text(doors)
    return folder


def test_a_city_without_mistakes_is_counted(tmp_path: Path) -> None:
    assert summary(given(tmp_path)) == "1 catchment, 1 site, 2 sensors: all right"


def test_the_demo_city_is_all_right() -> None:
    command = [sys.executable, "-m", "talaia.waste", "check", "infra/cities/demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.endswith(": all right\n")


def test_the_register_of_the_demo_city_has_an_entry_for_every_kind_that_is_told_of() -> None:
    register = tomllib.loads((ROOT / "infra/cities/demo/alarms.toml").read_text())
    assert sorted(each["kind"] for each in register["kind"] if each["domain"] == "waste") == sorted(KINDS)


def test_mistakes_of_both_files_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError) as wrong:
        summary(given(tmp_path, CITY.replace("5.0", "-5"), '[mqtt]\nbroker = "somewhere"\nuser = "a"'))
    city, door = str(wrong.value).splitlines()
    assert city.startswith(f"{tmp_path}/waste.toml, line 9: catchments[0].sites[0].crest_m: Input should be greater than 0")
    assert door.startswith(f"{tmp_path}/doors.toml, line 2: mqtt.broker: name the broker as host:port")


@pytest.mark.parametrize(
    ("doors", "said"),
    [
        ('[mqtt]\nbroker = "a:1883"\nuser = "a"', "mqtt: give both user and password_file, or neither"),
        ('[mqtt]\nbroker = "a:1883"\nca_file = "ca.pem"', "mqtt.ca_file: ca_file ca.pem cannot be used (No such file"),
        ('[mqtt]\nbroker = "a:1883"\nuser = "a"\npassword_file = "p"', "mqtt.password_file: "),
        ("", "mqtt: no door is open: give [mqtt], [sensorthings] or [inbox]"),
        (
            '[sensorthings]\nurl = "sta.example.org"',
            "sensorthings.url: name the server with its version, as https://",
        ),
        ('[sensorthings]\nurl = "http://a/v1.1"\nuser = "a"', "sensorthings: give both user and password_file, or neither"),
        ('[inbox]\nfolder = "waste.toml"', "waste.toml is no folder: name one, it is made if it is not there"),
    ],
)
def test_a_mistake_of_the_doors_is_named_with_its_cure(tmp_path: Path, doors: str, said: str) -> None:
    with pytest.raises(ValueError) as wrong:
        summary(given(tmp_path, doors=doors or "\n"))
    assert said in str(wrong.value)


def test_a_password_that_everybody_may_read_is_refused(tmp_path: Path) -> None:
    given(tmp_path, doors='[mqtt]\nbroker = "a:1883"\nuser = "a"\npassword_file = "p"')
    (tmp_path / "p").write_text("secret")
    (tmp_path / "p").chmod(0o644)
    with pytest.raises(ValueError, match="open to every user"):
        summary(tmp_path)
    (tmp_path / "p").chmod(0o600)
    assert summary(tmp_path)


def test_a_folder_that_is_none_is_told_so() -> None:
    with pytest.raises(ValueError, match="there is no city atlantis"):
        summary(Path("atlantis"))
