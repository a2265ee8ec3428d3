"""Announcements in each ten minutes under two registers, as a picture. Needs matplotlib, an extra of the distribution."""

from collections import Counter
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

from talaia.alerts.view.kpis import MOST_A_PERIOD, PERIOD, whole_periods

COLOURS = ("#22313f", "#c0562f")


class Bells(NamedTuple):
    """What rang under one register: when, and at which position."""

    name: str
    times: list[tuple[datetime, str]]


def drawable() -> bool:
    """Whether pictures can be made here."""
    return find_spec("matplotlib") is not None


def draw(runs: list[Bells], first: datetime, last: datetime, to: Path) -> None:
    """One row a position, the same bytes each time. first, last: of the recording."""
    from matplotlib import rc_context  # noqa: PLC0415  (an extra of the distribution)
    from matplotlib.figure import Figure  # noqa: PLC0415

    positions = sorted({position for run in runs for _, position in run.times}) or [""]
    start, end = whole_periods(first, last)
    marks = [start + number * PERIOD for number in range(round((end - start) / PERIOD) + 1)]
    figure = Figure(figsize=(11, 1.5 + 2.2 * len(positions)), layout="constrained")
    for axes, position in zip(figure.subplots(len(positions), 1, sharex=True, squeeze=False)[:, 0], positions, strict=True):
        for run, colour in zip(runs, COLOURS, strict=True):
            counts = Counter((at - start) // PERIOD for at, of in run.times if of == position)
            axes.stairs([counts[number] for number in range(len(marks) - 1)], marks, label=run.name, color=colour)
        axes.axhline(MOST_A_PERIOD, color="#b03a2e", linewidth=0.8, linestyle=":")
        axes.set_ylabel("announcements\nin 10 min")
        axes.set_title(position, loc="left")
    axes.set_xlabel("UTC")
    axes.legend(frameon=False)
    with rc_context({"svg.hashsalt": "talaia"}):
        figure.savefig(to, metadata={"Date": None})
