"""`python -m talaia.<service> worker|api|settings`: the processes of a service, each loading what it needs alone."""

import sys
from collections.abc import Callable

from talaia.stream.origins import tell
from talaia.stream.processor import Processor
from talaia.stream.settings import WorkerSettings, from_environment


def run(service: str, *, worker: Callable[[], Processor], api: Callable[[], None]) -> None:
    """Be the role that the command line names, until told to stop; or show all settings and where each comes from.

    worker: gives the processor. api: serves the API.
    """
    match sys.argv[1:]:
        case ["worker"]:
            from talaia.stream.worker import run_worker  # noqa: PLC0415  (an API does without Faust)

            run_worker(worker(), from_environment(WorkerSettings))
        case ["api"]:
            api()
        case ["settings"]:
            tell()
        case _:
            sys.exit(f"usage: python -m talaia.{service} worker|api|settings")
