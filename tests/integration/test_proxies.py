"""Whose word is taken for where a request comes from: a real process, asked from two addresses of this machine."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from support.asking import answers
from support.processes import ServiceProcess, wait_for
from support.web import keys_of_roles
from talaia.cli.kafka.node import free_port

TESTS = Path(__file__).parents[1]
PROXY, STRANGER = "127.0.0.1", "127.0.0.2"
Ask = Callable[[str, str], int]


@pytest.fixture
def believed() -> str:
    """Whom the operator named."""
    return ""


@pytest.fixture
def ask(tmp_path: Path, believed: str) -> Iterator[Ask]:
    """Asks without a key, from an address of this machine and with a word of where from; the status of the answer."""
    port = free_port()
    command = [sys.executable, "-m", "support.slow_rate", str(port), str(keys_of_roles(tmp_path))]
    environment = os.environ | ({"FORWARDED_ALLOW_IPS": believed} if believed else {})
    process = subprocess.Popen(command, cwd=TESTS, env=environment)

    def asked(peer: str, said: str) -> int:
        with httpx.Client(transport=httpx.HTTPTransport(local_address=peer)) as client:
            return client.get(f"http://127.0.0.1:{port}/metrics", headers={"X-Forwarded-For": said}).status_code

    try:
        wait_for(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the application to answer")
        yield asked
    finally:
        process.kill()
        process.wait()


def test_by_default_nobody_is_believed_who_says_that_he_asks_for_others(ask: Ask) -> None:
    assert [ask(PROXY, said) for said in ("198.51.100.1", "198.51.100.2", "")] == [401, 429, 429]
    assert ask(STRANGER, "198.51.100.1") == 401


@pytest.mark.parametrize("believed", [f"{PROXY}, 10.0.0.0/24"])
def test_a_named_proxy_is_believed_up_to_the_first_address_that_is_none_and_a_stranger_is_not(ask: Ask) -> None:
    assert [ask(PROXY, said) for said in ("198.51.100.1", "198.51.100.1", "198.51.100.2")] == [401, 429, 401]
    # whoever asks may have begun the header himself: what the proxies added to it counts
    assert [ask(PROXY, f"203.0.113.{number}, 198.51.100.3, 10.0.0.9") for number in (1, 2)] == [401, 429]
    assert [ask(STRANGER, f"203.0.113.{number}") for number in (3, 4)] == [401, 429]
    assert ask(PROXY, "203.0.113.3") == 401


def test_a_proxy_that_would_be_everybody_ends_an_api_with_one_sentence(
    processes: Callable[[str, str, dict[str, str]], ServiceProcess], tmp_path: Path
) -> None:
    told = {"TALAIA_WASTE_DATABASE_URL": f"sqlite:///{tmp_path / 'view.sqlite'}", "FORWARDED_ALLOW_IPS": "*"}
    api = processes("waste", "api", told)
    wait_for(lambda: not api.alive(), "the API to end", last=api.said)
    assert "FORWARDED_ALLOW_IPS names *, by which whoever asks is believed: name your proxies alone." in api.said()
    assert "Traceback" not in api.said()
