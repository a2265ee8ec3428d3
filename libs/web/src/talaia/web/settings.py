"""What every API is told; the settings class of a service names its prefix, where it listens and its file."""

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from talaia.stream.host_port import HostPort, host_port
from talaia.stream.views.address import DatabaseUrl


def _listens(written: str) -> str:
    try:
        host_port(written)
    except ValueError:
        raise ValueError("name where to listen as host:port, as 127.0.0.1:8001 or [::1]:8001") from None
    return written


Listen = Annotated[
    str,
    AfterValidator(_listens),
    Field(
        description="host:port the API listens on; other than loopback only with keys or login",
        json_schema_extra={"also": ["host", "port", "address"]},
    ),
]
ViewUrl = Annotated[DatabaseUrl, Field(description="sqlite:///FILE or postgresql://USER@HOST/DATABASE of the API's view")]


class ApiSettings(BaseSettings):
    """Environment `TALAIA_<SERVICE>_*`."""

    model_config = SettingsConfigDict(frozen=True)

    listen: Listen
    key_file: Path | None = Field(default=None, description="API keys, a line each (talaia.web.keys)")
    oidc_file: Path | None = Field(default=None, description="TOML: login by an OpenID provider (talaia.web.oidc)")
    database_url: ViewUrl

    @property
    def address(self) -> HostPort:
        """Where the API listens."""
        return host_port(self.listen)
