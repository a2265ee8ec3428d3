"""API keys: a file with a line each, `name role sha256-of-the-key`, then what limits it: `scopes=read,act until=2027-01-31`.

Two lines may have one name: so a key is replaced while both are valid. The file is read again when it has changed.
"""

import hashlib
import hmac
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from talaia.contracts.vocabulary import Role
from talaia.web.principal import EVERYTHING, Principal, Scope
from talaia.web.refused import Refused

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,59}")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_LIMITS = {"scopes", "until"}
_NO_KEY = hashlib.sha256(b"").hexdigest()
_FORM = (
    f"is not `name role sha256 [scopes=...] [until=YYYY-MM-DD]`: roles are {', '.join(Role)}; "
    f"sha256 is 64 hex digits; scopes are {', '.join(Scope)}"
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Key:
    """One line. until: the last day on which it is valid, UTC; None: no end."""

    digest: str
    principal: Principal
    until: date | None


class KeyFile:
    """The keys of a file, as it stands. Raises Refused at first; later a file that cannot be used changes nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = _stamp(path)
        self._keys = _read(path)

    def principal(self, offered: str, today: date) -> Principal | None:
        """Whose key it is; None when it is nobody's, or no longer valid. today: UTC."""
        self._follow()
        digest = hashlib.sha256(offered.encode("utf-8", "replace")).hexdigest()
        found = None
        for key in self._keys:  # all of them: the time taken tells nothing
            if hmac.compare_digest(key.digest, digest):
                found = key
        return None if found is None or (found.until is not None and today > found.until) else found.principal

    def _follow(self) -> None:
        stamp = _stamp(self._path)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._keys = _read(self._path)
        except Refused as why:
            _log.error("the key file has changed, but the keys of before stay valid: %s", why)
        else:
            _log.info("the key file has changed: it holds %d keys", len(self._keys))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    """Another one when the file was written or replaced; None when it is not there."""
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino


def _read(path: Path) -> tuple[Key, ...]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"The key file {path} cannot be read ({type(error).__name__}): create it or correct its path.") from None
    return tuple(_keys(path, lines))


def _keys(path: Path, lines: list[str]) -> Iterator[Key]:
    known: dict[str, int] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        try:
            key = _key(line.split())
        except ValueError:
            raise Refused(f"{path}:{number} {_FORM}.") from None
        if key.digest == _NO_KEY:
            raise Refused(f"{path}:{number} has the sha256 of an empty key, which everybody knows: make a key first.")
        if known.setdefault(key.digest, number) != number:
            raise Refused(f"{path}:{number} has the key of line {known[key.digest]}: each line needs a key of its own.")
        yield key


def _key(words: list[str]) -> Key:
    """A line of the file. Raises ValueError."""
    name, role, digest, *limits = words
    given = dict(limit.split("=", 1) for limit in limits)
    if not _NAME.fullmatch(name) or not _DIGEST.fullmatch(digest) or len(given) != len(limits) or given.keys() - _LIMITS:
        raise ValueError
    scopes = frozenset(map(Scope, given["scopes"].split(","))) if "scopes" in given else EVERYTHING
    until = date.fromisoformat(given["until"]) if "until" in given else None
    return Key(digest, Principal(name, Role(role), scopes), until)
