"""What every API says of itself, whichever service it is of: the alerts look for it at each."""

from pathlib import Path

import pytest
import trustme
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr
from support.web import client
from talaia.alerts.api import app as alerts
from talaia.alerts.settings import AlertsSettings
from talaia.stream.settings import BusSettings
from talaia.waste.api import app as waste
from talaia.waste.settings import WasteSettings


@pytest.fixture
def apis(tmp_path: Path) -> list[FastAPI]:
    """The APIs of both services, on a bus over TLS."""
    trustme.CA().cert_pem.write_to_path(tmp_path / "ca.pem")
    who = tmp_path / "bus.toml"
    who.touch(0o600)
    who.write_text('ca_file = "ca.pem"\n')
    bus = BusSettings(kafka_bootstrap="127.0.0.1:1", kafka_file=who)
    view = SecretStr(f"sqlite:///{tmp_path / 'view.sqlite'}")
    return [alerts.make_app(AlertsSettings(database_url=view), bus), waste.make_app(WasteSettings(database_url=view), bus)]


async def metrics(app: FastAPI) -> set[str]:
    async with client(app) as asking:
        await asking.get("/healthz")
        text = (await asking.get("/metrics")).text
    return {family.name for family in text_string_to_metric_families(text)}


async def test_the_apis_of_all_services_show_the_same_metrics_of_bus_view_and_requests(apis: list[FastAPI]) -> None:
    of_alerts, of_waste = [await metrics(app) for app in apis]
    assert of_alerts == of_waste
    assert {"talaia_certificate_expires_seconds", "talaia_view_age_seconds", "talaia_http_requests"} <= of_waste
