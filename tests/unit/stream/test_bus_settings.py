"""How a process is told of its bus."""

import subprocess
import sys

import pytest
from pydantic import ValidationError
from talaia.stream.settings import BusSettings


@pytest.mark.parametrize("place", ["127.0.0.1:9092", "waste_broker:9092,other-1.city:65535", "[::1]:9092"])
def test_a_broker_is_named_by_host_and_port(place: str) -> None:
    assert BusSettings(kafka_bootstrap=place).kafka_bootstrap == place


WRONG = [
    "",
    " ",
    "host",
    "host:port",
    ":::",
    ":9092",
    "host:",
    "host:0",
    "host:99999",
    "http://host:9092",
    "a:1,,b:2",
    "a:1, b:2",
]


@pytest.mark.parametrize("place", WRONG)
def test_what_is_no_address_of_a_broker_is_told_before_anything_starts(place: str) -> None:
    with pytest.raises(ValidationError, match="host:port"):
        BusSettings(kafka_bootstrap=place)


def test_a_process_told_a_wrong_broker_ends_with_one_sentence_that_names_the_variable() -> None:
    script = "from talaia.stream.settings import BusSettings, from_environment as f; f(BusSettings)"
    told = {"TALAIA_KAFKA_BOOTSTRAP": "host:port"}
    done = subprocess.run([sys.executable, "-c", script], env=told, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("TALAIA_KAFKA_BOOTSTRAP: ")
    assert len(done.stderr.splitlines()) == 1
