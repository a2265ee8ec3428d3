import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.processes import wait_for
from talaia.cli.trouble import Trouble
from talaia.cli.up.plan import EXITS_FILE, KAFKA, Program, of_services
from talaia.cli.up.running import Running
from talaia.cli.up.supervised import Supervised
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import REFUSED

_UNTIL_TERM = """
import pathlib, signal, sys, time
def ended(*_):
    with open(sys.argv[1], "a") as log: log.write(sys.argv[2] + chr(10))
    sys.exit(0)
signal.signal(signal.SIGTERM, ended)
print("percent:", __import__("os").environ["SAID"], flush=True)
while True: time.sleep(0.05)
"""


def _gone(pid: int) -> bool:
    """Ended; whether somebody has read its exit code does not matter."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout.strip()
    return state.startswith("Z") or not state


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str], Program]:
    script = tmp_path / "until_term.py"
    script.write_text(_UNTIL_TERM)

    def make(name: str) -> Program:
        command = (sys.executable, str(script), str(tmp_path / "ended"), name)
        return Program(name, command, {"SAID": "100% sure, yes"})

    return make


def test_what_dies_is_started_again_and_told_once(tmp_path: Path, program: Callable[[str], Program]) -> None:
    worker = program("worker")
    with Supervised(tmp_path / "var", [worker]) as supervised:
        running = Running(BusSettings(), "none", {"worker": worker}, supervised)
        supervised.start("worker")
        wait_for(lambda: running.pid("worker") > 0, "the worker")
        assert running.look() == []
        first = running.pid("worker")
        os.kill(first, signal.SIGKILL)
        wait_for(lambda: running.pid("worker") not in (0, first), "the worker's return")
        assert running.look() == ["worker"]
        assert running.look() == []
        assert running.restarts == {"worker": 1}
        last = running.pid("worker")
    assert _gone(last)


def test_services_end_before_the_broker(tmp_path: Path, program: Callable[[str], Program]) -> None:
    with Supervised(tmp_path / "var", [program(KAFKA), program("a-worker"), program("b-worker")]) as supervised:
        for name in (KAFKA, "a-worker", "b-worker"):
            supervised.start(name)
        wait_for(lambda: all("percent" in supervised.log(n).read_text() for n in (KAFKA, "a-worker", "b-worker")), "all three")
    assert (tmp_path / "ended").read_text().split()[-1] == KAFKA
    assert sorted((tmp_path / "ended").read_text().split()) == ["a-worker", "b-worker", KAFKA]


def test_environment_reaches_a_program_letter_by_letter(tmp_path: Path, program: Callable[[str], Program]) -> None:
    with Supervised(tmp_path / "var", [program("worker")]) as supervised:
        supervised.start("worker")
        wait_for(lambda: "percent: 100% sure, yes\n" in supervised.log("worker").read_text(), "its words")


def test_nothing_is_left_when_the_supervisor_itself_is_killed(tmp_path: Path, program: Callable[[str], Program]) -> None:
    with Supervised(tmp_path / "var", [program("worker")]) as supervised:
        supervised.start("worker")
        wait_for(lambda: supervised.states()["worker"].pid > 0, "the worker")
        pid = supervised.states()["worker"].pid
        os.kill(int((tmp_path / "var/supervisord.pid").read_text()), signal.SIGKILL)
        wait_for(lambda: _raises(supervised.states), "the supervisor's end")
    wait_for(lambda: _gone(pid), "the worker's end")


def _raises(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except Trouble:
        return True
    return False


def test_a_disk_that_fills_up_ends_all_with_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Supervised(tmp_path, []) as supervised:
        running = Running(BusSettings(), "none", {}, supervised)
        assert running.look() == []
        monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=4_096))
        with pytest.raises(Trouble, match=f"no space is left on the disk of {tmp_path}: free 200 MB"):
            running.look()


def test_a_supervisor_that_cannot_start_is_told_with_its_cause(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "supervisord.log").mkdir()
    with pytest.raises(Trouble, match=r"the supervisor did not start: .*Is a directory"), Supervised(tmp_path, []):
        pass
    assert capfd.readouterr().err == ""


def test_a_program_that_ends_again_and_again_is_named(tmp_path: Path) -> None:
    broken = Program("broken", (sys.executable, "-c", "raise SystemExit(3)"), {})
    with Supervised(tmp_path / "var", [broken], retries=1) as supervised:
        running = Running(BusSettings(), "none", {"broken": broken}, supervised)
        supervised.start("broken")
        wait_for(lambda: supervised.states()["broken"].word == "FATAL", "the supervisor's giving up")
        with pytest.raises(Trouble, match="broken does not run: it ended again and again"):
            running.look()


def test_why_a_worker_ends_again_and_again_is_told(tmp_path: Path) -> None:
    script = tmp_path / "dying.py"
    script.write_text(
        "import logging, os, pathlib\n"
        "from talaia.stream.last_words import LastWords\n"
        "from talaia.stream.stopping import UNAVAILABLE, die\n"
        f"logging.root.addHandler(LastWords(pathlib.Path(os.environ['{EXITS_FILE}'])))\n"
        "die(UNAVAILABLE, 'Kafka has no topic clicks')\n"
    )
    dying = Program("dying", (sys.executable, str(script)), {EXITS_FILE: str(tmp_path / "exits.json")})
    with Supervised(tmp_path / "var", [dying], retries=1) as supervised:
        running = Running(BusSettings(), "none", {"dying": dying}, supervised)
        supervised.start("dying")
        wait_for(lambda: supervised.states()["dying"].word == "FATAL", "the supervisor's giving up")
        with pytest.raises(Trouble, match=r"again and again with exit code 69 \(Kafka has no topic clicks\); its words are in"):
            running.look()


def test_a_program_that_must_not_go_on_is_not_started_again_and_its_reason_is_told(tmp_path: Path) -> None:
    script = tmp_path / "refusing.py"
    script.write_text(
        "import time\n"
        "time.sleep(2.5)\n"  # what ends sooner has not started
        """print('{"message": "topic clicks was made anew"}')\n"""
        f"raise SystemExit({REFUSED})\n"
    )
    refusing = Program("refusing", (sys.executable, str(script)), {})
    with Supervised(tmp_path / "var", [refusing]) as supervised:
        running = Running(BusSettings(), "none", {"refusing": refusing}, supervised)
        supervised.start("refusing")
        wait_for(lambda: supervised.states()["refusing"].word == "EXITED", "its end")
        with pytest.raises(
            Trouble, match=r"refusing is not started again, it must not go on: topic clicks was made anew; .*\.log"
        ):
            running.look()


def test_an_own_kafka_that_does_not_come_up_is_told_with_its_cause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("talaia.cli.up.running._BROKER_TIMEOUT_S", 1)
    full = Program(KAFKA, (sys.executable, "-c", "raise SystemExit('No space left on device')"), {})
    with Supervised(tmp_path / "var", [full]) as supervised:
        running = Running(BusSettings(kafka_bootstrap="127.0.0.1:1"), "none", {KAFKA: full}, supervised)
        with pytest.raises(Trouble, match=r"kafka does not answer after 1 s: no space left on the disk .*kafka\.log"):
            running.start(lambda _: None)


@pytest.mark.broker
def test_a_kafka_that_took_the_port_first_is_never_mistaken_for_the_own_one(
    broker: str, tmp_path: Path, program: Callable[[str], Program]
) -> None:
    own = program(KAFKA)
    with Supervised(tmp_path / "var", [own]) as supervised:
        running = Running(BusSettings(kafka_bootstrap=broker), "own", {KAFKA: own}, supervised, cluster_id="own")
        with pytest.raises(Trouble, match="another Kafka took"):
            running.start(print)


def test_the_guard_ends_its_target_when_its_starter_is_gone(tmp_path: Path) -> None:
    starter = """
