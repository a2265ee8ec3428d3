"""What every API is told; the settings class of a service names its prefix, its port and its file."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.stream.views.address import DatabaseUrl

Port = Annotated[int, Field(ge=1, le=65535, description="port the API listens on")]
ViewUrl = Annotated[DatabaseUrl, Field(description="sqlite:///FILE or postgresql://USER@HOST/DATABASE of the API's view")]


class ApiSettings(BaseSettings):
    """Environment `TALAIA_<SERVICE>_*`."""

    model_config = SettingsConfigDict(frozen=True)

    host: str = Field(default="127.0.0.1", description="address the API listens on; other than loopback only with keys or login")
    port: Port
    key_file: Path | None = Field(default=None, description="API keys, a line each (talaia.web.keys)")
    oidc_file: Path | None = Field(default=None, description="TOML: login by an OpenID provider (talaia.web.oidc)")
    database_url: ViewUrl
