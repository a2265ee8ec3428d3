from datetime import date
from pathlib import Path

import pytest
from compose_secrets import GROUP, give_to_group, name_folder, write
from support.house import ROOT
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import Role
from talaia.stream.rights import rights_by_user
from talaia.stream.security import read_security
from talaia.stream.views.database import database
from talaia.web.keys import KeyFile
from talaia.web.principal import Principal, Scope

TODAY = date(2026, 3, 1)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_prometheus_gets_a_key_by_which_the_apis_know_a_viewer_who_reads(tmp_path: Path) -> None:
    keys = write(tmp_path, ["waste"])
    known, metrics_key = KeyFile(tmp_path / "api_keys"), (tmp_path / "metrics_key").read_text()
    assert known.principal(metrics_key, TODAY) == Principal("metrics", Role.VIEWER, frozenset({Scope.READ}))
    assert [known.principal(key, TODAY) for key in keys.values()] == [Principal(role, role) for role in Role]


def test_it_has_one_too_when_the_keys_of_people_are_made_anew(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    (tmp_path / "api_keys").unlink()
    assert set(write(tmp_path, ["waste"])) == set(Role)
    assert KeyFile(tmp_path / "api_keys").principal((tmp_path / "metrics_key").read_text(), TODAY) is not None


def test_what_is_there_stays_and_what_is_missing_is_made(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    before = files(tmp_path)
    (tmp_path / "waste_database").unlink()
    assert write(tmp_path, ["waste", "alerts"]) == {}
    assert files(tmp_path) == before | {"alerts_database": before["waste_database"]}


def test_every_user_of_the_bus_has_a_file_and_a_password_and_so_has_who_lets_them_in(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    bus = tmp_path / "bus"
    known = {path.stem: read_security(path) for path in bus.glob("*.toml")}
    assert set(known) == {*rights_by_user(every_topic()), "admin"}
    assert all(said.user == user and said.protocol == "SASL_PLAINTEXT" for user, said in known.items())
    assert len({said.password.get_secret_value() for said in known.values()}) == len(known)
    assert known["admin"].password.get_secret_value() == (bus / "admin_password").read_text()


def test_the_group_of_the_containers_may_read_all_of_it_and_nobody_else(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    if not give_to_group(tmp_path):
        pytest.skip("this user may not give files to the group of the containers")
    modes = {path.relative_to(tmp_path).as_posix(): path.stat() for path in tmp_path.rglob("*")}
    assert {stat.st_gid for stat in modes.values()} == {GROUP}
    assert {stat.st_mode & 0o777 for name, stat in modes.items() if name != "bus"} == {0o640}
    assert modes["bus"].st_mode & 0o777 == 0o750


def test_a_view_takes_the_address_of_its_database_and_it_has_the_password_of_postgres(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    address = (tmp_path / "waste_database").read_text()
    assert database(address).shared
    assert f":{(tmp_path / 'postgres_password').read_text()}@postgres/" in address


def test_nobody_else_of_the_machine_may_read_a_secret(tmp_path: Path) -> None:
    write(tmp_path / "secrets", ["waste"])
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    assert all(path.stat().st_mode & 0o007 == 0 for path in (tmp_path / "secrets").rglob("*") if path.name != "api_keys")


def test_compose_is_told_once_where_they_are(tmp_path: Path) -> None:
    env = tmp_path / ".env"
    env.write_text("TALAIA_RELEASE=1\n")
    for _ in range(2):
        name_folder(env, Path("var/secrets"))
    assert env.read_text() == "TALAIA_RELEASE=1\nSECRETS_FOLDER=./var/secrets\n"


def test_they_are_never_committed() -> None:
    assert {"/var/", ".env"} <= set((ROOT / ".gitignore").read_text().splitlines())
