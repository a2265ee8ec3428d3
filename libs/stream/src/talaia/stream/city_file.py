"""A file of a city's folder: TOML, read into a model; all its mistakes are told at once, each with line, field and cure."""

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

_HEAD = re.compile(r"\s*\[+[^\[\],]+\]+\s*(#.*)?$")
_UNKNOWN = "there is no such field: correct its name, or leave it out"

Where = tuple[int | str, ...]
"""Place of a field: `("kind", 0, "cause")` is `kind[0].cause`."""


class Entry(BaseModel):
    """A table of the file. A field that it does not know is a mistake, and so is a number that JSON cannot say."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


File = TypeVar("File", bound=Entry)


def read_city_file(path: Path, kind: type[File], says: str, mistakes: Callable[[File], Iterable[tuple[Where, str]]]) -> File:
    """The file as its model. says: what it is for, where it is missing; mistakes: what no single field can know, with cures.

    Raises ValueError with all mistakes, one a line.
    """
    try:
        text = path.read_text("utf-8")
        content = tomllib.loads(text)
    except FileNotFoundError:
        raise ValueError(f"{path}: there is no such file: {says}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: not TOML: {error}") from None
    except RecursionError:
        raise ValueError(f"{path}: nested too deeply: a city's file has tables of lines, and lists of those") from None
    except ValueError:  # an integer longer than Python reads
        raise ValueError(f"{path}: a number has too many digits: none that counts has more than 20") from None
    try:
        file = kind.model_validate(content)
    except ValidationError as error:
        found = [(each["loc"], _said(each)) for each in error.errors()]
    else:
        found = list(mistakes(file))
    if found:
        raise ValueError("\n".join(f"{path}{_line(text, where)}: {field(where)}: {what}" for where, what in found))
    return file


def _said(error: ErrorDetails) -> str:
    """What pydantic says of a field, in our words where its own name no cure."""
    return _UNKNOWN if error["type"] == "extra_forbidden" else error["msg"].removeprefix("Value error, ")


def field(where: Where) -> str:
    """A place as people write it."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where).lstrip(".") or "file"


def _line(text: str, where: Where) -> str:
    """The line of a field; where it has none of its own, that where its innermost table begins, if that has one."""
    rows, told, name = text.splitlines(), "", ""
    first, last = 0, len(rows)
    for part, following in zip(where, (*where[1:], 0), strict=True):
        if isinstance(part, int):
            continue
        name = f"{name}.{part}".lstrip(".")
        number = following if isinstance(following, int) else 0
        heads = [n for n in range(first, last) if re.match(rf"\s*\[+\s*{re.escape(name)}\s*\]", rows[n])]
        if number >= len(heads):
            return next(
                (f", line {n + 1}" for n in _own(rows, first, last) if re.match(rf"\s*{re.escape(part)}\s*=", rows[n])), told
            )
        first, last = heads[number], heads[number + 1] if number + 1 < len(heads) else last
        told = f", line {first + 1}"
    return told


def _own(rows: list[str], first: int, last: int) -> Iterator[int]:
    """Rows of the table that begins at `first`, or of the file's top, without those of tables in it."""
    begins = first + 1 if _HEAD.match(rows[first]) else first
    return takewhile(lambda n: not _HEAD.match(rows[n]), range(begins, last))
