"""What a process is told by its environment: every `TALAIA_*` variable is a setting, fits it, and is told only once.

One environment may serve several processes. Each distribution names its settings class as entry point `talaia.settings`, so
that a process knows all settings that are installed beside it; of a service that is not installed but stands in the
catalogue, it leaves every variable to that service.
A secret, a field of type SecretStr, may stand in a file instead, which `<VARIABLE>_FILE` names. Other words by which people
look for a setting stand in its field's `json_schema_extra`, as `also`: they are no settings, and lead to it.
"""

import difflib
import functools
import os
import re
from collections.abc import Iterable, Mapping
from enum import StrEnum
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, get_args

from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from talaia.contracts.catalogue import TOPICS
from talaia.stream.private_file import SecurityRefused, secret_in

PREFIX = "TALAIA_"
Kind = TypeVar("Kind", bound=BaseSettings)

_OF_COMPOSE = frozenset({"TALAIA_RELEASE", "TALAIA_REGISTRY"})
"""Read by the compose file, by no process."""
_FILE = "_FILE"
_LIKE = 0.6
_OF_KUBERNETES = re.compile(r"_SERVICE_(HOST|PORT\w*)|_PORT_\d+_(TCP|UDP)\w*")
_CURES = {
    "enum": "give {expected}",
    "greater_than_equal": "give at least {ge}",
    "int_parsing": "give a whole number",
    "less_than_equal": "give at most {le}",
    "missing": "give it a value",
    "string_pattern_mismatch": "give what matches {pattern}",
    "string_too_long": "give at most {max_length} letters",
}
"""By pydantic's kind of error, with its words."""


class SettingsRefused(ValueError):
    """A variable is unknown or does not fit; the message names it and the cure, and never what it holds."""


