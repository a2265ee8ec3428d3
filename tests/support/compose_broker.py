"""The bus as docker-compose.yml makes it, without a container: its own start script formats and starts Kafka from jars.

Commands, variables and secrets are those of the compose file; only places and ports are this machine's.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from compose_secrets import write
from support import compose
from support.broker import QUICK
from support.compose_bus import mounted_files
from support.house import ROOT, SERVICES
from support.processes import wait_for
from talaia.cli.kafka import guard
from talaia.cli.kafka.jars import cached_jars
from talaia.cli.kafka.node import HOST, free_port, java_binary
from talaia.stream.settings import BusSettings

MODEL = compose.load(compose.MAIN)
_PROGRAMS = {
    "kafka-storage.sh": "kafka.tools.StorageTool",
    "kafka-server-start.sh": "kafka.Kafka",
    "kafka-configs.sh": "kafka.admin.ConfigCommand",
}
_JAVA = "-Xmx400m -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError -XX:TieredStopAtLevel=1"


class ComposeBus:
    """The broker, and what containers beside it are told. asked: every command line that the script gave to Kafka."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.secrets = folder, folder / "secrets"
        write(self.secrets, SERVICES)
        self.bus, controller, self.local = (f"{HOST}:{free_port()}" for _ in range(3))
        self.log, self.asked = folder / "kafka.log", folder / "asked"
        said = (ROOT / "infra/kafka/server.properties").read_text()
        for name, place in (
            *(("BUS://:9092", f"BUS://{self.bus}"), ("BUS://broker:9092", f"BUS://{self.bus}"), ("127.0.0.1:9093", controller)),
            *(("127.0.0.1:9094", self.local), ("/var/lib/kafka/data", str(folder / "data"))),
        ):
            assert name in said
            said = said.replace(name, place)
        (folder / "server.properties").write_text(said + "".join(f"{name}={value}\n" for name, value in QUICK.items()))
        (folder / "bin").mkdir()
        jars, logging = os.pathsep.join(map(str, cached_jars())), ROOT / "libs/cli/src/talaia/cli/kafka/log4j2.properties"
        for script, program in _PROGRAMS.items():
            (folder / "bin" / script).write_text(
                f'#!/bin/sh\necho "{script} $*" >> {self.asked}\n'
                f'exec {java_binary()} {_JAVA} -Dlog4j2.configurationFile={logging} -cp {jars} {program} "$@"\n'
            )
            (folder / "bin" / script).chmod(0o755)

    def start(self) -> None:
        """As compose starts the broker; ready when this returns."""
        command = [self._here(word, MODEL["services"]["broker"]) for word in MODEL["services"]["broker"]["command"]]
        with self.log.open("wb") as out:
            environment = os.environ | {"KAFKA_HOME": str(self.folder)}
            self._process = subprocess.Popen(command, env=environment, stdout=out, stderr=out, start_new_session=True)
        self._guard = guard.watch(self._process.pid)
        wait_for(lambda: "Kafka Server started" in self.said() or self._process.poll() is not None, "the broker", last=self.said)
        assert self._process.poll() is None, self.said()

    def stop(self) -> None:
        """As compose ends it."""
        self._process.terminate()
        self._process.wait(30)
        self._guard.kill()
        self._guard.wait()

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def run(self, service: str, *command: str) -> str:
        """What a one-shot container says; without a command its own."""
        words = command or [self._here(word, MODEL["services"][service]) for word in MODEL["services"][service]["command"]]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
        environment = clean | {"COLUMNS": "250"} | self.environment(service)
        done = subprocess.run(
            [sys.executable, "-m", "talaia.cli", *words],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def environment(self, service: str, **places: str) -> dict[str, str]:
        """What a container is told. places: variables whose value is a place or port in the container."""
        how = MODEL["services"][service]
        return {name: self._here(value, how) for name, value in how["environment"].items()} | places

    def settings(self, service: str) -> BusSettings:
        """The same, for a client in this process."""
        told = self.environment(service)
        file = Path(told["TALAIA_KAFKA_FILE"])
        return BusSettings(kafka_bootstrap=told["TALAIA_KAFKA_BOOTSTRAP"], kafka_file=file)

    def _here(self, word: str, service: compose.Model) -> str:
        """What a word of the compose file is on this machine."""
        secret = re.fullmatch(r"/run/secrets/(.+)", word)
        if secret:
            source = MODEL["secrets"][mounted_files(service)[secret[1]]]["file"]
            return source.replace(compose.SECRETS, str(self.secrets))
        for name, place in (
            *(("/etc/talaia/bus", f"{self.secrets}/bus"), ("/etc/talaia/keys", f"{self.secrets}/keys")),
            ("/etc/talaia/server.properties", f"{self.folder}/server.properties"),
            *(("/etc/talaia/start.sh", f"{ROOT}/infra/kafka/start.sh"), ("broker:9092", self.bus)),
        ):
            word = word.replace(name, place)
        return word
