from datetime import date
from pathlib import Path

import pytest
from compose_secrets import GROUP, KEYS, METRICS_KEY, give_to_group, main, name_folder, write
from sqlalchemy import make_url
from support.house import ROOT
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import Role
from talaia.stream.kafka_file import read_kafka_file
from talaia.stream.rights import rights_by_user
from talaia.stream.views.database import database
from talaia.web.keys import KeyFile
from talaia.web.principal import Principal, Scope

TODAY = date(2026, 3, 1)


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_prometheus_gets_a_key_by_which_the_apis_know_a_viewer_who_reads(tmp_path: Path) -> None:
    keys = write(tmp_path, ["waste"])
    known, metrics_key = KeyFile(tmp_path / KEYS), (tmp_path / METRICS_KEY).read_text()
    assert known.principal(metrics_key, TODAY) == Principal("metrics", Role.VIEWER, frozenset({Scope.READ}))
    assert [known.principal(key, TODAY) for key in keys.values()] == [Principal(role, role) for role in Role]


def test_it_has_one_too_when_the_keys_of_people_are_made_anew(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    (tmp_path / KEYS).unlink()
    assert set(write(tmp_path, ["waste"])) == set(Role)
    assert KeyFile(tmp_path / KEYS).principal((tmp_path / METRICS_KEY).read_text(), TODAY) is not None


def test_what_is_there_stays_and_what_is_missing_is_made(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    before = files(tmp_path)
    (tmp_path / "grafana_password").unlink()
    assert write(tmp_path, ["waste", "alerts"]) == {}
    after = files(tmp_path)
    assert after.keys() - before.keys() == {"databases/alerts_database"}
    assert [name for name in before if after[name] != before[name]] == ["grafana_password"]


def test_every_user_of_the_bus_has_a_file_and_a_password_and_so_has_who_lets_them_in(tmp_path: Path) -> None:
    write(tmp_path, ["waste"])
    bus = tmp_path / "bus"
    known = {path.stem: read_kafka_file(path) for path in bus.glob("*.toml")}
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
    folders = {"bus", "keys", "watch", "databases"}
    assert {stat.st_mode & 0o7777 for name, stat in modes.items() if name not in folders} == {0o640}
    assert {modes[name].st_mode & 0o7777 for name in folders} == {0o2750}
    edited = tmp_path / "keys" / "as an editor writes it"
    edited.touch()
    assert edited.stat().st_gid == GROUP


def test_each_view_has_a_user_a_password_and_a_database_of_its_own(tmp_path: Path) -> None:
    write(tmp_path, ["waste", "alerts"])
    told = [make_url((tmp_path / f"databases/{service}_database").read_text()) for service in ("waste", "alerts")]
    assert [(url.username, url.database) for url in told] == [("waste", "waste"), ("alerts", "alerts")]
    assert len({url.password for url in told} | {(tmp_path / "postgres_password").read_text()}) == 3
    assert all(database(url.render_as_string(hide_password=False)).shared for url in told)


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


def test_keys_of_people_are_shown_once_with_what_they_are_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(tmp_path / "secrets", tmp_path / ".env", ["waste"])
    first = capsys.readouterr().out
    assert "shown this once" in first
    assert [line.split()[0] for line in first.splitlines()[1:5]] == list(Role)
    main(tmp_path / "secrets", tmp_path / ".env", ["waste"])
    assert "are in use and stay" in capsys.readouterr().out
