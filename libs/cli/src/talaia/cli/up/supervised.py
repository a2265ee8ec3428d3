"""Processes under supervisord, which starts again what dies; ended in order, and not left behind."""

import contextlib
import http.client
import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

from supervisor.xmlrpc import SupervisorTransport

from talaia.cli.kafka import guard
from talaia.cli.trouble import Trouble
from talaia.cli.up.plan import KAFKA, Program
from talaia.stream.stopping import REFUSED

_START_TIMEOUT_S = 15
_STOP_TIMEOUT_S = 45
_LOOK_EVERY_S = 0.1
_GROUP = "talaia"


class State(NamedTuple):
    """A process now. word: supervisord's word for its state; pid 0: none; exit_code: of its end before."""

    word: str
    pid: int
    exit_code: int


class Supervised:
    """Programs in a folder that takes their logs. Nothing runs until `start`. Raises Trouble.

    retries: how often a program that ends while starting is tried again.
    """

    def __init__(self, folder: Path, programs: Sequence[Program], retries: int = 20) -> None:
        self.folder = folder
        self._programs = programs
        self._retries = retries
        # a socket's path may have 100 letters at most, a folder's may have more
        self._socket = Path(tempfile.mkdtemp(prefix="talaia-")) / "supervisor.sock"
        self._daemon: subprocess.Popen[bytes] | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self._pids: set[int] = set()

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = self.folder / "supervisord.conf"
        file.write_text(configuration(self.folder, self._socket, self._programs, self._retries), encoding="utf-8")
        # a session of its own: Ctrl-C is for `talaia up`, which then ends all in order
        command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-s", "-c", str(file)]
        # it repeats stack traces there when it cannot write its log, on a full disk for one
        words = self._socket.parent / "words"
        with words.open("wb") as stream:
            self._daemon = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=stream, start_new_session=True
            )
        self._guard = guard.watch(self._daemon.pid)
        deadline = time.monotonic() + _START_TIMEOUT_S
        while not self._answers():
            if self._daemon.poll() is not None or time.monotonic() > deadline:
                last = words.read_text(errors="replace").strip().splitlines()[-1:] or ["it gave no reason"]
                self.stop()
                raise Trouble(f"the supervisor did not start: {last[0]} (its log is {self.folder / 'supervisord.log'})")
            time.sleep(_LOOK_EVERY_S)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self, name: str) -> None:
        """Start one program; it is kept running from now on."""
        self._ask("supervisor.startProcess", _full(name), False)

    def states(self) -> dict[str, State]:
        """All programs now."""
        answer: Any = self._ask("supervisor.getAllProcessInfo")
        states = {info["name"]: State(info["statename"], info["pid"], info["exitstatus"]) for info in answer}
        self._pids |= {state.pid for state in states.values() if state.pid}
        return states

    def log(self, name: str) -> Path:
        """Where a program's words go."""
        return self.folder / f"{name}.log"

    def stop(self) -> None:
        """End all: services first, then the broker. Ctrl-C does not interrupt it."""
        if self._daemon is None:
            return
        daemon, self._daemon = self._daemon, None
        previous = [signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)]
        try:
            daemon.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(_STOP_TIMEOUT_S)
            if daemon.returncode != 0:  # it could not do its work: what it started is ended here
                self._end_children(daemon)
        finally:
            if self._guard is not None:
                self._guard.kill()
                self._guard.wait()
            shutil.rmtree(self._socket.parent, ignore_errors=True)
            for number, handler in zip((signal.SIGINT, signal.SIGTERM), previous, strict=True):
                signal.signal(number, handler)

    def _end_children(self, daemon: subprocess.Popen[bytes]) -> None:
        daemon.kill()
        daemon.wait()
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)

    def _answers(self) -> bool:
        try:
            self.states()
        except Trouble:
            return False
        return True

    def _ask(self, method: str, *arguments: object) -> object:
        transport: Any = SupervisorTransport(None, None, f"unix://{self._socket}")
        try:
            return getattr(xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport), method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise Trouble(f"the supervisor refused {method} {arguments}: {fault.faultString}") from None
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError):
            raise Trouble(f"the supervisor does not answer; its log is {self.folder / 'supervisord.log'}") from None
        finally:
            transport.close()


def configuration(folder: Path, socket: Path, programs: Sequence[Program], retries: int) -> str:
    """supervisord's settings. The services are one group above the broker's priority, so they end before it."""
    services = ",".join(program.name for program in programs if program.name != KAFKA)
    lines = [
        "[supervisord]",
        f"logfile={_escaped(str(folder / 'supervisord.log'))}",
        f"pidfile={_escaped(str(folder / 'supervisord.pid'))}",
        "[unix_http_server]",
        f"file={socket}",
        "chmod=0700",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface",
        f"[group:{_GROUP}]",
        f"programs={services}",
        "priority=20",
    ]
    for program in programs:
        lines += _program(folder, program, retries)
    return "\n".join(lines) + "\n"


def _program(folder: Path, program: Program, retries: int) -> list[str]:
    environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in program.environment.items())
    return [
        f"[program:{program.name}]",
        f"command={_escaped(shlex.join(program.command))}",
        f"environment={environment}",
        f"stdout_logfile={_escaped(str(folder / f'{program.name}.log'))}",
        "redirect_stderr=true",
        "stdout_logfile_maxbytes=20MB",
        "stdout_logfile_backups=1",
        "autostart=false",
        "autorestart=unexpected",
        f"exitcodes={REFUSED}",  # going on would harm, so will starting again
        "startsecs=2",
        f"startretries={retries}",
        f"stopwaitsecs={20 if program.name == KAFKA else 10}",
        "priority=10",
    ]


def _full(name: str) -> str:
    return name if name == KAFKA else f"{_GROUP}:{name}"


def _escaped(text: str) -> str:
    return text.replace("%", "%%")
