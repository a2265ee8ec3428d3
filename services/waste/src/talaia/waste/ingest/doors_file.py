"""`doors.toml` in a city's folder: where the role `ingest` fetches what the city file's channels name.

    [mqtt]
    broker = "mqtt.example.org:8883"
    user = "talaia"
    password_file = "mqtt_password"     # holds nothing else
    ca_file = "mqtt_ca.pem"             # TLS; "system": by the machine's certificates

    [sensorthings]                      # a server that is asked; without it observations come by MQTT
    url = "https://sta.example.org/v1.1"
    every_s = 60                        # user, password_file: as above

    [inbox]
    folder = "inbox"                    # tables are put there, see `inbox`; columns.toml in it says how they are written

Paths are relative to the file.
"""

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field

from talaia.stream.city_file import Entry, Where, read_city_file
from talaia.stream.host_port import host_port
from talaia.stream.private_file import secret_in
from talaia.waste.ingest.tables import COLUMNS_FILE, read_form

DOORS_FILE = "doors.toml"
_SYSTEM = "system"


def _place(written: str) -> str:
    try:
        host_port(written)
    except ValueError:
        raise ValueError("name the broker as host:port, as mqtt.example.org:8883") from None
    return written


def _address(written: str) -> str:
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("name the server with its version, as https://sta.example.org/v1.1")
    return written


class _Asked(Entry):
    """A server that asks who comes, or does not."""

    user: str = ""
    password_file: str = ""

    def password(self, folder: Path) -> str:
        """What stands in the password file. Raises ValueError."""
        return secret_in(folder / self.password_file) if self.password_file else ""


class MqttDoor(_Asked):
    """The broker to which network servers publish."""

    broker: Annotated[str, AfterValidator(_place)]
    ca_file: str = ""

    def context(self, folder: Path) -> ssl.SSLContext | None:
        """TLS, with the broker's name checked; None without. Raises ValueError."""
        if not self.ca_file:
            return None
        try:
            return ssl.create_default_context(cafile=None if self.ca_file == _SYSTEM else str(folder / self.ca_file))
        except OSError as error:
            raise ValueError(
                f"ca_file {self.ca_file} cannot be used ({error.strerror or error}): name a PEM certificate"
            ) from None


class SensorThingsDoor(_Asked):
    """The server that is asked for observations. every_s: how often."""

    url: Annotated[str, AfterValidator(_address)]
    every_s: Annotated[float, Field(ge=5, le=3_600)] = 60.0


class InboxDoor(Entry):
    """A folder for tables."""

    folder: str


class Doors(Entry):
    """The whole file."""

    mqtt: MqttDoor | None = None
    inbox: InboxDoor | None = None
    sensorthings: SensorThingsDoor | None = None


def read_doors(folder: Path) -> Doors:
    """The doors of a city's folder. Raises ValueError with all mistakes, one a line: file, line, field, cure."""
    says = f"where sensors' messages are fetched is said in {DOORS_FILE}"
    return read_city_file(folder / DOORS_FILE, Doors, says, lambda doors: _mistakes(doors, folder))


def _mistakes(doors: Doors, folder: Path) -> Iterator[tuple[Where, str]]:
    if doors.mqtt is None and doors.inbox is None and doors.sensorthings is None:
        yield ("mqtt",), "no door is open: give [mqtt], [sensorthings] or [inbox]"
    for name, door in (("mqtt", doors.mqtt), ("sensorthings", doors.sensorthings)):
        if door is not None and bool(door.user) != bool(door.password_file):
            yield (name,), "give both user and password_file, or neither"
        if door is not None:
            yield from _unreadable((name, "password_file"), door.password, folder)
    if doors.mqtt is not None:
        yield from _unreadable(("mqtt", "ca_file"), doors.mqtt.context, folder)
    if doors.inbox is not None:
        place = folder / doors.inbox.folder
        if place.exists() and not place.is_dir():
            yield ("inbox", "folder"), f"{place} is no folder: name one, it is made if it is not there"
        try:
            read_form(place / COLUMNS_FILE)
        except ValueError as error:
            yield ("inbox", "folder"), str(error)


def _unreadable(where: Where, look: Callable[[Path], object], folder: Path) -> Iterator[tuple[Where, str]]:
    try:
        look(folder)
    except ValueError as error:
        yield where, str(error)
