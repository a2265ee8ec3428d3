"""Downloads of the journal by clients that do not read: nobody else notices."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from support.control_room import ControlRoom, Served, application
from talaia.contracts.catalogue import JOURNAL
from talaia.contracts.envelope import CONTENT_TYPE_HEADER, sequence
from talaia.contracts.journal import Journalled, Transition
from talaia.stream.folding.records import Outgoing
from talaia.web.live import STREAMS_OF_ONE

AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
ENTRIES = 3_000
"""With 2 KB each more than the kernel takes for a client that does not read."""


def entry(number: int) -> Outgoing:
    """A note of 2,000 letters in the journal."""
    at = AT + timedelta(seconds=number)
    note = Transition(
        at=at, cause_type="act", cause_id=f"c{number}", region="act", event="note", from_=None, to=None, text="x" * 2_000
    )
    event = Journalled(id=f"j{number}", source="test", time=at, recordedtime=at, sequence=sequence(number), data=note)
    return Outgoing(JOURNAL.name, b"demo", msgspec.json.encode(event), (CONTENT_TYPE_HEADER,))


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    room = ControlRoom(tmp_path_factory.mktemp("room"))
    for number in range(1, ENTRIES + 1):
        room.put(entry(number))
    serving = Served(application(room), room)
    serving.start()
    serving.say()
    yield serving
    serving.stop()
    room.close()


def download(served: Served) -> tuple[socket.socket, bytes]:
    """A download that has begun, and of which nothing more is read; with the first line of its answer."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.settimeout(30)
    client.connect(("127.0.0.1", served.port))
    client.sendall(b"GET /v1/journal.ndjson HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return client, client.recv(12)


def test_downloads_that_nobody_reads_leave_the_view_to_others_and_are_counted(served: Served) -> None:
    with ExitStack() as clients:
        for _ in range(STREAMS_OF_ONE):
            client, answer = download(served)
            clients.enter_context(client)
            assert answer == b"HTTP/1.1 200"
        asked = httpx.get(f"{served.url}/v1/summary", timeout=10)
        assert (asked.status_code, asked.json()["projected"][JOURNAL.name]) == (200, ENTRIES)
        one_more = httpx.get(f"{served.url}/v1/journal.ndjson", timeout=10)
        assert (one_more.status_code, one_more.json()["code"]) == (429, "too_many_streams")


def test_a_download_that_is_read_is_whole(served: Served) -> None:
    lines = httpx.get(f"{served.url}/v1/journal.ndjson", timeout=30).text.splitlines()
    assert [msgspec.json.decode(line)["number"] for line in lines] == list(range(1, ENTRIES + 1))
