"""The one settings class of the service; what decides comes from the log instead."""

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from talaia.web.settings import ApiSettings, Listen, ViewUrl


class WasteSettings(ApiSettings):
    """Environment `TALAIA_WASTE_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_WASTE_")

    listen: Listen = "127.0.0.1:8001"
    database_url: ViewUrl = SecretStr("sqlite:///waste.sqlite")
