"""Which settings there are here, what each is, and where that comes from: for people, and never a secret."""

import os
import sys

from pydantic import SecretStr

from talaia.stream.environment import Given, Origin, given, installed, unknown

_HEAD = ("setting", "value", "from", "means")


def every_setting() -> list[Given]:
    """Of everything that is installed here, each once, in order."""
    found = {each.variable: each for kind in installed() for each in given(kind)}
    return [found[name] for name in sorted(found)]


def complaints() -> list[str]:
    """A sentence for each variable of this environment that is wrong."""
    return [*unknown(os.environ, installed()), *(each.wrong for each in every_setting() if each.wrong)]


def table() -> str:
    """Every setting, a line each, under a head."""
    rows = [_HEAD, *((each.variable, _shown(each), str(each.origin), each.meaning) for each in every_setting())]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD) - 1)] + [0]
    return "".join("  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) + "\n" for row in rows)


def tell() -> None:
    """Write all settings to standard output; ends the process with a sentence for each that is wrong."""
    sys.stdout.write(table())
    sys.stdout.flush()
    wrong = complaints()
    if wrong:
        sys.exit("\n".join(wrong))


def _shown(each: Given) -> str:
    if each.wrong:
        return "refused"  # it may be a secret that was put into the wrong variable
    if each.secret and each.origin is not Origin.DEFAULT:
        return "set"
    value = each.value.get_secret_value() if isinstance(each.value, SecretStr) else each.value
    text = "" if value is None else str(value)
    return text if text.isprintable() else ascii(text)[1:-1]
