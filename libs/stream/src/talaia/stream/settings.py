"""How a process finds its bus: the settings that every worker, API and door shares."""

import sys
from typing import TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.contracts.vocabulary import Clock

Kind = TypeVar("Kind", bound=BaseSettings)


def from_environment(kind: type[Kind]) -> Kind:
    """The settings of this process. Ends it with a sentence that names each wrong variable, not what it holds."""
    try:
        return kind()
    except ValidationError as error:
        prefix = kind.model_config.get("env_prefix", "")
        wrong = [f"{prefix}{'_'.join(map(str, fault['loc']))}".upper() + f": {fault['msg']}" for fault in error.errors()]
        sys.exit("; ".join(wrong))


class BusSettings(BaseSettings):
    """Environment `TALAIA_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_", frozen=True)

    kafka_bootstrap: str = Field(default="127.0.0.1:9092", description="host:port of one or more brokers, with commas")
    topic_prefix: str = Field(
        default="", description="goes before every topic and group", pattern=r"^[a-z0-9.-]*$", max_length=40
    )
    clock: Clock = Field(default=Clock.WALL, description="wall, or replay: time passes by the recording alone")
    instance: str = Field(default="", description="name of this process in logs and metrics")
    session_timeout_s: float = Field(default=30.0, ge=1, le=300, description="a worker silent for longer loses its partitions")
    metrics_port: int = Field(default=0, ge=0, le=65535, description="port of /metrics and /healthz of a worker; 0: none")

    def topic(self, name: str) -> str:
        """A catalogue name as this installation's topic."""
        return self.topic_prefix + name
