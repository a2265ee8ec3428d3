"""Who opens connections and holds them: a real process with few files, and clients that say or read nothing."""

import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import psutil
import pytest
from support.asking import answers
from support.processes import wait_for
from talaia.cli.kafka.node import free_port

TESTS = Path(__file__).parents[1]
FILES = 100
HERE, ELSEWHERE = "127.0.0.1", "127.0.0.2"
ROWS, ROW_BYTES = 200, 100_000


class Server:
    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.log = folder / "log"
        command = [sys.executable, "-m", "support.streaming", *map(str, (self.port, ROWS, ROW_BYTES))]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, cwd=TESTS, stdout=out, stderr=out)
        resource.prlimit(self.process.pid, resource.RLIMIT_NOFILE, (FILES, FILES))

    def answers(self) -> bool:
        return answers(f"http://{HERE}:{self.port}/healthz")

    def answers_soon(self, who: str) -> bool:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=who), timeout=20) as client:
            return client.get(f"http://{HERE}:{self.port}/healthz").status_code == 200

    def opened(self, who: str = HERE) -> socket.socket:
        return socket.create_connection((HERE, self.port), source_address=(who, 0))

    def held(self) -> int:
        """Connections that it has open."""
        return len([each for each in psutil.Process(self.process.pid).net_connections("tcp") if each.raddr])

    @contextmanager
    def asked_by_one_who_does_not_read(self, path: str) -> Iterator[socket.socket]:
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
            deaf.connect((HERE, self.port))
            deaf.sendall(f"GET {path} HTTP/1.1\r\nHost: {HERE}\r\n\r\n".encode())
            yield deaf


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("connections"))
    wait_for(running.answers, "the application to answer", last=running.log.read_text)
    yield running
    running.process.kill()
    running.process.wait()


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """It runs, nobody is connected, and nothing fails."""
    wait_for(lambda: running.held() == 0, "earlier connections to end")
    before = len(running.log.read_text())
    yield running
    assert running.answers()
    assert "Traceback" not in running.log.read_text()[before:]


def said(connection: socket.socket, trickle: bytes = b"") -> bytes:
    """What is answered until the other end closes, while `trickle` is sent a byte at a time."""
    heard, before = b"", time.monotonic()
    connection.settimeout(0.2)
    while time.monotonic() - before < 20:
        with suppress(TimeoutError):
            try:
                if not (part := connection.recv(65_536)):
                    return heard
                heard += part
            except ConnectionError:
                return heard
            continue
        if trickle:
            with suppress(ConnectionError):
                connection.sendall(trickle[:1])
            trickle = trickle[1:]
    pytest.fail("it was not closed in 20 s")


def test_who_opens_more_connections_than_there_are_files_and_says_nothing_takes_nothing_from_others(server: Server) -> None:
    with ExitStack() as silent:
        for _ in range(3 * FILES):
            silent.enter_context(server.opened(ELSEWHERE))
        assert server.answers_soon(HERE)
        assert server.answers_soon(ELSEWHERE)
        assert server.held() < FILES / 2
        wait_for(lambda: server.held() == 0, "silent connections to be closed", patience_s=10)
    assert "socket.accept()" not in server.log.read_text()


def test_who_holds_streams_open_has_a_share_and_others_get_in(server: Server) -> None:
    with ExitStack() as streams:
        for _ in range(FILES):
            stream = streams.enter_context(server.opened(ELSEWHERE))
            with suppress(ConnectionError):
                stream.sendall(f"GET /events HTTP/1.1\r\nHost: {HERE}\r\n\r\n".encode())
        assert server.answers_soon(HERE)
        assert server.held() < FILES / 4


TRICKLED = {
    "nothing": (b"", b"", b""),
    "line": (b"GET /he", b"althz" * 20, b""),
    "head": (b"GET /healthz HTTP/1.1\r\n", b"x-a: b\r\n" * 20, b""),
    "next head": (b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"GET /healthz" * 20, b"200 OK"),
    "body": (b"POST /brought HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx", b"", b"body_too_slow"),
    "slow body": (b"POST /brought HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx", b"y" * 50, b"408 Request Timeout"),
    "refused body": (b"POST /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx", b"y" * 50, b"404 Not Found"),
    "body of a stream": (b"GET /events HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx", b"y" * 50, b"event: alive"),
}
"""What is sent at once, then a byte at a time, and what is answered."""


def test_a_connection_that_does_not_bring_a_whole_request_is_closed_however_it_trickles(server: Server) -> None:
    def heard(begun: bytes, rest: bytes) -> bytes:
        with server.opened() as slow:
            slow.sendall(begun)
            return said(slow, rest)

    with ThreadPoolExecutor(len(TRICKLED)) as clients:
        sent = {what: clients.submit(heard, begun, rest) for what, (begun, rest, _) in TRICKLED.items()}
    for what, (_, _, answer) in TRICKLED.items():
        assert answer in sent[what].result(), what
        assert bool(answer) == bool(sent[what].result()), what


@pytest.mark.parametrize("path", ["/rows", "/whole", "/events"])
def test_who_does_not_read_what_was_asked_for_is_cut_off(server: Server, path: str) -> None:
    before = server.log.read_text().count("does not read")
    with server.asked_by_one_who_does_not_read(path):
        wait_for(lambda: server.log.read_text().count("does not read") > before, "the deaf client to be cut", patience_s=15)
        wait_for(lambda: server.held() == 0, "its connection to end", patience_s=15)


def test_who_reads_slowly_gets_all_of_it(server: Server) -> None:
    taken, before = 0, time.monotonic()
    with server.asked_by_one_who_does_not_read("/whole") as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1_000_000)
        while taken < ROWS * ROW_BYTES:
            part = slow.recv(1_000_000)
            assert part, f"cut after {taken} bytes"
            taken += len(part)
            time.sleep(0.1)  # this is how slow it is
    assert time.monotonic() - before > 2  # longer than who does not read is waited for


def test_a_client_that_leaves_within_its_body_is_no_fault_of_ours(server: Server) -> None:
    with server.opened() as one:
        one.sendall(b"POST /brought HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99\r\n\r\nx")
    wait_for(lambda: server.held() == 0, "the connection to end")
    assert server.answers()
