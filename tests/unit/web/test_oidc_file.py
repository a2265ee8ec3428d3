"""The file that names the OpenID provider: what it may say, and one sentence for what it may not."""

from pathlib import Path

import pytest
from talaia.contracts.vocabulary import Role
from talaia.web.access import access
from talaia.web.oidc import read_oidc
from talaia.web.refused import Refused

SECRET = "hunter2-hunter2-hunter2-hunter2"
PROGRAMS = 'issuer = "https://login.city.example/realms/city"\naudience = "talaia"\n'
PEOPLE = (
    'issuer = "https://login.city.example"\nclient_id = "pages"\n'
    f'client_secret = "{SECRET}"\npublic_url = "https://alarms.city.example"\n'
)


def written(folder: Path, text: str) -> Path:
    file = folder / "oidc.toml"
    file.write_text(text)
    file.chmod(0o640)
    return file


def test_a_file_for_programs_alone_and_one_for_people_alone_are_enough(tmp_path: Path) -> None:
    programs = access("0.0.0.0", None, written(tmp_path, PROGRAMS))
    assert programs.login is not None and not programs.login.has_sessions and not programs.is_open
    people = access("0.0.0.0", None, written(tmp_path, PEOPLE))
    assert people.login is not None and people.login.has_sessions
    assert people.login.cookie.startswith("__Host-talaia-session-")


def test_roles_are_called_as_the_table_says_or_as_talaia_calls_them(tmp_path: Path) -> None:
    assert read_oidc(written(tmp_path, PROGRAMS)).roles == {role.value: role for role in Role}
    named = read_oidc(written(tmp_path, PROGRAMS + '[roles]\ncontrol-room = "operator"\n"https://x/boss" = "supervisor"\n'))
    assert named.roles == {"control-room": Role.OPERATOR, "https://x/boss": Role.SUPERVISOR}


WRONG = {
    "nothing for anybody": ('issuer = "https://a.example"', "give audience for programs"),
    "no issuer": ('audience = "talaia"', "issuer: Field required"),
    "an issuer without TLS": ('issuer = "http://login.city.example"\naudience = "a"', "issuer: give an https address"),
    "an issuer that is no address": ('issuer = "login"\naudience = "a"', "issuer: give an https address"),
    "a query": ('issuer = "https://a.example/?x=1"\naudience = "a"', "without query"),
    "half of what people need": (PROGRAMS + 'client_id = "pages"', "go together: give all three"),
    "a short secret": (PEOPLE.replace(SECRET, "hunter2"), "24 characters or more"),
    "a public page without TLS": (PEOPLE.replace("https://alarms", "http://alarms"), "public_url: give an https address"),
    "a public page with a path": (PEOPLE.replace("alarms.city.example", "city.example/alarms"), "give scheme and host alone"),
    "a role that is none": (PROGRAMS + '[roles]\nboss = "king"', "roles: Input should be 'viewer'"),
    "a session of a week": (PEOPLE + "session_hours = 168", "session_hours: Input should be less than or equal to 12"),
    "an unknown field": (PEOPLE + 'realm = "x"', "unknown field realm"),
    "a secret as a field": (PROGRAMS + f'{SECRET} = "x"', "unknown field: there are issuer"),
    "no TOML": (f'client_secret = "{SECRET}', "is not TOML"),
    "a number without end": (PROGRAMS + "session_hours = " + "9" * 5_000, "holds a number of too many digits: write lines like"),
    "a number beyond any": (PROGRAMS + "session_hours = " + "9" * 4_000, "session_hours: Input should be a valid number"),
    "no such certificate": (PROGRAMS + 'ca_file = "gone.pem"', "ca_file cannot be used"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_used_is_told_in_one_sentence_without_the_secret(tmp_path: Path, what: str) -> None:
    text, sentence = WRONG[what]
    with pytest.raises(Refused) as refused:
        access("127.0.0.1", None, written(tmp_path, text))
    said = str(refused.value)
    assert sentence in said
    assert "hunter2" not in said
    assert len(said.splitlines()) == 1


def test_a_file_that_everybody_may_read_or_that_is_not_there_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, PEOPLE)
    file.chmod(0o644)
    with pytest.raises(Refused, match="it holds a client_secret: `chmod o-rwx"):
        read_oidc(file)
    with pytest.raises(Refused, match="cannot be read"):
        read_oidc(tmp_path / "gone.toml")
