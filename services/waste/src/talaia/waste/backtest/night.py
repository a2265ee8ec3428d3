"""A chosen event of a backtest as a picture: rain, level, the path that was forecast with its fan, and what was raised."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from talaia.contracts import waste
from talaia.contracts.catalogue import FORECASTS, READINGS
from talaia.contracts.vocabulary import Flag, Quantity
from talaia.waste.backtest.results import events
from talaia.waste.backtest.spells import AlertLine

BEFORE, AFTER = timedelta(hours=3), timedelta(hours=4)
SHADES = {"overflow_watch": ("#f2d16b", "watch"), "overflow": ("#d9694f", "warning or overflow")}


class Night(NamedTuple):
    """What happened at one site around a moment. forecast: the last one issued by then, None before the first."""

    site: str
    at: datetime
    levels: list[waste.Read]
    rain: list[waste.Read]
    forecast: waste.Forecast | None
    alerts: list[AlertLine]


class _Point(NamedTuple):
    """Of a drawn path. low_m, high_m: None where the fan is not known."""

    time: datetime
    level_m: float
    low_m: float | None
    high_m: float | None


def read_night(folder: Path, site: str, at: datetime) -> Night:
    """From the files of a backtest. Raises ValueError that says what is missing."""
    start, end = at - BEFORE, at + AFTER
    read = [each for each in events(folder, READINGS.name, waste.Read) if start <= each.time <= end]
    levels = [each for each in read if each.data.site == site and each.data.quantity is Quantity.LEVEL]
    if not levels:
        raise ValueError(f"{folder}: no level of {site} from {start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC")
    issued = [each.data for each in events(folder, FORECASTS.name, waste.Forecasted) if each.data.site == site]
    path = folder / "alerts.ndjson"
    lines = [msgspec.json.decode(line, type=AlertLine) for line in path.read_bytes().splitlines()]
    alerts = [each for each in lines if each.site == site and each.raised <= end and (each.cleared or end) >= start]
    rain = [each for each in read if each.data.quantity is Quantity.RAINFALL]
    forecast = max((each for each in issued if each.issued_at <= at), key=lambda each: each.issued_at, default=None)
    return Night(site, at, levels, rain, forecast, alerts)


def drawn_path(forecast: waste.Forecast, levels: list[waste.Read]) -> list[_Point]:
    """The path and its fan from the last good level that was known when it was issued, where nothing is uncertain yet.

    The forecast itself goes on from a median, which a lone spike does not move but which lags behind a rise.
    """
    first = min((point.time for point in forecast.path), default=forecast.issued_at)
    known = [each for each in levels if each.recordedtime <= forecast.issued_at and each.time < first]
    last = max((each for each in known if each.data.flag == Flag.GOOD), key=lambda each: each.time, default=None)
    start = [] if last is None else [_Point(last.time, last.data.value, last.data.value, last.data.value)]
    return start + [_Point(each.time, each.level_m, _known(each.low_m), _known(each.high_m)) for each in forecast.path]


def _known(edge_m: float | msgspec.UnsetType) -> float | None:
    return None if isinstance(edge_m, msgspec.UnsetType) else edge_m


def moment(text: str) -> datetime:
    """A moment as people write it; without a zone it is UTC. Raises ValueError."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no time: write it as 2026-09-14T02:10:00Z") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def draw_night(night: Night, to: Path) -> None:
    """Draw it as SVG, PNG or PDF, by the ending of the file."""
    from matplotlib.dates import DateFormatter  # noqa: PLC0415  (an extra of the distribution)
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(11, 6.5), layout="constrained")
    rain, level = figure.subplots(2, 1, sharex=True, height_ratios=(1, 3))
    _draw_rain(rain, night)
    _draw_levels(level, night)
    _draw_forecast(level, night)
    level.xaxis.set_major_formatter(DateFormatter("%H:%M", tz="UTC"))  # type: ignore[no-untyped-call]
    level.set_xlabel(f"{night.at:%d %B %Y}, UTC")
    figure.legend(loc="outside lower center", ncols=6, frameon=False)
    rain.set_title(f"{night.site} at {night.at:%H:%M}", loc="left")
    figure.savefig(to)


def _draw_rain(axes: Any, night: Night) -> None:
    by_time: dict[datetime, list[float]] = {}
    for each in night.rain:
        by_time.setdefault(each.time, []).append(each.data.value)
    times = sorted(by_time)
    width = min((after - before for before, after in pairwise(times)), default=timedelta(minutes=5))
    axes.bar(times, [sum(by_time[time]) / len(by_time[time]) for time in times], width=-width, align="edge", color="#4a7fb0")
    axes.invert_yaxis()
    axes.set_ylabel("rain, mm\n(mean of gauges)")


def _draw_levels(axes: Any, night: Night) -> None:
    good = sorted((each for each in night.levels if each.data.flag <= Flag.NOT_EVALUATED), key=lambda each: each.time)
    doubtful = [each for each in night.levels if each.data.flag > Flag.NOT_EVALUATED]
    axes.plot([each.time for each in good], [each.data.value for each in good], color="#22313f", label="level")
    if doubtful:
        axes.plot(
            [each.time for each in doubtful], [each.data.value for each in doubtful], "x", color="#8a8a8a", label="not trusted"
        )
    shown = set()
    for alert in night.alerts:
        colour, name = SHADES.get(alert.kind, ("#b9b9d6", alert.kind.replace("_", " ")))
        end = min(alert.cleared or night.at + AFTER, night.at + AFTER)
        label = None if name in shown else name
        axes.axvspan(max(alert.raised, night.at - BEFORE), end, color=colour, alpha=0.35, linewidth=0, label=label)
        shown.add(name)
    axes.axvline(night.at, color="#22313f", linewidth=0.8, linestyle=":")
    axes.set_ylabel("level, m")


def _draw_forecast(axes: Any, night: Night) -> None:
    forecast = night.forecast
    if forecast is None or not forecast.path:
        return
    times, levels, low, high = zip(*drawn_path(forecast, night.levels), strict=True)
    if None not in (*low, *high):
        axes.fill_between(times, low, high, color="#2f8f6b", alpha=0.2, linewidth=0, label="four of five levels")
    axes.plot(times, levels, color="#2f8f6b", linestyle="--", label="forecast")
    axes.axhline(forecast.crest_m, color="#b03a2e", linewidth=1.2, label="crest")
