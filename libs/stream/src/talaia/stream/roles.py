"""`python -m talaia.<service> worker|api|rebuild|settings`: the processes of a service, each loading what it needs alone."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.stream.origins import tell
from talaia.stream.processor import Processor
from talaia.stream.settings import BusSettings, WorkerSettings, from_environment
from talaia.stream.stopping import Stop
from talaia.stream.unavailable import BusUnavailable

if TYPE_CHECKING:  # a worker has no database
    from talaia.stream.views.view import View

Shown = Callable[[], tuple["View", str]]
"""Gives a view, and the address of the database where it stands by this process's environment."""

Verbs = Mapping[str, Callable[[Path], None]]
"""What a service does with a city's folder besides, by the word for it."""


def run(
    service: str, *, worker: Callable[[], Processor], api: Callable[[], None], view: Shown, city: Verbs | None = None
) -> None:
    """Be the role that the command line names, until told to stop; or show all settings and where each comes from.

    worker: gives the processor. api: serves the API. view: what it shows, which `rebuild` makes anew beside it.
    """
    verbs = city or {}
    match sys.argv[1:]:
        case ["worker"]:
            from talaia.stream.worker import run_worker  # noqa: PLC0415  (an API does without Faust)

            run_worker(worker(), from_environment(WorkerSettings))
        case ["api"]:
            api()
        case ["rebuild"]:
            _rebuild(view)
        case ["settings"]:
            tell()
        case [verb, folder] if verb in verbs:
            verbs[verb](Path(folder))
        case _:
            more = "".join(f"|{verb} CITY" for verb in verbs)
            sys.exit(f"usage: python -m talaia.{service} worker|api|rebuild|settings{more}")


def _rebuild(view: Shown) -> None:
    from talaia.stream.views.anew import rebuild_now  # noqa: PLC0415  (a worker has no database)

    try:
        sys.stdout.write(rebuild_now(*view(), from_environment(BusSettings), lambda _: None) + "\n")
    except (Stop, BusUnavailable) as why:
        sys.exit(str(why))
