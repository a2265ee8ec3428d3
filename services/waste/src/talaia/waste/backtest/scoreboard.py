"""How the forecasts of a backtest did, as a table and as a picture."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from talaia.contracts import alerts, scores, waste
from talaia.contracts.catalogue import FORECASTS, SCORES, SIGNALS
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.waste.backtest.results import events
from talaia.waste.model.conditions import OVERFLOW_STARTED
from talaia.waste.view.reliability import Reliability, Said, reliability


class Scores(NamedTuple):
    """Verdicts, and whether probabilities meant what they said."""

    verdicts: list[scores.Score]
    reliable: Reliability


def read_scores(folder: Path) -> Scores:
    """From the files of a backtest. Raises ValueError that says what is missing."""
    said: list[Said] = []
    now = datetime.min.replace(tzinfo=UTC)
    for event in events(folder, FORECASTS.name, waste.Forecasted):
        now = event.recordedtime
        if event.data.probability:
            said.append(Said(event.data.site, event.data.issued_at, event.data.probability))
    starts: dict[str, list[datetime]] = {}
    for event in events(folder, SIGNALS.name, alerts.Signalled | alerts.Alive):
        if isinstance(event, alerts.Signalled) and (event.data.kind, event.data.state) == (OVERFLOW_STARTED, SignalState.BEGAN):
            starts.setdefault(event.data.location.site, []).append(event.recordedtime)
    verdicts = [event.data for event in events(folder, SCORES.name, scores.Scored)]
    return Scores(verdicts, reliability(said, starts, now))


def told(found: Scores) -> str:
    """The table, a line for each site and rule."""
    lines = [f"{'site':20} {'rule':8} {'hits':>5} {'misses':>7} {'false':>6} {'CSI':>5} {'median lead':>12}"]
    for site in sorted({each.site for each in found.verdicts}):
        for rule in Rule:
            verdicts = [each for each in found.verdicts if (each.site, each.rule) == (site, rule)]
            if verdicts:
                lines.append(f"{site:20} {rule.value:8} {_counts(verdicts)}")
    for rule in Rule:
        lines.append(f"{'all':20} {rule.value:8} {_counts([each for each in found.verdicts if each.rule is rule])}")
    if found.reliable.brier is not None:
        lines.append(f"Brier score {found.reliable.brier:.3f} over forecasts that gave an overflow at least 2 %")
    return "\n".join(lines) + "\n"


def _counts(verdicts: list[scores.Score]) -> str:
    hits, misses, false = (sum(each.verdict is verdict for each in verdicts) for verdict in Verdict)
    csi = f"{hits / len(verdicts):.2f}" if verdicts else "-"
    leads = _leads(verdicts)
    lead = f"{leads[len(leads) // 2]:.0f} min" if leads else "-"
    return f"{hits:5} {misses:7} {false:6} {csi:>5} {lead:>12}"


def _leads(verdicts: list[scores.Score]) -> list[float]:
    return sorted(each.lead_min for each in verdicts if not isinstance(each.lead_min, msgspec.UnsetType))


def draw_scores(found: Scores, to: Path) -> None:
    """Verdicts, lead times and reliability, as SVG, PNG or PDF by the ending of the file."""
    from matplotlib.figure import Figure  # noqa: PLC0415  (an extra of the distribution)

    figure = Figure(figsize=(13, 4.2), layout="constrained")
    counted, leads, reliable = figure.subplots(1, 3)
    colours = {Verdict.HIT: "#2f8f6b", Verdict.MISS: "#b03a2e", Verdict.FALSE_ALARM: "#e0a43a"}
    for rule in Rule:
        start = 0
        for verdict, colour in colours.items():
            count = sum((each.rule, each.verdict) == (rule, verdict) for each in found.verdicts)
            label = verdict.value if rule is Rule.WARNING else None
            counted.barh(rule.value, count, left=start, color=colour, label=label)
            start += count
        steps = _leads([each for each in found.verdicts if each.rule is rule])
        leads.plot(steps, [(len(steps) - n) / len(steps) for n in range(len(steps))], drawstyle="steps-post", label=rule.value)
    counted.set_title("What became of forecasts", loc="left")
    counted.set_xlabel("overflows, and false alarms")
    counted.legend(frameon=False, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3)
    leads.set(title="Share of hits with at least this lead", xlabel="minutes before the overflow", xlim=(0, 90), ylim=(0, 1.02))
    leads.legend(frameon=False)
    bins = [each for each in found.reliable.bins if each.forecasts]
    reliable.plot((0, 1), (0, 1), color="#8a8a8a", linewidth=0.8)
    reliable.scatter(
        [each.mean_probability for each in bins],
        [each.came_true / each.forecasts for each in bins],
        s=[20 + 4 * each.forecasts**0.5 for each in bins],
        color="#22313f",
    )
    reliable.set(title="Reliability of probabilities", xlabel="probability said", ylabel="share that came true")
    figure.savefig(to)
