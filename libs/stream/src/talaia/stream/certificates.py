"""When the certificates end with which a process was started: nobody gets in by them afterwards."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from talaia.stream.kafka_file import SYSTEM, KafkaFile

_METRIC = "talaia_certificate_expires_seconds"
_HELP = "Unix time at which the first certificate of a TLS file ends"


class Certificates(Collector):
    """Of the TLS files that a Kafka file names, read once: what is changed afterwards counts from the next start."""

    def __init__(self, known: KafkaFile) -> None:
        files = {"ca_file": known.ca_file, "certificate_file": known.certificate_file}
        found = {name: _first_end_s(Path(file)) for name, file in files.items() if file not in ("", SYSTEM)}
        self._expires_s = {name: expires_s for name, expires_s in found.items() if expires_s is not None}

    def collect(self) -> Iterator[Metric]:
        """By the field that names the file."""
        if self._expires_s:
            family = GaugeMetricFamily(_METRIC, _HELP, labels=["file"])
            for name, expires_s in self._expires_s.items():
                family.add_metric([name], expires_s)
            yield family


def _first_end_s(file: Path) -> float | None:
    """None for what OpenSSL takes and is no plain PEM certificate."""
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415  (without TLS nobody needs it)

    try:
        return min(each.not_valid_after_utc for each in load_pem_x509_certificates(file.read_bytes())).timestamp()
    except (OSError, ValueError):
        return None
