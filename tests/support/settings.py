"""Which settings a service has, by the names of their variables: for those who look at what a container is told."""

import re
from importlib import import_module

from pydantic_settings import BaseSettings
from talaia.stream.settings import WorkerSettings

_SECRET = re.compile(r"PASSWORD|TOKEN|SECRET|CREDENTIAL|API_KEY")


def known_settings(service: str) -> frozenset[str]:
    """Every variable that a process of the service takes; `cli`: the command line. A secret may stand in a file too."""
    names = _names(WorkerSettings) | (frozenset() if service == "cli" else _names(_settings(service)))
    return names | {f"{name}_FILE" for name in names}


def looks_secret(variable: str) -> bool:
    """Whether a variable holds a secret by its name; the name of a file is none."""
    return bool(_SECRET.search(variable)) and not variable.endswith("_FILE")


def _settings(service: str) -> type[BaseSettings]:
    """The one settings class of a service."""
    module = import_module(f"talaia.{service}.settings")
    (settings,) = (
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, BaseSettings) and found.__module__ == module.__name__
    )
    return settings


def _names(settings: type[BaseSettings]) -> frozenset[str]:
    prefix = settings.model_config["env_prefix"]
    return frozenset(f"{prefix}{field}".upper() for field in settings.model_fields)
