"""`talaia rebuild`: what an API shows, made anew from its topics."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from talaia.cli.plain import plain_console
from talaia.cli.services import installed
from talaia.cli.status.whereabouts import Var, bus_of
from talaia.cli.up.installation import running_in
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings
from talaia.stream.views.anew import rebuild_now


def rebuild(
    name: Annotated[str, typer.Argument(metavar="VIEW", help="The service whose view is to be made anew.")],
    var: Var = Path("var/up"),
) -> None:
    """Fill new tables from the topics beside the old ones and show them in one step; the API answers throughout.

    The view is the one of the API that `talaia up` runs in this folder; else it stands where TALAIA_<SERVICE>_DATABASE_URL
    says. Where this command does not reach it, run the role `rebuild` beside the API: `python -m talaia.<service> rebuild`.
    """
    view, url = installed([name])[name].view()
    settings, found = bus_of(read(BusSettings), running_in(var))
    url = found.views.get(name, url) if found else url
    console = plain_console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(name, total=1.0)
        done = rebuild_now(view, url, settings, lambda part: progress.update(bar, completed=part))
    console.print(done)
