from datetime import date
from pathlib import Path

import pytest
from api_keys import add, main, write
from talaia.contracts.vocabulary import Role
from talaia.web.keys import KeyFile
from talaia.web.principal import Principal, Scope
from talaia.web.refused import Refused

TODAY = date(2026, 3, 1)


def test_there_is_a_key_for_each_role_and_the_file_holds_only_digests(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "api_keys"
    made = write(file)
    known = KeyFile(file)
    assert [known.principal(made[role], TODAY) for role in Role] == [Principal(role, role) for role in Role]
    assert not any(key in file.read_text() for key in made.values())


def test_keys_in_use_are_not_thrown_away(tmp_path: Path) -> None:
    write(tmp_path / "api_keys")
    before = (tmp_path / "api_keys").read_text()
    with pytest.raises(FileExistsError):
        write(tmp_path / "api_keys")
    assert (tmp_path / "api_keys").read_text() == before


def test_a_key_of_the_same_name_is_valid_beside_the_old_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "api_keys"
    old = write(file)[Role.OPERATOR]
    running = KeyFile(file)
    main([str(file), "operator", "operator", "--scopes", "ingest", "--until", "2026-03-31"])
    new = capsys.readouterr().out.split()[1]
    assert running.principal(old, TODAY) == Principal("operator", Role.OPERATOR)
    assert running.principal(new, TODAY) == Principal("operator", Role.OPERATOR, frozenset({Scope.INGEST}))


@pytest.mark.parametrize(
    "wrong",
    [
        ("#desk", "viewer"),
        ("Desk 1", "viewer"),
        ("", "viewer"),
        ("desk", ""),
        ("desk", "king"),
        ("desk", "viewer", "fly"),
        ("desk", "viewer", "", "soon"),
    ],
)
def test_a_key_that_no_api_would_take_changes_nothing(tmp_path: Path, wrong: tuple[str, ...]) -> None:
    file = tmp_path / "api_keys"
    write(file)
    before = file.read_text()
    with pytest.raises(Refused, match=r"is not `name role sha256|is no name|one of viewer, operator"):
        add(file, *wrong)
    assert file.read_text() == before
