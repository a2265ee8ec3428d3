"""The one settings class of the service; what decides comes from the log instead."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from talaia.web.settings import ApiSettings, Listen, ViewUrl


class AlertsSettings(ApiSettings):
    """Environment `TALAIA_ALERTS_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_ALERTS_")

    listen: Listen = "127.0.0.1:8102"
    database_url: ViewUrl = SecretStr("sqlite:///alerts.sqlite")
