"""What a service may be called: its name stands in packages, topics, settings, users and addresses."""

import keyword
import re
from pathlib import Path

from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.settings import WorkerSettings

_NAME = re.compile(r"[a-z][a-z0-9]{1,15}")
_ROOMS = frozenset({"api", "worker", "model", "decide", "ingest", "view", "notify", "tests"})
_PROFILES = frozenset({"broker", "city", "topics", "operator", "shared"})
"""Of the compose file and of the manifests for Kubernetes."""


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
    """Libraries, modules of the contracts, first words of `TALAIA_*` settings, rooms, profiles."""
    libraries = {folder.name for folder in (root / "libs").iterdir()}
    contracts = {path.stem for path in (root / "libs/contracts/src/talaia/contracts").iterdir()}
    return libraries | contracts | {field.split("_")[0] for field in WorkerSettings.model_fields} | _ROOMS | _PROFILES
