"""`doors.toml` in a city's folder: where the role `ingest` fetches what the city file's channels name.

    [mqtt]
    broker = "mqtt.example.org:8883"
    user = "talaia"
    password_file = "mqtt_password"     # holds nothing else
    ca_file = "mqtt_ca.pem"             # TLS; "system": by the machine's certificates

    [inbox]
    folder = "inbox"                    # tables are put there, see `inbox`; columns.toml in it says how they are written

Paths are relative to the file.
"""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator

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


class MqttDoor(Entry):
    """The broker to which network servers publish."""

    broker: Annotated[str, AfterValidator(_place)]
    user: str = ""
    password_file: str = ""
    ca_file: str = ""

    def password(self, folder: Path) -> str:
        """What stands in the password file. Raises ValueError."""
        return secret_in(folder / self.password_file) if self.password_file else ""

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


class InboxDoor(Entry):
    """A folder for tables."""

    folder: str


class Doors(Entry):
    """The whole file."""

    mqtt: MqttDoor | None = None
    inbox: InboxDoor | None = None


def read_doors(folder: Path) -> Doors:
    """The doors of a city's folder. Raises ValueError with all mistakes, one a line: file, line, field, cure."""
    says = f"where sensors' messages are fetched is said in {DOORS_FILE}"
    return read_city_file(folder / DOORS_FILE, Doors, says, lambda doors: _mistakes(doors, folder))


def _mistakes(doors: Doors, folder: Path) -> Iterator[tuple[Where, str]]:
    if doors.mqtt is None and doors.inbox is None:
        yield ("mqtt",), "no door is open: give [mqtt] or [inbox]"
    if doors.mqtt is not None:
        if bool(doors.mqtt.user) != bool(doors.mqtt.password_file):
            yield ("mqtt",), "give both user and password_file, or neither"
        for field, look in (("password_file", doors.mqtt.password), ("ca_file", doors.mqtt.context)):
            try:
                look(folder)
            except ValueError as error:
                yield ("mqtt", field), str(error)
    if doors.inbox is not None:
        place = folder / doors.inbox.folder
        if place.exists() and not place.is_dir():
            yield ("inbox", "folder"), f"{place} is no folder: name one, it is made if it is not there"
        try:
            read_form(place / COLUMNS_FILE)
        except ValueError as error:
            yield ("inbox", "folder"), str(error)
