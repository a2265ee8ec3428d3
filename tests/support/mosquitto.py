"""A real MQTT broker for tests: Debian's mosquitto, started anew and on a port of its own.

`MOSQUITTO` names one. `REQUIRE_MQTT=1`: no broker is a failure, not a reason to skip.
"""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.publish
import pytest
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"


class Mosquitto:
    """A broker that keeps its sessions over a stop."""

    def __init__(self, command: str, folder: Path) -> None:
        self.port = free_port()
        self._command = [command, "-c", str(folder / "mosquitto.conf")]
        self._log = folder / "mosquitto.log"
        (folder / "mosquitto.conf").write_text(
            f"listener {self.port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 100000\n"
            f"persistence true\npersistence_location {folder}/\nuser root\n"
        )
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """host:port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start, or start again; answers when this returns."""
        with self._log.open("ab") as out:
            self._process = subprocess.Popen(self._command, stdout=out, stderr=out)
        wait_for(self._answers, "mosquitto", last=self._log.read_text)

    def stop(self) -> None:
        """Stop as an operator does; what it holds is written down."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)

    def publish(self, topic: str, *payloads: bytes) -> None:
        """Publish with QoS 1; the broker has them when this returns."""
        messages = [{"topic": topic, "payload": payload, "qos": 1} for payload in payloads]
        paho.mqtt.publish.multiple(messages, hostname="127.0.0.1", port=self.port)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    """A broker of this test alone."""
    command = os.environ.get("MOSQUITTO") or shutil.which("mosquitto", path=_PATH)
    if command is None:
        why = "no MQTT broker: run `make mosquitto`, or set MOSQUITTO to the path of one"
        if os.environ.get("REQUIRE_MQTT") == "1":
            pytest.fail(why)
        pytest.skip(why)
    broker = Mosquitto(command, tmp_path)
    broker.start()
    yield broker
    broker.stop()
