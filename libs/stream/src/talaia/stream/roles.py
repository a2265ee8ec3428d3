"""`python -m talaia.<service> worker|api|rebuild|settings`: the processes of a service, each loading what it needs alone."""

import sys
from collections.abc import Callable, Mapping
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

Verbs = Mapping[str, Callable[..., None]]
"""What a service does besides, by how it is called: the word for it, and a word for each thing that it is given."""


def run(
    service: str, *, worker: Callable[[], Processor], api: Callable[[], None], view: Shown, besides: Verbs | None = None
) -> None:
    """Be the role that the command line names, until told to stop; or show all settings and where each comes from.

    worker: gives the processor. api: serves the API. view: what it shows, which `rebuild` makes anew beside it.
    """
    verbs = besides or {}
    said = next((call for call in verbs if _is_said(call, sys.argv[1:])), None)
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
        case [_, *things] if said is not None:
            verbs[said](*things)
        case ["--help" | "-h"]:
            sys.stdout.write(_help(service, verbs))
        case _:
            more = "".join(f"|{call}" for call in verbs)
            sys.exit(f"usage: python -m talaia.{service} worker|api|rebuild|settings{more}")


def _is_said(call: str, words: list[str]) -> bool:
    """Words in capitals stand for what is given."""
    named = call.split()
    return len(words) == len(named) and all(name in (word, name.upper()) for name, word in zip(named, words, strict=True))


def _help(service: str, verbs: Verbs) -> str:
    """Every word with what it does."""
    does = {
        "worker": "Do the work of the service.",
        "api": "Serve its API.",
        "rebuild": "Make the tables of its API anew, beside the old ones.",
        "settings": "Show every setting, its value, where that comes from.",
    } | {call: (verb.__doc__ or "").partition("\n")[0] for call, verb in verbs.items()}
    wide = max(map(len, does))
    return f"python -m talaia.{service} WORD, one of\n" + "".join(f"  {call:{wide}}  {what}\n" for call, what in does.items())


def _rebuild(view: Shown) -> None:
    from talaia.stream.views.anew import rebuild_now  # noqa: PLC0415  (a worker has no database)

    try:
        sys.stdout.write(rebuild_now(*view(), from_environment(BusSettings), lambda _: None) + "\n")
    except (Stop, BusUnavailable) as why:
        sys.exit(str(why))
