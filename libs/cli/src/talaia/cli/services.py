"""The services that are installed, found by entry point `talaia.services`."""

from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points

from talaia.cli.trouble import MISTAKE, Trouble
from talaia.stream.service import Service


def installed(names: Sequence[str] = ()) -> dict[str, Service]:
    """The services named, or all, by name. Raises Trouble naming those there are."""
    entries = {entry.name: entry for entry in sorted(entry_points(group="talaia.services"))}
    for name in names:
        if name not in entries:
            raise Trouble(f"there is no service {name}: installed are {', '.join(entries) or 'none'}", MISTAKE)
    return {name: _loaded(entries[name]) for name in names or entries}


def _loaded(entry: EntryPoint) -> Service:
    try:
        service: Service = entry.load()
    except (ImportError, AttributeError) as error:
        raise Trouble(
            f"service {entry.name} is installed but does not load ({error}): install talaia-{entry.name} again"
        ) from None
    return service
