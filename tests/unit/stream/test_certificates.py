"""A process shows when the certificates end with which it was started."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from support.web import application, client
from talaia.stream.certificates import Certificates
from talaia.stream.kafka_file import KafkaFile, read_kafka_file

END = datetime(2031, 5, 17, 4, 30, tzinfo=UTC)


def shown(known: KafkaFile) -> dict[str, float]:
    """Unix seconds by file, as Prometheus reads them."""
    registry = CollectorRegistry()
    registry.register(Certificates(known))
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {
        sample.labels["file"]: sample.value
        for family in families
        if family.name == "talaia_certificate_expires_seconds"
        for sample in family.samples
    }


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    worker = authority.issue_cert("worker.city", not_after=END)
    worker.cert_chain_pems[0].write_to_path(tmp_path / "worker.pem")
    worker.private_key_pem.write_to_path(tmp_path / "worker.key")
    (tmp_path / "worker.key").chmod(0o600)
    return tmp_path


def read(folder: Path, *lines: str) -> KafkaFile:
    file = folder / "bus.toml"
    file.touch(0o600)
    file.write_text("\n".join(lines))
    return read_kafka_file(file)


def authority_ends_s(file: Path) -> float:
    """By OpenSSL's word."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(file)
    return min(ssl.cert_time_to_seconds(str(each["notAfter"])) for each in context.get_ca_certs())


def test_both_files_of_a_process_that_shows_a_certificate_are_told(folder: Path) -> None:
    known = read(folder, 'ca_file = "ca.pem"', 'certificate_file = "worker.pem"', 'key_file = "worker.key"')
    assert shown(known) == {"ca_file": authority_ends_s(folder / "ca.pem"), "certificate_file": END.timestamp()}


def test_of_several_certificates_in_a_file_the_first_to_end_counts(folder: Path) -> None:
    root = trustme.CA()
    sooner = root.issue_cert("broker.city", not_after=END - timedelta(days=400))
    bundle = (folder / "ca.pem").read_bytes() + root.cert_pem.bytes() + sooner.cert_chain_pems[0].bytes()
    (folder / "ca.pem").write_bytes(bundle)
    assert shown(read(folder, 'ca_file = "ca.pem"'))["ca_file"] == (END - timedelta(days=400)).timestamp()


@pytest.mark.parametrize("lines", [['ca_file = "system"'], ['user = "worker"', 'password = "planted-secret"'], None])
def test_without_files_of_its_own_a_process_shows_nothing(folder: Path, lines: list[str] | None) -> None:
    assert shown(KafkaFile() if lines is None else read(folder, *lines)) == {}


def test_a_file_that_only_openssl_reads_keeps_nobody_from_starting(folder: Path) -> None:
    known = read(folder, 'ca_file = "ca.pem"')
    text = (folder / "ca.pem").read_text()
    (folder / "ca.pem").write_text(text.replace("CERTIFICATE-----", "TRUSTED CERTIFICATE-----"))
    assert shown(known) == {}


async def test_an_api_shows_it_as_a_worker_does(folder: Path) -> None:
    async with client(application(collectors=[Certificates(read(folder, 'ca_file = "ca.pem"'))])) as asking:
        text = (await asking.get("/metrics")).text
    assert 'talaia_certificate_expires_seconds{file="ca_file"}' in text
