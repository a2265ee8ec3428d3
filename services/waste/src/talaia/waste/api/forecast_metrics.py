"""How the forecasts did, for Prometheus: by rule, all sites together. Of one site `GET /v1/scoreboard` tells.

Looked up now and then, never when Prometheus asks: a database that is away or slow takes no metric of the API along.
"""

import asyncio
import contextlib
from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import accumulate
from typing import NamedTuple, NoReturn

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from talaia.contracts.vocabulary import Rule, Verdict
from talaia.waste.view.probabilities import reliable
from talaia.waste.view.scoreboard import LATELY, LEADS_MIN, advisory_sites, leads, newest, verdicts

_EVERY_S = 300.0
_AGAIN_S = 5.0
"""While the view cannot be read, as at a start."""


class Figures(NamedTuple):
    """What the view says. leads: of hits, minutes; brier: of the probabilities of the last 30 days, None without any."""

    verdicts: Mapping[tuple[Rule, Verdict], int]
    leads: Mapping[Rule, Sequence[float]]
    brier: float | None
    advisory_sites: Mapping[Rule, int]


class ForecastMetrics(Collector):
    """Shows the figures of the last look, none while the view cannot be read. session: to read the view."""

    def __init__(self, session: Callable[[], AbstractContextManager[Session]]) -> None:
        self._session = session
        self._figures: Figures | None = None

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Look now and then as long as the context lasts."""
        task = asyncio.create_task(self._keep_looking())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _keep_looking(self) -> NoReturn:
        while True:
            await asyncio.to_thread(self.look)
            await asyncio.sleep(_AGAIN_S if self._figures is None else _EVERY_S)

    def look(self) -> None:
        """Read the view."""
        try:
            with self._session() as view:
                now = newest(view)
                brier = None if now is None else reliable(view, now - LATELY, now).brier
                self._figures = Figures(verdicts(view), leads(view), brier, advisory_sites(view))
        except SQLAlchemyError:  # said by the view itself
            self._figures = None

    def collect(self) -> Iterator[Metric]:
        """The figures of the last look."""
        if (figures := self._figures) is None:
            return
        judged = CounterMetricFamily("talaia_forecast_verdicts", "Forecasts that were judged", labels=["rule", "verdict"])
        lead = HistogramMetricFamily("talaia_forecast_lead_minutes", "From forecast to overflow, of hits", labels=["rule"])
        advisory = GaugeMetricFamily("talaia_advisory_sites", "Sites at which a rule was wrong too often", labels=["rule"])
        for rule in Rule:
            for verdict in Verdict:
                judged.add_metric([rule, verdict], figures.verdicts.get((rule, verdict), 0))
            lead.add_metric([rule], *_histogram(figures.leads.get(rule, ())))
            advisory.add_metric([rule], figures.advisory_sites.get(rule, 0))
        yield from (judged, lead, advisory)
        if figures.brier is not None:
            yield GaugeMetricFamily("talaia_forecast_brier_score", "Of probabilities of the last 30 days", value=figures.brier)


def _histogram(leads_min: Sequence[float]) -> tuple[list[tuple[str, float]], float]:
    """Counts up to each of LEADS_MIN, and in all; the sum."""
    edges = LEADS_MIN[1:]
    counts = [0.0] * (len(edges) + 1)
    for lead in leads_min:
        counts[bisect_left(edges, lead)] += 1
    names = [*(f"{edge:.1f}" for edge in edges), "+Inf"]
    return list(zip(names, accumulate(counts), strict=True)), sum(leads_min)
