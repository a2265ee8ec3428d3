"""`python -m talaia.alerts worker|api|rebuild|settings`: one process of the service, its view anew, what it is told.

`check CITY` says what is wrong in a city's register. The same as `talaia-alerts`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.stream.processor import Processor
from talaia.stream.roles import run

if TYPE_CHECKING:  # a worker has no database
    from talaia.stream.views.view import View


def worker() -> Processor:
    """What the worker does."""
    from talaia.alerts.worker.stream import AlertsProcessor  # noqa: PLC0415  (an API does without)

    return AlertsProcessor()


def api() -> None:
    """Serve the API until it is told to stop."""
    from talaia.alerts.api.app import make_app  # noqa: PLC0415  (a worker does without)
    from talaia.alerts.settings import AlertsSettings  # noqa: PLC0415
    from talaia.web.process import run_api  # noqa: PLC0415

    run_api("alerts", AlertsSettings, make_app)


def view() -> tuple["View", str]:
    """What the API shows, and where that stands."""
    from talaia.alerts.service import SERVICE  # noqa: PLC0415  (worker and API do without)

    return SERVICE.view()


def check(city: str) -> None:
    """Say what is wrong in a city's register of alarms, or that nothing is."""
    from talaia.alerts.ingest.check import summary  # noqa: PLC0415

    try:
        sys.stdout.write(summary(Path(city)) + "\n")
    except ValueError as wrong:
        sys.exit(str(wrong))


def main() -> None:
    """The one door of the command line."""
    run("alerts", worker=worker, api=api, view=view, besides={"check CITY": check})


if __name__ == "__main__":
    main()
