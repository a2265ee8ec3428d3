"""How a process finds its bus: the settings that every worker, API and door shares."""

import sys
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.contracts.vocabulary import Clock
from talaia.stream.environment import Kind, SettingsRefused, read
from talaia.stream.host_port import host_port
from talaia.stream.kafka_file import read_kafka_file


def from_environment(kind: type[Kind]) -> Kind:
    """The settings of this process. Ends it with a sentence that names each wrong variable, not what it holds."""
    try:
        return read(kind)
    except SettingsRefused as why:
        sys.exit(str(why))


def _brokers(named: str) -> str:
    try:
        for word in named.split(","):
            host_port(word)
    except ValueError:
        raise ValueError("name each broker as host:port, with a comma between two, nothing else") from None
    return named


def _readable(file: Path | None) -> Path | None:
    if file is not None:
        read_kafka_file(file)
    return file


class BusSettings(BaseSettings):
    """Environment `TALAIA_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_", frozen=True)

    kafka_bootstrap: Annotated[str, AfterValidator(_brokers)] = Field(
        default="127.0.0.1:9092", description="host:port of one or more brokers, with commas"
    )
    kafka_file: Annotated[Path | None, AfterValidator(_readable)] = Field(
        default=None,
        description="TOML: user, password, TLS files, session timeout (talaia.stream.kafka_file); without it: no user, no TLS",
        json_schema_extra={"also": ["session_timeout_s"]},
    )
    topic_prefix: str = Field(
        default="", description="goes before every topic and group", pattern=r"^[a-z0-9.-]*$", max_length=40
    )
    clock: Clock = Field(default=Clock.WALL, description="wall, or replay: time passes by the recording alone")
    instance: str = Field(default="", description="name of this process in logs and metrics")

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
