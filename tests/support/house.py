"""The rules of the house: each takes a tree and gives its violations, one a line, with file and cure.

The same rules run on the repository and on a copy in which a test planted one violation of each.
"""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE_LINES = 250
FUNCTION_LINES = 40
FORBIDDEN_NAMES = frozenset({"utils", "helpers", "common", "base", "manager", "misc"})
WALL = "libs/stream/src/talaia/stream/clock.py"
COMMAND_LINE = "libs/cli/src"
SERVICES = sorted(path.parent.name for path in ROOT.glob("services/*/pyproject.toml"))


def source_folders(root: Path) -> list[Path]:
    """The `src` folder of every distribution."""
    return sorted((*root.glob("libs/*/src"), *root.glob("services/*/src")))


def sources(root: Path) -> Iterator[tuple[str, Path]]:
    """Every module of ours, with its path from the root."""
    for folder in source_folders(root):
        for path in sorted(folder.rglob("*.py")):
            yield path.relative_to(root).as_posix(), path


def long_files(root: Path) -> list[str]:
    """A file holds one idea, in at most 250 lines."""
    lengths = ((name, len(path.read_text().splitlines())) for name, path in sources(root))
    return [f"{name}: {lines} lines, more than {FILE_LINES}: split it" for name, lines in lengths if lines > FILE_LINES]


def long_functions(root: Path) -> list[str]:
    """A function has at most 40 lines, docstring included."""
    found = []
    for name, path in sources(root):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    found.append(f"{name}:{node.lineno}: {node.name} has {lines} lines, more than {FUNCTION_LINES}: split it")
    return found


def forbidden_names(root: Path) -> list[str]:
    """A module is named for its idea."""
    return [
        f"{name}: name it for its idea"
        for name, path in sources(root)
        if FORBIDDEN_NAMES & {path.stem, *path.relative_to(root).parts[:-1]}
    ]


def namespace_inits(root: Path) -> list[str]:
    """`talaia` is an implicit namespace package: an __init__.py would hide every other distribution."""
    return [f"{name}: delete it" for name, _ in sources(root) if name.endswith("/src/talaia/__init__.py")]


def strangers(root: Path) -> list[str]:
    """A service knows topics, and no other service: neither its package nor its distribution."""
    services = {path.parent for path in root.glob("services/*/pyproject.toml")}
    found = []
    for service in services:
        others = "|".join(other.name for other in services - {service})
        named = re.compile(rf"\b(?:talaia[.-]|services/)(?:{others})\b")
        for path in sorted(service.rglob("*")):
            if path.suffix in (".py", ".toml") and (match := named.search(path.read_text())):
                found.append(f"{path.relative_to(root).as_posix()}: {match[0]}: services meet on topics only")
    return sorted(found)


def wall_readers(root: Path) -> list[str]:
    """One file reads the wall's time, whatever comments elsewhere allow themselves."""
    return [line for line in _ruff(root, "--select", "TID251", "--ignore-noqa") if not line.startswith(WALL)]


def printers(root: Path) -> list[str]:
    """Only the command line prints."""
    return [line for line in _ruff(root, "--select", "T20", "--ignore-noqa") if not line.startswith(COMMAND_LINE)]


def lint(root: Path) -> list[str]:
    """Ruff, as the settings say."""
    return _ruff(root)


def types(root: Path, *paths: str) -> list[str]:
    """Mypy, strict as the settings say, of some files or of all."""
    return _lines(root, "mypy", "--config-file", "pyproject.toml", "--no-error-summary", *paths)


def imports(root: Path) -> list[str]:
    """Import-linter: rooms, layers, rings."""
    return _lines(root, "lint-imports", "--no-cache", "--no-logo")


def _ruff(root: Path, *options: str) -> list[str]:
    folders = [folder.relative_to(root).as_posix() for folder in source_folders(root)]
    return _lines(root, "ruff", "check", "--no-cache", "--quiet", "--output-format", "concise", *options, *folders)


def _lines(root: Path, tool: str, *arguments: str) -> list[str]:
    """What a tool says when it finds something; its modules are those of the tree, not of the installation."""
    path = os.pathsep.join(str(folder) for folder in source_folders(root))
    done = subprocess.run(
        [Path(sys.executable).with_name(tool), *arguments],
        cwd=root,
        env={**os.environ, "PYTHONPATH": path, "COLUMNS": "500", "MYPY_CACHE_DIR": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )
    return [] if done.returncode == 0 else (done.stdout + done.stderr).splitlines()
