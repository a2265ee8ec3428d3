"""`python -m talaia.alerts worker|api|settings`: one process of the service, or what it is told."""

import sys
from typing import NoReturn


def worker() -> NoReturn:
    """Run the worker until it is told to stop."""
    from talaia.alerts.worker.stream import AlertsProcessor  # noqa: PLC0415
    from talaia.stream.settings import WorkerSettings, from_environment  # noqa: PLC0415
    from talaia.stream.worker import run_worker  # noqa: PLC0415

    run_worker(AlertsProcessor(), from_environment(WorkerSettings))


def api() -> None:
    """Serve the API until it is told to stop."""
    from talaia.alerts.api.app import run  # noqa: PLC0415
    from talaia.alerts.settings import AlertsSettings  # noqa: PLC0415
    from talaia.stream.settings import BusSettings, from_environment  # noqa: PLC0415
    from talaia.web.refused import Refused  # noqa: PLC0415

    try:
        run(from_environment(AlertsSettings), from_environment(BusSettings))
    except Refused as why:
        sys.exit(str(why))


def settings() -> None:
    """Show every setting, its value and where that comes from."""
    from talaia.stream.origins import tell  # noqa: PLC0415

    tell()


ROLES = {"worker": worker, "api": api, "settings": settings}


def main(arguments: list[str]) -> None:
    """Run the role that is named."""
    role = ROLES.get(arguments[0]) if len(arguments) == 1 else None
    if role is None:
        sys.exit(f"usage: python -m talaia.alerts {'|'.join(ROLES)}")
    role()


if __name__ == "__main__":
    main(sys.argv[1:])