import subprocess, sys
from talaia.cli.kafka import guard
target = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
guard.watch(target.pid)
print(target.pid, flush=True)
sys.stdin.read()
"""
    process = subprocess.Popen([sys.executable, "-c", starter], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    target = int(process.stdout.readline())
    assert not _gone(target)
    process.kill()
    process.wait()
    process.stdout.close()
    assert process.stdin is not None
    process.stdin.close()
    wait_for(lambda: _gone(target), "the target's end")


def test_each_service_gets_its_own_ports_view_and_the_bus(tmp_path: Path) -> None:
    settings = BusSettings(kafka_bootstrap="127.0.0.1:9", topic_prefix="x.")
    programs = {program.name: program for program in of_services(["waste", "alerts"], settings, tmp_path)}
    assert set(programs) == {"waste-worker", "waste-api", "alerts-worker", "alerts-api"}
    for program in programs.values():
        assert program.environment["TALAIA_KAFKA_BOOTSTRAP"] == "127.0.0.1:9"
        assert program.environment["TALAIA_TOPIC_PREFIX"] == "x."
    assert len({program.health for program in programs.values()}) == 4
    assert programs["waste-api"].environment["TALAIA_WASTE_DATABASE_URL"] == f"sqlite:///{tmp_path}/waste.db"
