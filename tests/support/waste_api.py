"""The waste API without a broker: its view filled from messages, what comes in at its door kept in a list.

`python -m support.waste_api FOLDER PORT KEYS` serves it.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from fastapi import FastAPI
from support.document import unlimited
from support.views import fill
from support.waste_events import START, configured, forecasted, minute, read, scored, signalled
from talaia.contracts.envelope import sequence
from talaia.contracts.vocabulary import Clock, Verdict
from talaia.stream.clock import wall_now
from talaia.stream.processor import Cause, Message
from talaia.stream.settings import BusSettings
from talaia.stream.views.view import Age
from talaia.waste.api.app import make_app
from talaia.waste.model.outcomes import Outcome
from talaia.waste.settings import WasteSettings
from talaia.waste.view.project import VIEW
from talaia.waste.worker import translate
from talaia.web.serve import serve


class KeepingSender:
    """Takes messages and keeps them."""

    def __init__(self) -> None:
        self.sent: list[Message] = []

    async def send(self, messages: Sequence[Message]) -> None:
        self.sent += messages


def city() -> list[Message]:
    """Two tanks; T1 rises, is warned of, and its warnings were right before; T2 is without a forecast."""
    levels = [read(n, level_m=1 + n / 10) for n in range(20)]
    warned = [forecasted(19, minutes_to_overflow=12.5, probability=0.8), signalled(19), scored(1, Verdict.HIT, lead_min=20.0)]
    return [configured("T1", "T2"), *levels, *warned]


def messages(said: Iterable[Outcome]) -> list[Message]:
    """What the step said, as it travels."""
    causes = (Cause("waste.measurements.v1", 0, n, sequence(n)) for n in count())
    return [translate.message("upper", outcome, cause, "1") for outcome, cause in zip(said, causes, strict=False)]


def waste_api(
    url: str, messages: Sequence[Message], key_file: Path | None = None, oidc_file: Path | None = None
) -> tuple[FastAPI, KeepingSender]:
    """The application and what it sends."""
    fill(VIEW, url, messages)
    settings = WasteSettings(database_url=url, key_file=key_file, oidc_file=oidc_file)
    app = make_app(settings, BusSettings(kafka_bootstrap="127.0.0.1:1"))
    sender = app.state.sender = KeepingSender()
    return app, sender


@contextmanager
def shown_at(api: FastAPI, number: float) -> Iterator[None]:
    """The API of a replay that has come to this minute."""

    age, api.state.clock = api.state.projection.age, Clock.REPLAY
    api.state.projection.age = lambda: Age(as_of=minute(number))
    try:
        yield
    finally:
        api.state.projection.age, api.state.clock = age, Clock.WALL


if __name__ == "__main__":
    folder, port, keys = Path(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    now = forecasted((wall_now() - START).total_seconds() / 60, minutes_to_overflow=25.0)
    app, _ = waste_api(f"sqlite:///{folder}/view.sqlite", [*city(), now], keys)
    serve(unlimited(app), "127.0.0.1", port, stopping=app.state.projection.changes.close)
