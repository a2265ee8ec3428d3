"""The files in which the users' passwords stand."""

import stat
from pathlib import Path

import pytest
from talaia.stream import users
from talaia.stream.kafka_file import read_kafka_file
from talaia.stream.private_file import SecurityRefused
from talaia.stream.settings import BusSettings

NOWHERE = BusSettings(kafka_bootstrap="127.0.0.1:1")


def test_each_user_gets_a_password_of_its_own_that_only_its_owner_reads(tmp_path: Path) -> None:
    folder = tmp_path / "secrets" / "bus"
    made = users.write_missing(folder, ["waste-worker", "waste-api"])
    assert made == (folder / "waste-worker.toml", folder / "waste-api.toml")
    known = [read_kafka_file(file) for file in made]
    assert [each.user for each in known] == ["waste-worker", "waste-api"]
    assert {each.protocol for each in known} == {"SASL_PLAINTEXT"}
    passwords = {each.password.get_secret_value() for each in known}
    assert len(passwords) == 2
    assert min(map(len, passwords)) >= 40
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *made)] == [0o700, 0o600, 0o600]


def test_a_file_that_is_there_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "waste-worker.toml").write_text("by hand")
    assert users.write_missing(tmp_path, ["waste-worker", "cli"]) == (tmp_path / "cli.toml",)
    assert (tmp_path / "waste-worker.toml").read_text() == "by hand"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ('user = "waste-api"\npassword = "p"\n', "names another: correct user, or move the file"),
        ('user = "waste-worker"\npassword = "p"\nmechanism = "SCRAM-SHA-256"\n', "for SCRAM-SHA-512 alone: correct mechanism"),
        ('user = "waste-worker"\n', "user and password go together"),
        ("", "give user and password"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_before_kafka_is_asked(tmp_path: Path, said: str, why: str) -> None:
    file = tmp_path / "waste-worker.toml"
    file.touch(0o600)
    file.write_text(said)
    with pytest.raises(SecurityRefused, match=why) as told:
        users.apply(NOWHERE, tmp_path, ["waste-worker"])
    assert str(file) in str(told.value)


def test_a_file_that_everybody_reads_is_refused_with_the_cure(tmp_path: Path) -> None:
    users.write_missing(tmp_path, ["waste-worker"])
    (tmp_path / "waste-worker.toml").chmod(0o644)
    with pytest.raises(SecurityRefused, match="chmod o-rwx"):
        users.apply(NOWHERE, tmp_path, ["waste-worker"])
