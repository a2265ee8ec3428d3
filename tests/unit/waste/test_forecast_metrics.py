"""How the forecasts did, as the waste API tells Prometheus."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from support.views import fill
from support.waste_events import advisory, forecasted, scored
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.stream.processor import Message
from talaia.stream.views.store import Store
from talaia.waste.api.forecast_metrics import ForecastMetrics
from talaia.waste.view.project import VIEW

VERDICTS = [
    *(scored(n, Verdict.HIT, lead_min=lead) for n, lead in enumerate((3.0, 5.0, 16.0, 90.0))),
    scored(10, Verdict.MISS),
    scored(11, Verdict.FALSE_ALARM, site="T2"),
    scored(12, Verdict.FALSE_ALARM, site="T2", rule=Rule.WATCH),
]


def shown(url: str, messages: Sequence[Message]) -> CollectorRegistry:
    fill(VIEW, url, messages)
    metrics, registry = ForecastMetrics(Store(VIEW, url).session), CollectorRegistry()
    registry.register(metrics)
    metrics.look()
    return registry


def test_verdicts_and_leads_are_counted_by_rule_over_all_sites(database_url: str) -> None:
    registry = shown(database_url, VERDICTS)

    def verdicts(rule: Rule, verdict: Verdict) -> float | None:
        return registry.get_sample_value("talaia_forecast_verdicts_total", {"rule": rule, "verdict": verdict})

    assert [verdicts(Rule.WARNING, each) for each in (Verdict.HIT, Verdict.MISS, Verdict.FALSE_ALARM)] == [4, 1, 1]
    assert [verdicts(Rule.WATCH, each) for each in (Verdict.HIT, Verdict.MISS, Verdict.FALSE_ALARM)] == [0, 0, 1]
    name = "talaia_forecast_lead_minutes"
    up_to = [registry.get_sample_value(f"{name}_bucket", {"rule": "warning", "le": le}) for le in ("5.0", "15.0", "30.0", "+Inf")]
    assert up_to == [2, 2, 3, 4]
    assert registry.get_sample_value(f"{name}_sum", {"rule": "warning"}) == pytest.approx(114)


def test_the_brier_score_is_missing_until_probabilities_have_come_true_or_not(database_url: str) -> None:
    name = "talaia_forecast_brier_score"
    said = forecasted(0, minutes_to_overflow=20.0, probability=0.8)
    assert shown(database_url, [said]).get_sample_value(name) is None
    assert shown(database_url, [forecasted(60)]).get_sample_value(name) == pytest.approx(0.8**2)


def test_sites_at_which_a_rule_advises_are_counted_by_the_last_word_on_each(database_url: str) -> None:
    told = [
        advisory(0, "T1", SignalState.BEGAN),
        advisory(1, "T2", SignalState.BEGAN),
        advisory(2, "T1", SignalState.CHANGED),
        advisory(3, "T2", SignalState.ENDED),
    ]
    registry = shown(database_url, told)
    assert registry.get_sample_value("talaia_advisory_sites", {"rule": "warning"}) == 1
    assert registry.get_sample_value("talaia_advisory_sites", {"rule": "watch"}) == 0


def test_while_the_view_cannot_be_read_no_figure_is_shown(tmp_path: Path) -> None:
    metrics = ForecastMetrics(Store(VIEW, f"sqlite:///{tmp_path}/none/view.sqlite").session)
    metrics.look()
    assert list(metrics.collect()) == []
