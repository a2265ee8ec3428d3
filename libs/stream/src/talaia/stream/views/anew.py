"""A view made anew because a person asks: by `talaia rebuild VIEW`, or by the role `rebuild` beside its API."""

import asyncio
from collections.abc import Callable

from sqlalchemy import make_url
from sqlalchemy.exc import SQLAlchemyError

from talaia.stream.settings import BusSettings
from talaia.stream.stopping import Stop
from talaia.stream.views.rebuild import rebuild
from talaia.stream.views.store import Rebuilding
from talaia.stream.views.view import View


def rebuild_now(view: View, url: str, settings: BusSettings, advance: Callable[[float], None]) -> str:
    """Build and show; what was done, for people. Raises Stop and BusUnavailable with the cure: what was shown then stays."""
    shown = make_url(url).render_as_string()
    try:
        built = asyncio.run(rebuild(view, url, settings, advance))
    except Rebuilding as why:
        raise Stop(str(why)) from None
    except SQLAlchemyError as error:
        variable = f"TALAIA_{view.name.upper()}_DATABASE_URL"
        raise Stop(f"{shown} does not take the view ({type(error).__name__}): correct {variable}, or free its disk") from None
    rate = built.events / built.seconds
    lines = [
        f"{view.name}: {built.events:,} events in {built.seconds:.1f} s ({rate:,.0f} a second), shown from now on in {shown}"
    ]
    lines += (f"another release left rows in {other}: remove it once nobody shows them" for other in built.others)
    return "\n".join(lines)
