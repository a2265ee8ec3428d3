"""The one settings class of the service; what decides comes from the log instead."""

from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.stream.views.address import DatabaseUrl


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("name a time zone as Europe/Madrid") from None
    return name


class AlertsSettings(BaseSettings):
    """Environment `TALAIA_ALERTS_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_ALERTS_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address the API listens on; other than loopback only with keys or login")
    port: int = Field(default=8102, ge=1, le=65535, description="port the API listens on")
    key_file: Path | None = Field(default=None, description="API keys, a line each (talaia.web.keys)")
    oidc_file: Path | None = Field(default=None, description="TOML: login by an OpenID provider (talaia.web.oidc)")
    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///alerts.sqlite"),
        description="sqlite:///FILE or postgresql://USER@HOST/DATABASE of the API's view",
    )
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Europe/Madrid", description="time zone in which people read times"
    )
