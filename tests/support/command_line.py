"""`talaia` as a person types it, in the process of the test."""

from collections.abc import Callable
from typing import NamedTuple

import pytest
from talaia.cli.__main__ import main
from talaia.stream.settings import BusSettings


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str

    @property
    def text(self) -> str:
        return self.out + self.err


Command = Callable[..., Said]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """The command, on a wide terminal."""
    monkeypatch.setenv("COLUMNS", "250")

    def run(*arguments: str) -> Said:
        monkeypatch.setattr("sys.argv", ["talaia", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        return Said(int(end.value.code or 0), *capsys.readouterr())

    return run


@pytest.fixture
def command(typed: Command, bus: BusSettings, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command, told of the bus of these tests."""
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", bus.kafka_bootstrap)
    monkeypatch.setenv("TALAIA_TOPIC_PREFIX", bus.topic_prefix)
    return typed
