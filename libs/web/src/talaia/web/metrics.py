"""What an API says of itself to Prometheus. Metric names are part of the interface; no label is chosen by users."""

from collections.abc import Callable, Iterator

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from talaia.stream.views.view import Age

_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})


class HttpMetrics:
    """Requests by route template, and how long they took until their answer was sent."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter("talaia_http_requests", "Requests answered", ["method", "route", "status"], registry=registry)
        self._seconds = Histogram("talaia_http_request_seconds", "Time to answer, streams aside", ["route"], registry=registry)

    def answered(self, method: str, route: str, status: int, seconds: float | None) -> None:
        """Count one answer; seconds: None for a stream, whose length says nothing."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        if seconds is not None:
            self._seconds.labels(route).observe(seconds)


class ViewCollector(Collector):
    """The age of a view, read when asked."""

    def __init__(self, age: Callable[[], Age]) -> None:
        self._age = age

    def collect(self) -> Iterator[Metric]:
        """The gauges as they stand."""
        age = self._age()
        yield GaugeMetricFamily("talaia_view_age_seconds", "Since the view last held all that its topics hold", value=age.lag_s)
        if age.lag_events is not None:
            yield GaugeMetricFamily("talaia_view_lag_events", "Events the view still has to take", value=age.lag_events)
        if age.as_of is not None:
            yield GaugeMetricFamily("talaia_view_as_of_seconds", "Stream time of the view", value=age.as_of.timestamp())
