"""A Kafka node that runs as long as a `with` block, and can be killed and started again."""

import contextlib
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from talaia.cli.kafka import guard
from talaia.cli.kafka.lock import KafkaUnavailable
from talaia.cli.kafka.node import Node, prepare

_READY = "Kafka Server started"
_READY_TIMEOUT_S = 120
_STOP_TIMEOUT_S = 15
_LOOK_EVERY_S = 0.05
_STARTS = 3
"""A port that was free when it was chosen can be taken before Kafka listens on it; other ones are chosen then."""
_PORT_TAKEN = "Address already in use"


class PortTaken(KafkaUnavailable):
    """Somebody took a port between its choice and the start."""


class LocalKafka:
    """One node with its data in `data_dir`; settings go over those of `server.properties`. Raises KafkaUnavailable.

    cluster_id: of the cluster that it joins, empty for one of its own.
    """

    def __init__(self, data_dir: Path, port: int = 0, settings: Mapping[str, str] | None = None, cluster_id: str = "") -> None:
        self._data_dir = data_dir
        self._port = port
        self._settings = settings
        self._cluster_id = cluster_id
        self._node: Node | None = None
        self._broker: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    @property
    def bootstrap(self) -> str:
        """host:port for clients; stays the same over restarts."""
        assert self._node is not None, "not started"
        return self._node.bootstrap

    @property
    def pid(self) -> int:
        """Process id of the broker that runs now."""
        assert self._broker is not None, "not running"
        return self._broker.pid

    def kill(self) -> None:
        """End the broker with SIGKILL, as a crash would."""
        if self._broker is not None:
            self._broker.kill()
            self._gone()

    def restart(self) -> None:
        """Start again on the same port and data; a running broker is stopped first."""
        self.stop()
        self._start()

    def stop(self) -> None:
        """End the broker with SIGTERM; SIGKILL when it takes too long."""
        if self._broker is not None:
            self._broker.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._broker.wait(_STOP_TIMEOUT_S)
            self.kill()

    def _gone(self) -> None:
        assert self._broker is not None
        self._broker.wait()
        self._broker = None
        if self._guard is not None:
            self._guard.kill()
            self._guard.wait()
            self._guard = None

    def _start(self) -> None:
        for left in reversed(range(_STARTS)):
            self._node = prepare(self._data_dir, self._port, self._settings, self._cluster_id)
            try:
                self._run(self._node)
            except PortTaken:
                if not left:
                    raise
            else:
                break
        self._port = int(self.bootstrap.rpartition(":")[2])

    def _run(self, node: Node) -> None:
        log = self._data_dir / "kafka.log"
        with log.open("wb") as stream:
            # a session of its own: Ctrl-C is for the one who started it, who then stops the broker in order
            self._broker = subprocess.Popen(node.command, stdout=stream, stderr=stream, start_new_session=True)
        self._guard = guard.watch(self._broker.pid)
        try:
            self._wait_until_ready(log)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, log: Path) -> None:
        assert self._broker is not None
        deadline = time.monotonic() + _READY_TIMEOUT_S
        while _READY not in (said := log.read_text(errors="replace")):
            if self._broker.poll() is not None:
                ended = PortTaken if _PORT_TAKEN in said else KafkaUnavailable
                raise ended(f"Kafka ended while starting: {why_it_ended(said)} (all of it in {log})")
            if time.monotonic() > deadline:
                raise KafkaUnavailable(f"Kafka was not ready after {_READY_TIMEOUT_S} s; its log is {log}")
            time.sleep(_LOOK_EVERY_S)


def why_it_ended(log: str) -> str:
    """The cause that Kafka's log names, in one line."""
    for cause, sentence in (
        ("No space left on device", "no space left on the disk of its data folder"),
        (_PORT_TAKEN, "its port was taken in this moment, try again"),
        ("Failed to acquire lock", "another Kafka uses the same data folder, stop it first"),
    ):
        if cause in log:
            return sentence
    errors = [line for line in log.splitlines() if "ERROR" in line or "FATAL" in line or "Error:" in line]
    return errors[-1] if errors else "it gave no reason"
