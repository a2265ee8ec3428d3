"""The one settings class of the service; what decides comes from the log instead."""

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from talaia.web.settings import ApiSettings, Port, ViewUrl


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("name a time zone as Europe/Madrid") from None
    return name


class AlertsSettings(ApiSettings):
    """Environment `TALAIA_ALERTS_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_ALERTS_")

    port: Port = 8102
    database_url: ViewUrl = SecretStr("sqlite:///alerts.sqlite")
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Madrid", description="time zone in which people read times"
    )
