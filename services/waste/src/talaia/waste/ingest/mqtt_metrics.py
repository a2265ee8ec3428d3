"""How the connection to the MQTT broker is, for Prometheus and for `/healthz`."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector


class Connection(Protocol):
    """What is known of it. reconnects: how often it was made anew; last_message_at: None before the first message."""

    connected: bool
    reconnects: int
    last_message_at: datetime | None


class MqttMetrics(Collector):
    """Reads one connection, from any thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def collect(self) -> Iterator[Metric]:
        """The connection as it is."""
        of = self._connection
        yield GaugeMetricFamily("talaia_mqtt_connected", "1 while connected to the MQTT broker", value=of.connected)
        yield CounterMetricFamily("talaia_mqtt_reconnects", "Connections to the MQTT broker after the first", value=of.reconnects)
        if of.last_message_at is not None:
            at = of.last_message_at.timestamp()
            yield GaugeMetricFamily("talaia_mqtt_last_message_seconds", "Unix time of the last MQTT message", value=at)

    def facts(self) -> dict[str, Any]:
        """For `/healthz`."""
        last = self._connection.last_message_at
        return {
            "mqtt": self._connection.connected,
            "mqtt_reconnects": self._connection.reconnects,
            "mqtt_last_message_at": None if last is None else last.isoformat(timespec="seconds"),
        }
