"""An installation that runs as long as a `with` block: broker, topics, workers, APIs."""

import contextlib
import json
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from talaia.cli.kafka import prepare
from talaia.cli.kafka.local import why_it_ended
from talaia.cli.kafka.lock import kafka_version
from talaia.cli.kafka.node import free_port
from talaia.cli.trouble import MISTAKE, Trouble
from talaia.cli.up.installation import write_installation
from talaia.cli.up.plan import EXITS_FILE, KAFKA, KAFKA_FILE, Program, broker, of_services
from talaia.cli.up.supervised import State, Supervised
from talaia.contracts.catalogue import every_topic
from talaia.stream import topics
from talaia.stream.clock import wall_now
from talaia.stream.connection import kafka_file_of
from talaia.stream.last_words import read_ends
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import REFUSED
from talaia.stream.unavailable import BusUnavailable

_A_MOMENT = timedelta(seconds=30)
_LEAST_BYTES = 1_048_576
_BROKER_TIMEOUT_S = 60
_HEALTHY_TIMEOUT_S = 60
_LOOK_EVERY_S = 0.2
_ASK_TIMEOUT_S = 2.0

Say = Callable[[str], None]


@dataclass
class Running:
    """What runs. broker: its kind, for people; restarts: how often each program was started again.

    cluster_id: of the broker that is started here, empty when another one is used.
    """

    settings: BusSettings
    broker: str
    programs: dict[str, Program]
    supervised: Supervised
    cluster_id: str = ""
    restarts: dict[str, int] = field(default_factory=dict)
    _pids: dict[str, int] = field(default_factory=dict)

    def look(self) -> list[str]:
        """Which programs were started again since the last look. Raises Trouble when one does not come back, or cannot."""
        folder = self.supervised.folder
        if shutil.disk_usage(folder).free < _LEAST_BYTES:
            raise Trouble(f"no space is left on the disk of {folder}: free 200 MB there, or name another folder with --var")
        again = []
        for name, state in self.supervised.states().items():
            self._refuse_ended(name, state)
            before = self._pids.get(name)
            if state.pid:
                self._pids[name] = state.pid
                if before not in (None, state.pid):
                    self.restarts[name] = self.restarts.get(name, 0) + 1
                    again.append(name)
        return again

    def pid(self, name: str) -> int:
        """Process id of a program that runs now; 0 while it does not."""
        return self.supervised.states()[name].pid

    def start(self, say: Say) -> None:
        """Start broker, topics and services, each when the one before can be used."""
        if KAFKA in self.programs:
            say(f"starting {self.broker}")
            self.supervised.start(KAFKA)
        self._apply_topics()
        for name in self.programs:
            if name != KAFKA:
                self.supervised.start(name)
        self.wait_until_healthy(say)

    def wait_until_healthy(self, say: Say) -> None:
        """Until every service answers. Raises Trouble naming those that do not."""
        deadline = time.monotonic() + _HEALTHY_TIMEOUT_S
        waiting = [name for name, program in self.programs.items() if program.health]
        say("waiting for " + ", ".join(waiting))
        while waiting := [name for name in waiting if not _answers(self.programs[name].health)]:
            self.look()
            if time.monotonic() > deadline:
                logs = ", ".join(str(self.supervised.log(name)) for name in waiting)
                raise Trouble(f"not ready after {_HEALTHY_TIMEOUT_S} s: {', '.join(waiting)}; their words are in {logs}")
            time.sleep(_LOOK_EVERY_S)

    def _apply_topics(self) -> None:
        deadline = time.monotonic() + _BROKER_TIMEOUT_S
        while True:
            self.look()
            try:
                if self.cluster_id and topics.cluster_id(self.settings) != self.cluster_id:
                    raise Trouble(f"another Kafka took {self.settings.kafka_bootstrap} in the meantime: stop it, or start again")
                topics.apply(self.settings, every_topic())
                return
            except BusUnavailable:
                if KAFKA not in self.programs:
                    raise
                if time.monotonic() > deadline:
                    raise self._broker_trouble(f"does not answer after {_BROKER_TIMEOUT_S} s") from None

    def _refuse_ended(self, name: str, state: State) -> None:
        if state.word == "FATAL":
            if name == KAFKA:
                raise self._broker_trouble("does not run")
            log = self.supervised.log(name)
            raise Trouble(f"{name} does not run: it ended again and again{self.why(name, wall_now())}; its words are in {log}")
        if state.word == "EXITED" and state.exit_code == REFUSED:
            log = self.supervised.log(name)
            raise Trouble(f"{name} is not started again, it must not go on: {_last_words(log)}; all its words are in {log}")

    def why(self, name: str, now: datetime) -> str:
        """What a worker said when it ended a moment ago, to go on a sentence with; empty when it said nothing."""
        file = self.programs[name].environment.get(EXITS_FILE)
        last = read_ends(Path(file)).last[-1:] if file else ()
        return "".join(f" with exit code {end.code} ({end.why})" for end in last if now - end.at < _A_MOMENT)

    def _broker_trouble(self, what: str) -> Trouble:
        log = self.supervised.log(KAFKA)
        return Trouble(f"{KAFKA} {what}: {why_it_ended(log.read_text(errors='replace'))}; its words are in {log}")


@contextlib.contextmanager
def running(var: Path, services: Mapping[str, object], given: BusSettings, say: Say, port: int = 0) -> Iterator[Running]:
    """Start all in a folder that is `alone`'s, give it, end all. Raises Trouble.

    Uses the Kafka of TALAIA_KAFKA_BOOTSTRAP, else one of its own: on this port if it is free, else on any.
    """
    settings, programs, kind, cluster_id = _bus(var, given, say, port)
    programs += of_services(services, settings, var)
    with Supervised(var, programs) as supervised:
        write_installation(var, settings, services, programs)
        city = Running(settings, kind, {program.name: program for program in programs}, supervised, cluster_id)
        try:
            city.start(say)
            yield city
        except KeyboardInterrupt:
            say("stopping all: some seconds")
            raise


def has_broker(settings: BusSettings) -> bool:
    """A broker is named, so none is to be started."""
    return "kafka_bootstrap" in settings.model_fields_set


def _bus(var: Path, given: BusSettings, say: Say, port: int) -> tuple[BusSettings, list[Program], str, str]:
    if given.kafka_file is None:
        given = given.model_copy(update={"kafka_file": _impatient(var)})
    if has_broker(given):
        return given, [], f"Kafka at {given.kafka_bootstrap}", ""
    if kafka_file_of(given).asks:
        why = "names a user or TLS, which are for a Kafka that runs: name that by TALAIA_KAFKA_BOOTSTRAP too"
        raise Trouble(f"{KAFKA_FILE} {why}", MISTAKE)
    say(f"preparing Kafka {kafka_version()}")
    node = prepare(var / KAFKA, free_port(prefer=port))
    settings = given.model_copy(update={"kafka_bootstrap": node.bootstrap})
    kind = f"Kafka {kafka_version()} on this machine at {node.bootstrap}"
    return settings, [broker(node)], kind, node.cluster_id


def _impatient(var: Path) -> Path:
    """A Kafka file for one machine: a worker that died is missed after 10 s."""
    file = var / "kafka.toml"
    file.write_text("session_timeout_s = 10\n")
    return file


def _last_words(log: Path) -> str:
    try:
        return str(json.loads(log.read_text(errors="replace").splitlines()[-1])["message"])
    except (OSError, IndexError, ValueError, TypeError, KeyError):
        return "it gave no reason"


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=_ASK_TIMEOUT_S) as answer:  # noqa: S310  (our own http address)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
