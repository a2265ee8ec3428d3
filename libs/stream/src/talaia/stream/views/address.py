"""The address of a view's database as a setting, a secret because it may hold a password. Loads nothing of a database."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr


def _address(url: SecretStr) -> SecretStr:
    from talaia.stream.views.database import database  # noqa: PLC0415  (a worker knows the setting, and has no database)

    database(url.get_secret_value())
    return url


DatabaseUrl = Annotated[SecretStr, AfterValidator(_address)]
