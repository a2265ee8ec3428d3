"""API keys: what limits them, how one is replaced, and how a running application learns of it."""

import hashlib
import logging
import os
from datetime import date
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter
from support.web import application, client
from talaia.contracts.vocabulary import Role
from talaia.web.access import GuardedRoute, require
from talaia.web.keys import KeyFile
from talaia.web.principal import Principal, Scope
from talaia.web.refused import Refused

TODAY = date(2026, 3, 1)


def line(name: str, key: str, *limits: str, role: Role = Role.OPERATOR) -> str:
    return " ".join([name, role, hashlib.sha256(key.encode()).hexdigest(), *limits]) + "\n"


def test_of_two_keys_of_one_name_both_are_valid_and_the_old_one_ends_when_its_line_goes(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(line("gateway-7", "old"))
    keys = KeyFile(file)
    file.write_text(line("gateway-7", "old") + line("gateway-7", "new"))
    assert keys.principal("old", TODAY) == keys.principal("new", TODAY) == Principal("gateway-7", Role.OPERATOR)
    file.write_text(line("gateway-7", "new"))
    assert keys.principal("old", TODAY) is None
    assert keys.principal("new", TODAY) is not None


def test_a_key_is_valid_through_its_last_day(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(line("a", "key", "until=2026-03-01"))
    keys = KeyFile(file)
    assert keys.principal("key", date(2026, 3, 1)) is not None
    assert keys.principal("key", date(2026, 3, 2)) is None


@pytest.mark.parametrize("now_holds", ["half a li", None, line("a", "")])
def test_a_file_that_became_unusable_changes_nothing_and_says_so(
    tmp_path: Path, now_holds: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "keys"
    file.write_text(line("a", "key"))
    keys = KeyFile(file)
    if now_holds is None:
        file.unlink()
    else:
        file.write_text(now_holds)
    with caplog.at_level(logging.ERROR):
        assert keys.principal("key", TODAY) is not None
        assert keys.principal("key", TODAY) is not None
    assert len(caplog.messages) == 1
    assert "stay valid" in caplog.messages[0]
    file.write_text(line("b", "other"))
    assert keys.principal("key", TODAY) is None
    assert keys.principal("other", TODAY) is not None


def test_a_file_that_is_put_in_the_place_of_the_old_one_is_seen(tmp_path: Path) -> None:
    file, other = tmp_path / "keys", tmp_path / "other"
    file.write_text(line("a", "old"))
    keys = KeyFile(file)
    other.write_text(line("a", "new"))
    state = file.stat()
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    other.replace(file)
    assert keys.principal("new", TODAY) is not None


@pytest.mark.parametrize(
    "limit", ["scopes=", "scopes=fly", "scopes=read,", "until=soon", "until=", "color=red", "scopes", "scopes=read scopes=act"]
)
def test_a_limit_that_is_not_understood_refuses_the_file_and_not_the_limit(tmp_path: Path, limit: str) -> None:
    file = tmp_path / "keys"
    file.write_text(line("a", "key", limit))
    with pytest.raises(Refused, match=r"keys:1 is not .* scopes are read, act, ingest"):
        KeyFile(file)


def test_one_key_has_one_line(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(line("a", "key") + line("b", "key", role=Role.VIEWER))
    with pytest.raises(Refused, match="keys:2 has the key of line 1"):
        KeyFile(file)


@pytest.mark.parametrize("held", Scope)
async def test_a_key_opens_only_what_it_is_for(tmp_path: Path, held: Scope) -> None:
    router = APIRouter(route_class=GuardedRoute)
    for scope in Scope:

        @router.get(f"/{scope}")
        async def ask(who: Annotated[Principal, require(Role.OPERATOR, scope)]) -> str:
            return who.name

    file = tmp_path / "keys"
    file.write_text(line("a", "key", f"scopes={held}"))
    async with client(application(router, key_file=file), [("x-api-key", "key")]) as asking:
        answers = {scope: (await asking.get(f"/{scope}")).status_code for scope in Scope}
    assert answers == {scope: 200 if scope is held else 403 for scope in Scope}


def test_a_write_that_asks_for_no_more_than_reading_does_not_start() -> None:
    router = APIRouter(route_class=GuardedRoute)

    @router.post("/things", dependencies=[require(Role.OPERATOR)])
    async def put() -> None: ...

    with pytest.raises(Refused, match="POST /things names no scope to write in"):
        application(router)
