"""What runs in a folder, for those who ask from another terminal: written by who runs it, read by `talaia status`."""

import fcntl
import os
from collections.abc import Collection
from pathlib import Path

import msgspec

from talaia.cli.up.plan import EXITS_FILE, Program, database_url
from talaia.stream.settings import BusSettings

_FILE = "installation.json"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a process is asked, and where it notes why it ended; empty: nowhere."""

    health: str
    exits_file: str


class Installation(msgspec.Struct, frozen=True, kw_only=True):
    """A bus and the processes on it, by name. views: where the view of a service stands."""

    kafka_bootstrap: str
    topic_prefix: str
    services: list[str]
    places: dict[str, Place]
    views: dict[str, str] = {}


def write_installation(var: Path, settings: BusSettings, services: Collection[str], programs: Collection[Program]) -> None:
    """Tell what runs in a folder from now on."""
    places = {
        program.name: Place(health=program.health, exits_file=program.environment.get(EXITS_FILE, ""))
        for program in programs
        if program.health
    }
    told = {variable: value for program in programs for variable, value in program.environment.items()}
    views = {service: told[database_url(service)] for service in services if database_url(service) in told}
    installation = Installation(
        kafka_bootstrap=settings.kafka_bootstrap,
        topic_prefix=settings.topic_prefix,
        services=list(services),
        places=places,
        views=views,
    )
    (var / _FILE).write_bytes(msgspec.json.encode(installation))


def running_in(var: Path) -> Installation | None:
    """What runs in a folder now, if anything does."""
    try:
        return msgspec.json.decode((var / _FILE).read_bytes(), type=Installation) if _in_use(var) else None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _in_use(var: Path) -> bool:
    """Whether somebody has it to himself (`alone`)."""
    folder = os.open(var, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(folder)
    return False
