"""How a process finds its bus: the settings that every worker, API and door shares."""

import re
import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.contracts.vocabulary import Clock
from talaia.stream.environment import Kind, SettingsRefused, read
from talaia.stream.security import read_security

_BROKER = re.compile(r"([\w.-]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")


def from_environment(kind: type[Kind]) -> Kind:
    """The settings of this process. Ends it with a sentence that names each wrong variable, not what it holds."""
    try:
        return read(kind)
    except SettingsRefused as why:
        sys.exit(str(why))


def _brokers(named: str) -> str:
    for word in named.split(","):
        found = _BROKER.fullmatch(word)
        if found is None or not 0 < int(found[2]) < 65_536:
            raise ValueError("name each broker as host:port, with a comma between two, nothing else")
    return named


def _readable(file: Path | None) -> Path | None:
    if file is not None:
        read_security(file)
    return file


class BusSettings(BaseSettings):
    """Environment `TALAIA_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_", frozen=True)

    kafka_bootstrap: Annotated[str, AfterValidator(_brokers)] = Field(
        default="127.0.0.1:9092", description="host:port of one or more brokers, with commas"
    )
    kafka_security_file: Annotated[Path | None, AfterValidator(_readable)] = Field(
        default=None, description="TOML: user, password, TLS files (talaia.stream.security); without it: neither"
    )
    topic_prefix: str = Field(
        default="", description="goes before every topic and group", pattern=r"^[a-z0-9.-]*$", max_length=40
    )
    clock: Clock = Field(default=Clock.WALL, description="wall, or replay: time passes by the recording alone")
    instance: str = Field(default="", description="name of this process in logs and metrics")
    session_timeout_s: float = Field(
        default=30.0, ge=1, le=300, allow_inf_nan=False, description="a worker silent for longer loses its partitions"
    )

    def topic(self, name: str) -> str:
        """A catalogue name as this installation's topic."""
        return self.topic_prefix + name


class WorkerSettings(BusSettings):
    """What a worker is told besides."""

    metrics_port: int = Field(default=0, ge=0, le=65535, description="port of /metrics and /healthz; 0: none")
    exits_file: Path | None = Field(default=None, description="file that notes why the worker ended, for its next start")
    static_member: str = Field(
        default="", description="keeps its partitions over a restart, by this id in the group; no two workers may have one"
    )
