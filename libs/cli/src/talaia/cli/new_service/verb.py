"""`talaia new-service NAME`: everything a new service needs, in one step; nothing that is there is written over."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from talaia.cli.new_service.entries import entered
from talaia.cli.new_service.name import checked
from talaia.cli.new_service.template import TEMPLATE, rendered
from talaia.cli.plain import plain_console
from talaia.cli.trouble import MISTAKE, Trouble

_GENERATED = "infra/tools/generated.py"


def new_service(
    name: Annotated[str, typer.Argument(help="Its name: small letters and digits.")],
    into: Annotated[Path, typer.Option(help="The checkout of Talaia that it is made in.")] = Path(),
) -> None:
    """Make a service with all its rooms, contracts, tests and entries: a small one that works, to be replaced by yours."""
    if not (into / TEMPLATE).is_dir():
        raise Trouble(f"{into.resolve()} is no checkout of Talaia, it has no {TEMPLATE}: name one with --into", MISTAKE)
    checked(name, into)
    files = list(rendered(into, _words(name, into)))
    there = [path for path, _ in files if (into / path).exists()]
    if there:
        raise Trouble(f"{', '.join(map(str, there))}: there already, and not written over: move it away, or choose another name")
    for path, text in [*files, *entered(into, name)]:
        (into / path).parent.mkdir(parents=True, exist_ok=True)
        (into / path).write_text(text)
    _generate(into)
    _tell(name, len(files))


def _words(name: str, root: Path) -> dict[str, str]:
    """What the template is filled with: the name three ways, the release, and a port that no other service has."""
    settings = "".join(path.read_text() for path in root.glob("services/*/src/talaia/*/settings.py"))
    port = max((int(found) for found in re.findall(r"port: Port = (\d+)", settings)), default=8000) + 1
    release = re.search(r'^version = "(.*)"', (root / "pyproject.toml").read_text(), re.MULTILINE)
    assert release is not None
    return {"name": name, "Name": name.capitalize(), "NAME": name.upper(), "version": release[1], "port": str(port)}


def _generate(root: Path) -> None:
    """Make what is made from the catalogue, of which the new topics are a part now. Raises Trouble."""
    sources = os.pathsep.join(str(path.resolve()) for path in (*root.glob("libs/*/src"), *root.glob("services/*/src")))
    command = [sys.executable, _GENERATED]
    done = subprocess.run(
        command, cwd=root, env={**os.environ, "PYTHONPATH": sources}, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        last = done.stderr.strip().splitlines()[-1:] or ["it gave no reason"]
        raise Trouble(f"the service is made, its schemas are not ({last[0]}): run `make schemas`")


def _tell(name: str, count: int) -> None:
    console = plain_console(soft_wrap=True)
    console.print(f"{name}: {count} files; entered in pyproject.toml, docker-compose.yml, README.md and infra/docker/{name}.lock")
    console.print("next:")
    console.print("  make setup test-fast                   # it is installed; its tests and every rule of the house pass")
    console.print(f"  .venv/bin/talaia up {name}             # it runs, with a broker; the address of its API is shown")
    console.print(f"  services/{name}/README.md              # what it does, and which room yours goes into")
    console.print("  docs/tutorials/new-service.md          # step by step")
