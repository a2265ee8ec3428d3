"""`talaia rebuild`: what an API shows, made anew from its topics."""

import asyncio
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from talaia.cli.services import installed
from talaia.cli.trouble import Trouble
from talaia.stream.environment import read
from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.views.rebuild import rebuild as rebuild_view
from talaia.stream.views.store import Rebuilding


def rebuild(name: Annotated[str, typer.Argument(metavar="VIEW", help="The service whose view is to be made anew.")]) -> None:
    """Fill new tables from the topics beside the old ones and show them in one step; the API answers throughout."""
    view, url = installed([name])[name].view()
    shown = make_url(url).render_as_string()
    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            bar = progress.add_task(f"{name}: {shown}", total=1.0)
            built = asyncio.run(rebuild_view(view, url, read(BusSettings), lambda part: progress.update(bar, completed=part)))
    except (Stop, Rebuilding) as why:
        raise Trouble(str(why)) from None
    except SQLAlchemyError as error:
        raise Trouble(
            f"{shown} does not take the view ({type(error).__name__}): correct TALAIA_{name.upper()}_DATABASE_URL"
        ) from None
    rate = built.events / built.seconds
    console.print(
        f"{name}: {built.events:,} events in {built.seconds:.1f} s ({rate:,.0f} a second), shown from now on in {shown}"
    )
    for other in built.others:
        console.print(f"another release left rows in {other}: remove it once nobody shows them")
