"""What a container is told, beside the settings that its process has."""

import re
from collections.abc import Iterable, Iterator, Mapping

from talaia.stream.environment import PREFIX, installed, unknown
from talaia.stream.environment import variable as variable_of
from talaia.stream.settings import WorkerSettings
from talaia.web.settings import ApiSettings

MOST_SETTINGS = 12
"""Of worker and API of a service together: what a person who runs it can keep in mind."""

_SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|CREDENTIAL|API_KEY")
_LOGIN = re.compile(r"//[^/@\s]*:[^/@\s]*@")


def not_settings(service: str, variables: Iterable[str]) -> list[str]:
    """A sentence for each variable that a process of the service refuses; `cli`: the command line."""
    prefixes = {PREFIX, f"{PREFIX}{service}_".upper()}
    return unknown(variables, {kind for kind in installed() if kind.model_config.get("env_prefix") in prefixes})


def open_secrets(variables: Mapping[str, str]) -> Iterator[str]:
    """A sentence for each variable that holds a secret by its name or its value; the name of a file holds none."""
    for variable, value in variables.items():
        if (_SECRET.search(variable) and not variable.endswith("_FILE")) or _LOGIN.search(str(value)):
            yield f"{variable} holds a secret, which belongs into a file"


def kinds_of_services() -> list[type[ApiSettings]]:
    """The settings class of each service that is installed here."""
    return [kind for kind in installed() if issubclass(kind, ApiSettings)]


def variables_of(kind: type[ApiSettings]) -> list[str]:
    """Everything that worker and API of a service can be told."""
    return sorted({variable_of(each, field) for each in (WorkerSettings, kind) for field in each.model_fields})
