"""How a process speaks to the brokers: the file that says so, and what is said when it cannot be used."""

import asyncio
import logging
from pathlib import Path

import pytest
import trustme
from pydantic import ValidationError
from talaia.stream.connection import connection, kafka_file_of, knock, librdkafka
from talaia.stream.kafka_file import read_kafka_file
from talaia.stream.private_file import SecurityRefused
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusUnavailable

PASSWORD = "planted-secret"


def written(folder: Path, text: str, mode: int = 0o640) -> Path:
    file = folder / "bus.toml"
    file.write_text(text)
    file.chmod(mode)
    return file


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    worker = authority.issue_cert("worker.city")
    worker.cert_chain_pems[0].write_to_path(folder / "worker.pem")
    worker.private_key_pem.write_to_path(folder / "worker.key")
    (folder / "worker.key").chmod(0o600)
    return folder


def test_a_user_is_sasl_a_ca_file_is_tls_and_both_are_sasl_over_tls(certificates: Path) -> None:
    who, tls = f'user = "worker"\npassword = "{PASSWORD}"\n', 'ca_file = "ca.pem"\n'
    shown = 'certificate_file = "worker.pem"\nkey_file = "worker.key"\n'
    for text, protocol in (
        (who, "SASL_PLAINTEXT"),
        (tls, "SSL"),
        (tls + shown, "SSL"),
        (who + tls, "SASL_SSL"),
        (who + 'ca_file = "system"\n', "SASL_SSL"),
    ):
        known = read_kafka_file(written(certificates, text))
        assert known.clients()["security_protocol"] == protocol
        assert (known.clients()["ssl_context"] is not None) == (tls in text or "system" in text)
        assert known.librdkafka()["security.protocol"] == protocol.lower()


def test_scram_is_spoken_unless_another_mechanism_is_named(tmp_path: Path) -> None:
    who = f'user = "worker"\npassword = "{PASSWORD}"\n'
    assert read_kafka_file(written(tmp_path, who)).clients()["sasl_mechanism"] == "SCRAM-SHA-512"
    assert read_kafka_file(written(tmp_path, who + 'mechanism = "SCRAM-SHA-256"')).clients()["sasl_mechanism"] == "SCRAM-SHA-256"


def test_a_changed_password_is_taken_by_the_next_client(tmp_path: Path) -> None:
    settings = BusSettings(kafka_file=written(tmp_path, f'user = "worker"\npassword = "{PASSWORD}"'))
    assert connection(settings)["sasl_plain_password"] == PASSWORD
    written(tmp_path, 'user = "worker"\npassword = "another"')
    assert connection(settings)["sasl_plain_password"] == librdkafka(settings)["sasl.password"] == "another"