class Origin(StrEnum):
    """Where a value comes from."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"
    FILE = "file"


class Given(NamedTuple):
    """What one setting is given. wrong: why it is refused, a sentence; then the value is not fit to be used or shown."""

    variable: str
    value: Any
    origin: Origin
    secret: bool
    meaning: str
    wrong: str = ""


def read(kind: type[Kind]) -> Kind:
    """The settings of this process. Raises SettingsRefused with a sentence for each variable that is wrong."""
    wrong = [*unknown(os.environ, installed() | {kind}), *(each.wrong for each in given(kind) if each.wrong)]
    if wrong:
        raise SettingsRefused("; ".join(wrong))
    return kind(**_from_files(_look(kind)))


@functools.cache
def installed() -> frozenset[type[BaseSettings]]:
    """The settings classes of everything that is installed here."""
    return frozenset(entry.load() for entry in entry_points(group="talaia.settings"))


def variable(kind: type[BaseSettings], field: str) -> str:
    """The variable of a setting."""
    return _prefix(kind) + field.upper()


def unknown(variables: Iterable[str], kinds: Iterable[type[BaseSettings]]) -> list[str]:
    """A sentence for each of these variables that no setting of these kinds has, with the name that was probably meant."""
    kinds = frozenset(kinds)
    known = {name for kind in kinds for name in _words(kind).values()} | _OF_COMPOSE
    others = tuple({f"{PREFIX}{topic.owner}_".upper() for topic in TOPICS} - {_prefix(kind) for kind in kinds})
    names = sorted(name for name in variables if name.upper().startswith(PREFIX))
    return [_unknown(name, kinds) for name in names if name.upper() not in known and not name.upper().startswith(others)]


def given(kind: type[BaseSettings]) -> list[Given]:
    """What the environment gives each setting of a kind."""
    found = _look(kind)
    refused = {field: kind.model_fields[field].default for field, each in found.items() if each.wrong}
    try:
        kind(**_from_files(found) | refused)
    except ValidationError as error:
        for fault in error.errors(include_input=False):
            # what is wrong with several together is told with the first
            field, named = (str(fault["loc"][0]), True) if fault["loc"] else (next(iter(found)), False)
            if not found[field].wrong:
                found[field] = found[field]._replace(wrong=f"{found[field].variable}: " * named + _cure(fault))
    return list(found.values())


def _prefix(kind: type[BaseSettings]) -> str:
    return kind.model_config.get("env_prefix", "").upper()


def _words(kind: type[BaseSettings]) -> dict[str, str]:
    """The variable of each setting and of its file, by itself and by other words for it."""
    words: dict[str, str] = {}
    for field, info in kind.model_fields.items():
        name = variable(kind, field)
        words |= {variable(kind, word): name for word in _also(info)}
        words |= {each: each for each in ([name, name + _FILE] if _is_secret(info) else [name])}
    return words


def _also(info: FieldInfo) -> list[str]:
    extra = info.json_schema_extra
    words = extra.get("also") if isinstance(extra, dict) else None
    return [str(word) for word in words] if isinstance(words, list) else []


def _is_secret(info: FieldInfo) -> bool:
    return SecretStr in (info.annotation, *get_args(info.annotation))


def _unknown(name: str, kinds: Iterable[type[BaseSettings]]) -> str:
    shown = ascii(name)[1:-1]
    if _OF_KUBERNETES.search(name.upper()):
        return f"{shown} is no setting: Kubernetes gives it to pods beside a Service of that name; say enableServiceLinks: false"
    meant = _meant(name.upper(), kinds)
    return f"{shown} is no setting; " + (f"did you mean {meant}?" if meant else "unset it")


def _meant(name: str, kinds: Iterable[type[BaseSettings]]) -> str:
    """The nearest setting, if one is near. A name that begins as a service's do is compared with its settings and the bus's."""
    prefix = max((_prefix(kind) for kind in kinds if name.startswith(_prefix(kind))), key=len, default=PREFIX)
    near = sorted((kind for kind in kinds if prefix == PREFIX or _prefix(kind) in (PREFIX, prefix)), key=_prefix)
    words = {word: setting for kind in near for word, setting in _words(kind).items()} | {each: each for each in _OF_COMPOSE}
    rests = {word.removeprefix(prefix).removeprefix(PREFIX): setting for word, setting in words.items()}
    like = difflib.get_close_matches(name.removeprefix(prefix), rests, 1, _LIKE)
    return rests[like[0]] if like else ""


def _look(kind: type[BaseSettings]) -> dict[str, Given]:
    return {field: _given(kind, field) for field in kind.model_fields}


def _given(kind: type[BaseSettings], field: str) -> Given:
    info, name, told = kind.model_fields[field], variable(kind, field), _told()
    secret, meaning = _is_secret(info), info.description or ""
    if name in told:
        wrong = _unfit(name, told[name], info)
        if secret and name + _FILE in told:
            wrong = f"{name} and {name}{_FILE} are both set: unset one of them"
        return Given(name, told[name], Origin.ENVIRONMENT, secret, meaning, wrong)
    if secret and name + _FILE in told:
        try:
            content = secret_in(Path(told[name + _FILE]))
        except SecurityRefused as why:
            return Given(name, None, Origin.FILE, secret, meaning, f"{name}{_FILE}: {why}")
        return Given(name, content, Origin.FILE, secret, meaning, _unfit(name + _FILE, content, info))
    return Given(name, info.default, Origin.DEFAULT, secret, meaning)


def _told() -> dict[str, str]:
    return {name.upper(): value for name, value in os.environ.items() if name.upper().startswith(PREFIX)}


def _unfit(name: str, value: str, info: FieldInfo) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{name} is no text: give it in UTF-8"
    if not value.strip() and info.default != value:
        return f"{name} is empty: give it a value, or unset it"
    return f"{name} has blanks before or after its value: take them away" if value.strip() != value else ""


def _cure(fault: Any) -> str:
    if fault["type"] == "value_error":
        return str(fault["ctx"]["error"])
    return _CURES[fault["type"]].format_map(fault.get("ctx", {})) if fault["type"] in _CURES else str(fault["msg"])


def _from_files(found: Mapping[str, Given]) -> dict[str, Any]:
    """What stands in files, by field."""
    return {field: each.value for field, each in found.items() if each.origin is Origin.FILE and not each.wrong}
