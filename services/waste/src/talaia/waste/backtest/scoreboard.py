"""How the forecasts of a backtest did, as a table and as a picture."""

from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec

from talaia.contracts import alerts, scores, waste
from talaia.contracts.catalogue import FORECASTS, SCORES, SIGNALS
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.waste.backtest.results import events
from talaia.waste.model.conditions import FORECAST_ADVISORY, OVERFLOW_STARTED
from talaia.waste.view.reliability import Reliability, Said, reliability


class Scores(NamedTuple):
    """Verdicts, whether probabilities meant what they said, and which `site/rule` only advises at the end."""

    verdicts: list[scores.Score]
    reliable: Reliability
    advisory: frozenset[str] = frozenset()


def read_scores(folder: Path, site: str | None = None) -> Scores:
    """From the files of a backtest, of one site or all. Raises ValueError that says what is missing."""
    sites: set[str] = set()
    advisory: set[str] = set()
    said: list[Said] = []
    now = datetime.min.replace(tzinfo=UTC)
    for event in events(folder, FORECASTS.name, waste.Forecasted):
        now = event.recordedtime
        sites.add(event.data.site)
        if event.data.probability and site in (None, event.data.site):
            said.append(Said(event.data.site, event.data.issued_at, event.data.probability))
    starts: dict[str, list[datetime]] = {}
    for event in events(folder, SIGNALS.name, alerts.Signalled | alerts.Alive):
        if not isinstance(event, alerts.Signalled):
            continue
        if (event.data.kind, event.data.state) == (OVERFLOW_STARTED, SignalState.BEGAN):
            starts.setdefault(event.data.location.site, []).append(event.recordedtime)
        elif event.data.kind == FORECAST_ADVISORY:
            (advisory.discard if event.data.state is SignalState.ENDED else advisory.add)(event.data.subject)
    if site is not None and site not in sites:
        raise ValueError(f"{folder} has no forecast of {site}: it has those of {', '.join(sorted(sites)) or 'no site'}")
    judged = [event.data for event in events(folder, SCORES.name, scores.Scored)]
    verdicts = [each for each in judged if site in (None, each.site)]
    return Scores(verdicts, reliability(said, starts, now), frozenset(advisory))


def told(found: Scores) -> str:
    """The table, a line for each site and rule."""
    counts = f"{'hits':>5} {'misses':>6} {'false':>5} {'recall':>6} {'FAR':>5} {'CSI':>5} {'median lead':>11}"
    lines = [f"{'site':20} {'rule':8} {counts}"]
    for site in sorted({each.site for each in found.verdicts}):
        for rule in Rule:
            verdicts = [each for each in found.verdicts if (each.site, each.rule) == (site, rule)]
            if verdicts:
                lines.append(
                    f"{site:20} {rule.value:8} {_counts(verdicts)}" + "  advisory" * (f"{site}/{rule.value}" in found.advisory)
                )
    for rule in Rule:
        lines.append(f"{'all':20} {rule.value:8} {_counts([each for each in found.verdicts if each.rule is rule])}")
    if found.reliable.brier is not None:
        skill = "not known" if found.reliable.skill is None else f"{found.reliable.skill:.2f}"
        lines.append(f"Brier score {found.reliable.brier:.3f}, skill {skill}, of forecasts that said at least 2 %")
    lines.append("recall: hits of all overflows; FAR: false alarms of all forecasts; advisory: it does not alarm")
    return "\n".join(lines) + "\n"


def _counts(verdicts: list[scores.Score]) -> str:
    hits, misses, false = (sum(each.verdict is verdict for each in verdicts) for verdict in Verdict)
    shares = _share(hits, hits + misses), _share(false, hits + false), _share(hits, len(verdicts))
    leads = _leads(verdicts)
    lead = f"{leads[len(leads) // 2]:.0f} min" if leads else "-"
    return f"{hits:5} {misses:6} {false:5} {shares[0]:>6} {shares[1]:>5} {shares[2]:>5} {lead:>11}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.2f}" if whole else "-"


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
