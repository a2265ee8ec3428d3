"""Where the repository names its services one by one: a new one is entered as `waste` is, under its own name."""

import re
from collections.abc import Iterator
from pathlib import Path

LIKE = "waste"
# a whole word: other services may have names that begin or end so
_WORD = re.compile(rf"(?<![a-zA-Z0-9])(?:{LIKE}|{LIKE.upper()})(?![a-zA-Z0-9])")
_KEY = re.compile(rf"( *)(?:x-)?{_WORD.pattern}[\w.-]*:")
_LIST = re.compile(r"\[[^\[\]]*\]")
_ELEMENT = re.compile(rf"[\w./-]*{_WORD.pattern}[\w./:-]*")
_PORT = re.compile(r"(?<=_PORT:-)\d+")


def entered(root: Path, name: str) -> Iterator[tuple[Path, str]]:
    """Every file that changes, with its new content, by its path from the root of the repository."""
    for file, enter in (
        ("pyproject.toml", _in_tools),
        ("docker-compose.yml", _in_compose),
        *((f"infra/compose/{each}.yml", _in_compose) for each in ("login", "open-kafka", "own-kafka", "postgres")),
        ("infra/monitoring/prometheus.yml", _in_lines),
        ("infra/kubernetes/overlays/small/kustomization.yaml", _in_lines),
        ("infra/kubernetes/overlays/production/kustomization.yaml", _in_lines),
        ("README.md", _in_readme),
    ):
        yield Path(file), enter((root / file).read_text(), name)
    components = (f"components/{each}/{LIKE}" for each in ("ingress", "login", "postgres"))
    for folder in (f"base/{LIKE}", *components, f"overlays/only-{LIKE}"):
        for manifest in sorted((root / "infra/kubernetes" / folder).iterdir()):
            yield Path(_own(manifest.relative_to(root).as_posix(), name)), _own(manifest.read_text(), name)
    # a service that needs nothing but the libraries needs what they need
    yield Path(f"infra/docker/{name}.lock"), (root / "infra/docker/libraries.lock").read_text()


def _in_tools(text: str, name: str) -> str:
    """The search path of mypy, and the containers of the rooms."""
    text = text.replace(f"services/{LIKE}/src:", f"services/{LIKE}/src:services/{name}/src:", 1)
    return text.replace(f'containers = ["talaia.{LIKE}"', f'containers = ["talaia.{LIKE}", "talaia.{name}"', 1)


def _in_compose(text: str, name: str) -> str:
    """Each block of the other service stands a second time, each list with its word has one more, the port is a free one."""
    lines, made = text.splitlines(keepends=True), []
    port = max((int(found) for found in _PORT.findall(text)), default=8079) + 1
    at = 0
    while at < len(lines):
        head = _KEY.match(lines[at])
        if head is None:
            made.append(_LIST.sub(lambda found: _one_more(found[0], name), lines[at]) if "profiles:" in lines[at] else lines[at])
            at += 1
            continue
        end = at + 1
        while end < len(lines) and (not lines[end].strip() or len(lines[end]) - len(lines[end].lstrip()) > len(head[1])):
            end += 1
        block = "".join(lines[at:end])
        made += [block, _PORT.sub(str(port), _own(block, name))]
        at = end
    return "".join(made)


def _in_lines(text: str, name: str) -> str:
    """In a list on one line, each word of the other service has one more behind it; each other line of its stands twice."""
    return "".join(_in_line(line, name) for line in text.splitlines(keepends=True))


def _in_line(line: str, name: str) -> str:
    if line.startswith("#") or not _WORD.search(line):
        return line
    return _ELEMENT.sub(lambda found: f"{found[0]}, {_own(found[0], name)}", line) if "[" in line else line + _own(line, name)


def _own(text: str, name: str) -> str:
    return _WORD.sub(lambda found: name if found[0] == LIKE else name.upper(), text)


def _one_more(listed: str, name: str) -> str:
    words = [word.strip() for word in listed[1:-1].split(",")]
    return f"[{', '.join([*words, name])}]" if LIKE in words else listed


def _in_readme(text: str, name: str) -> str:
    """The last row of the table of services is followed by another one."""
    rows = [row for row in text.splitlines(keepends=True) if re.match(r"\| \[\w+\]\(services/", row)]
    if not rows:
        return text
    own = f"| [{name}](services/{name}/README.md) | what is seen at a place, and when it is a crowd | "
    return text.replace(rows[-1], rows[-1] + own + f"`{name}.sightings.v1` | `{name}.counts.v1` |\n", 1)
