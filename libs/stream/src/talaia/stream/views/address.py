"""The address of a view's database as a setting, a secret because it may hold a password. Loads nothing of a database."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr

_IN_MEMORY = ("sqlite:", "sqlite:/", "sqlite://", "sqlite:///", "sqlite:///:memory:")


def _address(url: SecretStr) -> SecretStr:
    from talaia.stream.views.database import database  # noqa: PLC0415  (a worker knows the setting, and has no database)

    if url.get_secret_value() in _IN_MEMORY:
        raise ValueError("name a file, as sqlite:///FILE: what SQLite keeps in memory is another database for every thread")
    database(url.get_secret_value())
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_address)]
