"""A file that holds a secret, alone or in TOML: what is wrong with it is said without what it holds."""

import os
import re
import stat
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import Any

from pydantic import ValidationError

_SECRET_BYTES = 65_536
_LINE = re.compile(r"line \d+")
_WORD = re.compile(r"[a-z]{1,12}(_[a-z]{1,12})?")


class SecurityRefused(ValueError):
    """The file cannot be used; the message names the field and the cure, and nothing that is secret."""


def refuse_open(file: Path, reason: str) -> None:
    """Refuse a secret that every user of the machine may read. Raises SecurityRefused."""
    try:
        mode = file.stat().st_mode
    except OSError as error:
        raise SecurityRefused(f"{file} cannot be read ({why(error)}): name a file that is there") from None
    if os.name == "posix" and mode & stat.S_IRWXO:
        raise SecurityRefused(f"{file} is open to every user of this machine, and {reason}: `chmod o-rwx {file}`")


def secret_in(file: Path) -> str:
    """The secret in a file, without the end of its line. Raises SecurityRefused."""
    refuse_open(file, "it holds a secret")
    if not file.is_file():
        raise SecurityRefused(f"{file} is no file: name one that holds the secret")
    try:
        with file.open("rb") as stream:
            content = stream.read(_SECRET_BYTES).decode()
    except (OSError, UnicodeDecodeError) as error:
        raise SecurityRefused(f"{file} cannot be read ({why(error)}): name a file of text that this process may read") from None
    if len(content) == _SECRET_BYTES:
        raise SecurityRefused(f"{file} is longer than any secret: name a file that holds the secret alone")
    return content.removesuffix("\n").removesuffix("\r")


def read_toml(file: Path, example: str) -> dict[str, Any]:
    """What the file says. example: a line of such a file. Raises SecurityRefused."""
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SecurityRefused(f"{file} cannot be read ({why(error)}): name a TOML file that this process may read") from None
    except RecursionError:
        raise SecurityRefused(f"{file} is nested too deeply: write lines like {example}") from None
    except tomllib.TOMLDecodeError as error:
        found = _LINE.search(str(error))  # the rest may quote the secret
        where = found[0] if found else "at its end"
        raise SecurityRefused(f"{file} is not TOML ({where}): write lines like {example}") from None
    except ValueError:  # an integer longer than Python reads
        raise SecurityRefused(f"{file} holds a number of too many digits: write lines like {example}") from None


def faults(error: ValidationError, fields: Collection[str]) -> str:
    """What is wrong with the fields of a file, without what they hold."""
    return "; ".join(_fault(fault, fields) for fault in error.errors(include_input=False))


def why(error: Exception) -> str:
    """The reason of an error, without what led to it."""
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or type(error).__name__


def _fault(fault: Any, fields: Collection[str]) -> str:
    field = str(fault["loc"][0]) if fault["loc"] else "it"
    if fault["type"] == "extra_forbidden":
        # what is no plain word, or a long one, may be a password in the wrong place
        named = f" {field}" if _WORD.fullmatch(field) else ""
        return f"unknown field{named}: there are {', '.join(fields)}"
    return f"{field}: {fault['msg'].removeprefix('Value error, ')}"
