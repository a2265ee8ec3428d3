"""The one settings class of the service; what decides comes from the log instead."""

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.stream.views.address import DatabaseUrl


class WasteSettings(BaseSettings):
    """Environment `TALAIA_WASTE_*`."""

    model_config = SettingsConfigDict(env_prefix="TALAIA_WASTE_", frozen=True)

    host: str = Field(default="127.0.0.1", description="address the API listens on; other than loopback only with keys or login")
    port: int = Field(default=8001, ge=1, le=65535, description="port the API listens on")
    key_file: Path | None = Field(default=None, description="API keys, a line each (talaia.web.keys)")
    oidc_file: Path | None = Field(default=None, description="TOML: login by an OpenID provider (talaia.web.oidc)")
    database_url: DatabaseUrl = Field(
        default=SecretStr("sqlite:///waste.sqlite"),
        description="sqlite:///FILE or postgresql://USER@HOST/DATABASE of the API's view",
    )
