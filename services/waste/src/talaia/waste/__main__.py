"""`python -m talaia.waste worker|api|rebuild|settings`: one process of the service, its view anew, what it is told.

`ingest CITY` keeps the doors of a city's folder open, `check CITY` says what is wrong in it; `night` and `scoreboard` show
what a backtest led to. The same as `talaia-waste`.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from talaia.stream.processor import Processor
from talaia.stream.roles import Verbs, run

if TYPE_CHECKING:  # a worker has no database
    from talaia.stream.views.view import View

_NO_PICTURES = "pictures need matplotlib: install talaia-waste with its extra, talaia-waste[plot]"


def worker() -> Processor:
    """What the worker does."""
    from talaia.waste.worker.stream import WasteProcessor  # noqa: PLC0415  (an API does without)

    return WasteProcessor()


def api() -> None:
    """Serve the API until it is told to stop."""
    from talaia.waste.api.app import make_app  # noqa: PLC0415  (a worker does without)
    from talaia.waste.settings import WasteSettings  # noqa: PLC0415
    from talaia.web.process import run_api  # noqa: PLC0415

    run_api("waste", WasteSettings, make_app)


def view() -> tuple["View", str]:
    """What the API shows, and where that stands."""
    from talaia.waste.service import SERVICE  # noqa: PLC0415  (worker and API do without)

    return SERVICE.view()


def ingest(city: str) -> None:
    """Pass on what the sensors of a city say until told to end."""
    from talaia.stream.settings import WorkerSettings, from_environment  # noqa: PLC0415
    from talaia.waste.ingest.role import run_ingest  # noqa: PLC0415

    run_ingest(Path(city), from_environment(WorkerSettings))


def check(city: str) -> None:
    """Say what is wrong in a city's folder, or that nothing is."""
    from talaia.waste.ingest.check import summary  # noqa: PLC0415

    try:
        sys.stdout.write(summary(Path(city)) + "\n")
    except ValueError as wrong:
        sys.exit(str(wrong))


def night(results: str, site: str, time: str, picture: str) -> None:
    """Draw a chosen event of a backtest."""
    from talaia.waste.backtest.night import draw_night, moment, read_night  # noqa: PLC0415

    try:
        draw_night(read_night(Path(results), site, moment(time)), Path(picture))
    except (ValueError, OSError) as wrong:
        sys.exit(str(wrong))
    except ModuleNotFoundError:
        sys.exit(_NO_PICTURES)


def scoreboard(results: str, *more: str) -> None:
    """Say how the forecasts of a backtest did; of one site, with a picture, where asked for."""
    from talaia.waste.backtest.scoreboard import draw_scores, read_scores, told  # noqa: PLC0415

    try:
        asked = dict(zip(more[::2], more[1::2], strict=True))
        scores = read_scores(Path(results), asked.get("--site"))
        sys.stdout.write(told(scores))
        if "--plot" in asked:
            draw_scores(scores, Path(asked["--plot"]))
    except (ValueError, OSError) as wrong:
        sys.exit(str(wrong))
    except ModuleNotFoundError:
        sys.exit(_NO_PICTURES)


def main() -> None:
    """The one door of the command line."""
    besides: Verbs = {
        "ingest CITY": ingest,
        "check CITY": check,
        "night RESULTS SITE TIME PICTURE": night,
        "scoreboard RESULTS": scoreboard,
        "scoreboard RESULTS --site SITE": scoreboard,
        "scoreboard RESULTS --plot PICTURE": scoreboard,
        "scoreboard RESULTS --site SITE --plot PICTURE": scoreboard,
    }
    run("waste", worker=worker, api=api, view=view, besides=besides)


if __name__ == "__main__":
    main()
