"""An application as a process: how it ends, and what a client that does not read costs."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import psutil
import pytest
from support.asking import answers, ask
from support.house import SERVICES
from support.processes import ServiceProcess, wait_for
from talaia.cli.kafka.node import free_port

TESTS = Path(__file__).parents[1]


class Server:
    def __init__(self, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.port = port
        self.process = process
        self.log = log

    def answers(self) -> bool:
        return answers(f"http://127.0.0.1:{self.port}/healthz")


@pytest.fixture
def rows() -> tuple[int, int]:
    """How many rows a server shows, and how long each is."""
    return 200, 100_000


@pytest.fixture
def server(tmp_path: Path, rows: tuple[int, int]) -> Iterator[Server]:
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "support.streaming", *map(str, (port, *rows))]
    with log.open("wb") as out:
        process = subprocess.Popen(command, cwd=TESTS, stdout=out, stderr=out)
    running = Server(port, process, log)
    try:
        wait_for(running.answers, "the application to answer")
        yield running
    finally:
        process.kill()
        process.wait()


def test_sigterm_ends_live_streams_with_a_word_and_the_process_with_code_0(server: Server) -> None:
    with httpx.stream("GET", f"http://127.0.0.1:{server.port}/events", timeout=20) as stream:
        lines = stream.iter_lines()
        next(line for line in lines if line == "event: alive")
        server.process.send_signal(signal.SIGTERM)
        assert any(line == "event: closing" for line in lines)
    assert server.process.wait(5) == 0


def test_a_client_that_does_not_read_is_cut_and_others_are_served(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        wait_for(lambda: b"does not read" in server.log.read_bytes(), "the deaf client to be cut")
        assert server.answers()


def test_a_client_that_reads_too_slowly_is_told_so_and_cut(server: Server) -> None:
    with socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)  # else the kernel would take it all at once
        slow.settimeout(20)
        slow.connect(("127.0.0.1", server.port))
        slow.sendall(b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nLast-Event-ID: board1.0\r\n\r\n")
        tail, taken = b"", 0
        while part := slow.recv(65_536):
            tail, taken = tail[-500:] + part, taken + len(part)
            time.sleep(0.01)  # this is how slow it is
    assert taken > 10_000_000
    assert b"event: too_slow" in tail
    assert b"reading took more than 1 s" in tail


@pytest.mark.parametrize("rows", [(8_000, 1_000)])
@pytest.mark.parametrize("resumed", ["", "Last-Event-ID: board1.0\r\n"], ids=["snapshot", "changes"])
def test_clients_that_do_not_read_cost_little_memory_until_they_are_cut(server: Server, resumed: str) -> None:
    process, clients = psutil.Process(server.process.pid), 20
    before = most = process.memory_info().rss

    def all_cut() -> bool:
        nonlocal most
        most = max(most, process.memory_info().rss)
        said = server.log.read_bytes()  # on a busy machine a stream may be ended as too slow before its answer waits unread
        held = [each for each in process.net_connections("tcp") if each.status == psutil.CONN_ESTABLISHED]
        return said.count(b"does not read") + said.count(b"is too slow") >= clients and not held

    with ExitStack() as deaf:
        for _ in range(clients):
            one = deaf.enter_context(socket.create_connection(("127.0.0.1", server.port)))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.sendall(f"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\n{resumed}\r\n".encode())
        wait_for(all_cut, "the deaf clients to be cut")
    assert most - before < clients * 2_000_000  # what waits for each is 8 MB


def test_a_stream_whose_client_says_that_it_brings_too_much_is_refused_without_a_fault_of_ours(server: Server) -> None:
    answer = ask("GET", f"http://127.0.0.1:{server.port}/events", content=b" " * 5_000_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert b"Traceback" not in server.log.read_bytes()


def test_a_stream_is_not_buffered_by_proxies_and_says_the_age_of_the_view(server: Server) -> None:
    with httpx.stream("GET", f"http://127.0.0.1:{server.port}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.headers["x-accel-buffering"] == "no"
        assert stream.headers["talaia-as-of"]


@pytest.mark.parametrize("service", SERVICES)
def test_an_api_without_its_broker_says_why_in_lines_that_a_program_reads(
    service: str, processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path
) -> None:
    own = f"TALAIA_{service.upper()}_"
    environment = {
        "TALAIA_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        f"{own}LISTEN": f"127.0.0.1:{free_port()}",
        f"{own}DATABASE_URL": f"sqlite:///{tmp_path / 'view.sqlite'}",
    }
    api = processes(service, "api", environment)
    wait_for(lambda: "Kafka" in api.said(), "a word on the broker")
    assert api.terminate() == 0
    assert {json.loads(line)["instance"] for line in api.said().splitlines()} == {f"{service}-api"}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("arguments", [(), ("api", "worker"), ("watch",)], ids=" ".join)
def test_a_service_that_is_told_no_role_names_those_it_has(service: str, arguments: tuple[str, ...]) -> None:
    done = subprocess.run([sys.executable, "-m", f"talaia.{service}", *arguments], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"usage: python -m talaia.{service} worker|api|rebuild|settings")


def test_a_service_that_is_asked_for_help_says_what_each_of_its_words_does() -> None:
    done = subprocess.run([sys.executable, "-m", "talaia.waste", "--help"], capture_output=True, text=True, check=True)
    told = [line.split("  ", 2)[1:] for line in done.stdout.splitlines() if line.startswith("  ")]
    assert ["check CITY", "Say what is wrong in a city's folder, or that nothing is."] in [
        [word, says.strip()] for word, says in told
    ]
