"""Makes API keys. The file holds only digests; a key itself is printed once.

`python infra/tools/api_keys.py FILE`: one for each role. FILE is what an API's key file setting names.
`python infra/tools/api_keys.py FILE NAME ROLE [--scopes read,act,ingest] [--until 2027-01-31]`: one more. With a name that is
there already it is valid beside the old one: delete the old line once nobody uses it. Running APIs read the file again.
"""

import argparse
import hashlib
import secrets
import sys
import tempfile
from datetime import date
from pathlib import Path

from talaia.contracts.vocabulary import Role
from talaia.web.keys import KeyFile
from talaia.web.refused import Refused


def write(path: Path) -> dict[Role, str]:
    """A fresh key for every role; their digests are in `path`. Raises FileExistsError: keys in use are not thrown away."""
    keys = {role: secrets.token_urlsafe(32) for role in Role}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with path.open("x") as file:
        file.writelines(_line(role, role, key) for role, key in keys.items())
    return keys


def add(path: Path, name: str, role: str, scopes: str = "", until: str = "") -> str:
    """One more key. Raises Refused; then the file is as before."""
    key = secrets.token_urlsafe(32)
    if not name or role not in list(Role):
        raise Refused(f"Give the key a NAME and a ROLE, which is one of {', '.join(Role)}.")
    limits = {"scopes": scopes, "until": until}
    line = _line(name, role, key, *(f"{limit}={value}" for limit, value in limits.items() if value))
    with tempfile.NamedTemporaryFile("w", prefix="the new key ") as alone:
        alone.write(line)
        alone.flush()
        if KeyFile(Path(alone.name)).principal(key, date.min) is None:
            raise Refused(f"{name} is no name for a key: take small letters, digits and - . _")
    KeyFile(path)
    with path.open("a") as file:
        file.write(line)
    return key


def _line(*words: str) -> str:
    name, role, key, *limits = words
    return " ".join([name, role, hashlib.sha256(key.encode()).hexdigest(), *limits]) + "\n"


def main(arguments: list[str]) -> None:
    """Make what is asked for and print it."""
    parser = argparse.ArgumentParser(description="Make API keys; they are printed once.")
    parser.add_argument("file", type=Path)
    parser.add_argument("name", nargs="?")
    parser.add_argument("role", nargs="?", default="")
    parser.add_argument("--scopes", default="", help="what the key is for, with commas: read, act, ingest; without: all")
    parser.add_argument("--until", default="", help="last day on which it is valid, UTC: 2027-01-31")
    asked = parser.parse_args(arguments)
    try:
        if asked.name is None:
            made = {str(role): key for role, key in write(asked.file).items()}
        else:
            made = {asked.name: add(asked.file, asked.name, asked.role, asked.scopes, asked.until)}
    except FileExistsError:
        sys.exit(f"{asked.file} is there already: delete it first if its keys are to end, or name one more key")
    except Refused as why:
        sys.exit(str(why))
    sys.stdout.writelines(f"{name:<12}{key}\n" for name, key in made.items())


if __name__ == "__main__":
    main(sys.argv[1:])
