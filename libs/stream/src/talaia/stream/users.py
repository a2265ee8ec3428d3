"""Who may come to the bus at all: a user of Kafka (SCRAM-SHA-512) for each role.

Its password stands in the file that the role's process is given as `TALAIA_KAFKA_FILE`, so that there is one place
to change it: the file, then Kafka by `apply`, then the process starts again.
"""

import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from kafka.admin import UserScramCredentialUpsertion

from talaia.stream.connection import accepted, administrator, kafka_file_of
from talaia.stream.kafka_file import SYSTEM, KafkaFile, read_kafka_file
from talaia.stream.private_file import SecurityRefused
from talaia.stream.settings import BusSettings
from talaia.stream.unavailable import BusLacks

MECHANISM = "SCRAM-SHA-512"
_PASSWORD_BYTES = 32
_PATIENCE_S = 30.0
_LOOK_EVERY_S = 0.1


class Applied(NamedTuple):
    """Files made, and users that got a new password."""

    made: tuple[Path, ...]
    changed: tuple[str, ...]


def file_of(folder: Path, user: str) -> Path:
    """Where a user's password stands."""
    return folder / f"{user}.toml"


def write_missing(folder: Path, users: Iterable[str], ca_file: str = "") -> tuple[Path, ...]:
    """A new password for each user that has no file; which were made. ca_file: for TLS, as the Kafka file wants it.

    Nobody but this process's user may read them; what is there is not touched. Raises OSError.
    """
    made = []
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for user in users:
        file = file_of(folder, user)
        if file.exists():
            continue
        lines = {"user": user, "password": secrets.token_urlsafe(_PASSWORD_BYTES)} | ({"ca_file": ca_file} if ca_file else {})
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as out:
            out.writelines(f"{name} = {json.dumps(word, ensure_ascii=False)}\n" for name, word in lines.items())
        made.append(file)
    return tuple(made)


def settings_of(settings: BusSettings, folder: Path, users: Iterable[str]) -> dict[str, BusSettings]:
    """How each user comes to the same brokers."""
    return {user: settings.model_copy(update={"kafka_file": file_of(folder, user)}) for user in users}


def apply(settings: BusSettings, folder: Path, users: Iterable[str]) -> Applied:
    """Make files that are missing, and let Kafka take what all files say; every user gets in when this returns.

    Raises SecurityRefused for a file that cannot be used, BusUnavailable, BusLacks when Kafka refuses, OSError.
    """
    users = tuple(users)
    made = write_missing(folder, users, _ca_file(settings, folder))
    known = {user: _read(file_of(folder, user), user) for user in users}
    coming = settings_of(settings, folder, users)
    new = tuple(user for user in users if not accepted(coming[user]))
    if new:
        _let_in(settings, {user: known[user].password.get_secret_value() for user in new})
        _wait_until_accepted({user: coming[user] for user in new})
    return Applied(made, new)


def _read(file: Path, user: str) -> KafkaFile:
    """Raises SecurityRefused."""
    said = read_kafka_file(file)
    if said.user != user:
        raise SecurityRefused(f"{file} is the file of user {user}, and names another: correct user, or move the file")
    if said.mechanism != MECHANISM:
        raise SecurityRefused(f"{file}: passwords are given to Kafka for {MECHANISM} alone: correct mechanism")
    return said


def _ca_file(settings: BusSettings, folder: Path) -> str:
    """What the users' files must say so that they come over TLS as this process does."""
    mine = kafka_file_of(settings).ca_file
    return mine if mine in ("", SYSTEM) else Path(os.path.relpath(mine, folder)).as_posix()


def _let_in(settings: BusSettings, passwords: Mapping[str, str]) -> None:
    with administrator(settings) as admin:
        asked = [UserScramCredentialUpsertion(user, MECHANISM, password) for user, password in passwords.items()]
        answers = admin.alter_user_scram_credentials(asked)
    refused = [f"{user} ({answers.get(user, 'no answer')})" for user in passwords if answers.get(user, "no answer") is not None]
    if refused:
        raise BusLacks(f"Kafka does not take the password of user {', '.join(refused)}: come as a super user of the brokers")


def _wait_until_accepted(coming: Mapping[str, BusSettings]) -> None:
    """A controller's word reaches the brokers a moment later, and an error may be told as none."""
    until_done = time.monotonic() + _PATIENCE_S
    for user, settings in coming.items():
        while not accepted(settings):
            if time.monotonic() > until_done:
                raise BusLacks(
                    f"{_PATIENCE_S:.0f} s later Kafka does not let user {user} in by its new password: look at its controller"
                )
            time.sleep(_LOOK_EVERY_S)