WHO = f'user = "worker"\npassword = "{PASSWORD}"\n'
WRONG = {
    "nothing": ("", "give user and password, or ca_file for TLS, or both; or session_timeout_s alone"),
    "an empty user": ('user = ""\npassword = ""\nsession_timeout_s = 6', "give user and password, or ca_file"),
    "user alone": ('user = "worker"', "user and password go together"),
    "password alone": (f'password = "{PASSWORD}"\nca_file = "system"', "user and password go together"),
    "two passwords": (WHO + 'password_file = "p"', "password and password_file say the same: give one of them"),
    "a password in a file that is not there": ('user = "worker"\npassword_file = "gone"', "gone cannot be read"),
    "a password file without user": ('ca_file = "system"\npassword_file = "gone"', "user and password go together"),
    "unknown field": (WHO + 'pasword = "x"', "unknown field pasword: there are user, password, password_file"),
    "a password as field": (WHO + f'"{PASSWORD}" = "x"', "unknown field: there are user, password, password_file"),
    "a NUL in a path": (WHO + 'ca_file = "a\\u0000b"', "ca_file holds a NUL"),
    "a NUL in the key's path": (
        'ca_file = "system"\ncertificate_file = "a.pem"\nkey_file = "a\\u0000b"',
        "key_file holds a NUL",
    ),
    "a deep nest": ("a = " + "[" * 3_000, "nested too deeply"),
    "a number without end": ("user = " + "9" * 5_000, "holds a number of too many digits"),
    "unknown mechanism": (WHO + f'mechanism = "{PASSWORD}"', "mechanism: Input should be 'SCRAM-SHA-512'"),
    "too short a session": (
        "session_timeout_s = 0.5",
        "session_timeout_s: Input should be greater than or equal to 1",
    ),
    "too long a session": (
        "session_timeout_s = 301",
        "session_timeout_s: Input should be less than or equal to 300",
    ),
    "a session without end": ("session_timeout_s = inf", "session_timeout_s: Input should be "),
    "a session that is no number": (f'session_timeout_s = "{PASSWORD}"', "session_timeout_s: Input should be a valid number"),
    "a number": ('user = 5\npassword = "x"', "user: Input should be a valid string"),
    "no text as password": ('user = "worker"\npassword = 5', "password: Input should be a valid string"),
    "plain without tls": (WHO + 'mechanism = "PLAIN"', "mechanism PLAIN shows the password to the network"),
    "not toml": (f'user = "worker"\npassword = {PASSWORD}', "is not TOML (line 2)"),
    "not text": ("user = \udcff", "cannot be read"),
    "no such ca": (WHO + 'ca_file = "gone.pem"', "ca_file "),
    "certificate without key": (
        WHO + 'ca_file = "system"\ncertificate_file = "a.pem"',
        "certificate_file and key_file go together",
    ),
    "certificate without tls": (WHO + 'certificate_file = "a.pem"\nkey_file = "a.key"', "give ca_file too"),
    "no such key": ('ca_file = "system"\ncertificate_file = "a.pem"\nkey_file = "a.key"', "a.key cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_told_in_one_sentence_without_the_password(name: str, tmp_path: Path) -> None:
    text, sentence = WRONG[name]
    file = tmp_path / "bus.toml"
    file.write_bytes(text.encode(errors="surrogateescape"))
    file.chmod(0o600)
    with pytest.raises(SecurityRefused) as refused:
        read_kafka_file(file)
    assert sentence in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
    with pytest.raises(ValidationError) as told:
        BusSettings(kafka_file=file)
    assert PASSWORD not in str(told.value)


def test_a_password_stands_in_a_file_of_its_own_as_kubernetes_mounts_it(tmp_path: Path) -> None:
    file = written(tmp_path, 'user = "worker"\npassword_file = "password"')
    for held in (PASSWORD, PASSWORD + "\n"):
        (tmp_path / "password").write_text(held)
        (tmp_path / "password").chmod(0o640)
        assert read_kafka_file(file).clients()["sasl_plain_password"] == PASSWORD
    for held in ("", "\n", f"{PASSWORD}\nmore\n", f"{PASSWORD}\0", f"\ufeff{PASSWORD}"):
        (tmp_path / "password").write_text(held)
        with pytest.raises(SecurityRefused, match="must hold a password in one line, and nothing else") as told:
            read_kafka_file(file)
        assert PASSWORD not in str(told.value)
    (tmp_path / "password").write_bytes(b"\xff")
    with pytest.raises(SecurityRefused, match=r"password cannot be read .*: name a file of text"):
        read_kafka_file(file)
    (tmp_path / "password").chmod(0o644)
    with pytest.raises(SecurityRefused, match="open to every user of this machine, and it holds a secret"):
        read_kafka_file(file)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SecurityRefused, match=r"gone\.toml cannot be read \(No such file or directory\): name a TOML file"):
        read_kafka_file(tmp_path / "gone.toml")


def test_a_secret_open_to_every_user_of_the_machine_is_refused(certificates: Path) -> None:
    with pytest.raises(SecurityRefused, match=r"open to every user of this machine, and it holds a password: `chmod o-rwx"):
        read_kafka_file(written(certificates, WHO, 0o644))
    key = certificates / "worker.key"
    key.chmod(0o644)
    text = 'ca_file = "ca.pem"\ncertificate_file = "worker.pem"\nkey_file = "worker.key"'
    try:
        with pytest.raises(SecurityRefused, match=r"worker\.key is open to every user"):
            read_kafka_file(written(certificates, text))
    finally:
        key.chmod(0o600)


def test_a_key_that_is_not_of_the_certificate_is_refused(certificates: Path) -> None:
    other = trustme.CA().issue_cert("other.city").private_key_pem
    other.write_to_path(certificates / "other.key")
    (certificates / "other.key").chmod(0o600)
    text = 'ca_file = "ca.pem"\ncertificate_file = "worker.pem"\nkey_file = "other.key"'
    with pytest.raises(SecurityRefused, match=r"certificate_file .*worker\.pem cannot be used"):
        read_kafka_file(written(certificates, text))


def test_no_word_about_a_connection_shows_the_password(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    settings = BusSettings(kafka_bootstrap="127.0.0.1:1", kafka_file=written(tmp_path, WHO))
    known = kafka_file_of(settings)
    with pytest.raises(BusUnavailable, match=r"Kafka at 127\.0\.0\.1:1 does not answer"):
        asyncio.run(knock(settings))
    assert PASSWORD not in f"{known!r} {known} {settings!r} {caplog.text}"


SESSIONS = "session_timeout_s = 6\n"


@pytest.mark.parametrize("text", [None, SESSIONS])
def test_without_user_and_tls_nothing_is_asked_and_nothing_is_protected(text: str | None, tmp_path: Path) -> None:
    file = None if text is None else written(tmp_path, text)
    settings = BusSettings(kafka_bootstrap="a:1,b:2", kafka_file=file)
    asyncio.run(knock(settings))
    assert connection(settings) == {"bootstrap_servers": ["a:1", "b:2"]}
    assert librdkafka(settings) == {"bootstrap.servers": "a:1,b:2", "security.protocol": "plaintext"}


def test_a_session_lasts_half_a_minute_unless_the_file_says_otherwise(tmp_path: Path) -> None:
    assert kafka_file_of(BusSettings()).session_timeout_s == 30
    for text, seconds in ((SESSIONS, 6), (WHO, 30), (WHO + SESSIONS, 6)):
        assert kafka_file_of(BusSettings(kafka_file=written(tmp_path, text))).session_timeout_s == seconds


def test_a_file_that_holds_no_secret_may_be_read_by_everybody(tmp_path: Path) -> None:
    (tmp_path / "password").write_text(PASSWORD)
    (tmp_path / "password").chmod(0o600)
    for text in (SESSIONS, 'ca_file = "system"', 'user = "worker"\npassword_file = "password"'):
        assert read_kafka_file(written(tmp_path, text, 0o644)).session_timeout_s > 0
