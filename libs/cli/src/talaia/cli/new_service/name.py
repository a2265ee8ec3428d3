"""What a service may be called: its name stands in packages, topics, settings, users and addresses."""

import keyword
import re
from collections.abc import Iterator
from pathlib import Path

from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.settings import WorkerSettings

_NAME = re.compile(r"[a-z][a-z0-9]{1,15}")
_ROOMS = frozenset({"api", "worker", "model", "decide", "ingest", "view", "notify", "tests"})
_WORD = re.compile(r"[a-z0-9]+")


def checked(name: str, root: Path) -> str:
    """The name, if it is one. Raises Trouble."""
    if not _NAME.fullmatch(name) or keyword.iskeyword(name):
        raise Trouble(
            f"{name!r} cannot be the name of a service: it names a Python package and its topics, so take 2 to 16 small letters "
            "and digits, a letter first, and no word of Python's",
            MISTAKE,
        )
    if (root / "services" / name).exists():
        raise Trouble(f"there is a service {name} already, in {root / 'services' / name}: choose another name", MISTAKE)
    if name in _reserved(root):
        raise Trouble(f"{name} is reserved, a part of Talaia has this name: choose another one", MISTAKE)
    return name


def _reserved(root: Path) -> set[str]:
    """Libraries, modules of the contracts, first words of `TALAIA_*` settings, rooms, and what deployments are made of."""
    libraries = {folder.name for folder in (root / "libs").iterdir()}
    contracts = {path.stem for path in (root / "libs/contracts/src/talaia/contracts").iterdir()}
    settings = {field.split("_")[0] for field in WorkerSettings.model_fields}
    return libraries | contracts | settings | _ROOMS | {"talaia", *_deployed(root)}


def _deployed(root: Path) -> Iterator[str]:
    """Each word of a name in the compose file (services, profiles, networks, volumes, secrets) and of a folder of manifests."""
    section = ""
    for line in (root / "docker-compose.yml").read_text().splitlines():
        key = re.match(r"( *)([\w.-]+):", line)
        if key and not key[1]:
            section = key[2]
        elif key and len(key[1]) == 2 and not section.startswith("x-"):
            yield from _WORD.findall(key[2])
        elif key and key[2] == "profiles":
            yield from _WORD.findall(line.partition(":")[2])
    for folder in (root / "infra/kubernetes").rglob("*/"):
        yield from _WORD.findall(folder.name)
