"""The files of a new service, rendered by Jinja from `infra/templates/service`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATE = Path("infra/templates/service")
_SUFFIX = ".j2"
_OURS = re.compile(r"(?:^ *from talaia\.\S+ import .*\n)+", re.MULTILINE)


def rendered(root: Path, words: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    """Every file with its content, by its path from the root of the repository; paths are templates too."""
    environment = Environment(
        loader=FileSystemLoader(root / TEMPLATE),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        autoescape=False,  # noqa: S701  (no page is made of it)
    )
    for name in sorted(environment.list_templates(extensions=[_SUFFIX.removeprefix(".")])):
        path = Path(environment.from_string(name.removesuffix(_SUFFIX)).render(words))
        text = environment.get_template(name).render(words)
        yield path, _OURS.sub(_sorted, text) if path.suffix == ".py" else text


def _sorted(imports: re.Match[str]) -> str:
    """Where the name of the service stands in the order of imports depends on the name."""
    return "".join(sorted(imports[0].splitlines(keepends=True), key=lambda line: line.split()[1]))
