"""`python -m talaia.alerts worker|api|settings`: one process of the service, or what it is told."""

from talaia.stream.processor import Processor
from talaia.stream.roles import run


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


if __name__ == "__main__":
    run("alerts", worker=worker, api=api)
