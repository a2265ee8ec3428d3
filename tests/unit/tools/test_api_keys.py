from pathlib import Path

import pytest
from api_keys import write
from talaia.contracts.vocabulary import Role
from talaia.web.access import access


def test_an_api_that_everybody_reaches_takes_the_file_and_knows_each_key_by_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "api_keys"
    keys = write(file)
    known = access("0.0.0.0", file).keys or {}
    assert {principal.role for principal in known.values()} == set(Role)
    assert not any(key in file.read_text() for key in keys.values())


def test_keys_in_use_are_not_thrown_away(tmp_path: Path) -> None:
    write(tmp_path / "api_keys")
    before = (tmp_path / "api_keys").read_text()
    with pytest.raises(FileExistsError):
        write(tmp_path / "api_keys")
    assert (tmp_path / "api_keys").read_text() == before
