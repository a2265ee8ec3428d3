"""Which OpenID provider says who people are: one TOML file.

    issuer = "https://login.city.example/realms/city"
    audience = "talaia"              # programs: bearer tokens must be made for it
    client_id = "talaia-pages"       # people: they log in as users of this client, and have a session
    client_secret = "..."
    public_url = "https://alarms.city.example"   # where browsers find this application
    role_claim = "realm_access.roles"            # the claim that holds roles; a point leads into it
    name_claim = "sub"               # who acted, as the journal says it; take none that people may change themselves
    session_hours = 8                # a shift; then people log in again
    ca_file = "ca.pem"               # who signed the provider's certificate, if the machine does not know

    [roles]                          # without this table a role is called as Talaia calls it
    control-room = "operator"

`audience` admits tokens; `client_id`, `client_secret` and `public_url` admit people.
"""

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from talaia.contracts.vocabulary import Role
from talaia.stream.private_file import SecurityRefused, faults, read_toml, refuse_open, why
from talaia.web.address import is_safe
from talaia.web.refused import Refused

SHORTEST_SECRET = 24


def _address(given: str) -> str:
    if not is_safe(given) or urlsplit(given).query or urlsplit(given).fragment:
        raise ValueError("give an https address (http only on this machine) without query")
    return given


def _origin(given: str) -> str:
    if not given:
        return given
    if urlsplit(_address(given)).path not in ("", "/"):
        raise ValueError("give scheme and host alone, as https://alarms.city.example")
    return given.rstrip("/")


class Oidc(BaseModel):
    """What the file says, once `read_oidc` has looked at it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    issuer: Annotated[str, AfterValidator(_address)]
    audience: str = ""
    client_id: str = ""
    client_secret: SecretStr = Field(default=SecretStr(""), repr=False)
    public_url: Annotated[str, AfterValidator(_origin)] = ""
    role_claim: str = Field(default="roles", min_length=1)
    name_claim: str = Field(default="sub", min_length=1)
    session_hours: float = Field(default=8.0, gt=0, le=12)
    ca_file: str = ""
    roles: Mapping[str, Role] = Field(default={role.value: role for role in Role})

    def context(self) -> ssl.SSLContext:
        """TLS to the provider, its name checked. Raises OSError."""
        return ssl.create_default_context(cafile=self.ca_file or None)


def read_oidc(file: Path) -> Oidc:
    """Read and check the file. Raises Refused."""
    try:
        return _read(file)
    except SecurityRefused as refusal:
        raise Refused(f"{refusal}.") from None


def _read(file: Path) -> Oidc:
    refuse_open(file, "it holds a client_secret")
    said = read_toml(file, 'issuer = "https://login.city.example"')
    try:
        oidc = Oidc(**said)
    except ValidationError as error:
        raise SecurityRefused(f"{file}: {faults(error, Oidc.model_fields)}") from None
    secret = oidc.client_secret.get_secret_value()
    people = (bool(oidc.client_id), bool(secret), bool(oidc.public_url))
    for wrong, sentence in (
        (not oidc.audience and not any(people), "give audience for programs, or client_id for people, or both"),
        (any(people) and not all(people), "client_id, client_secret and public_url go together: give all three"),
        (
            0 < len(secret) < SHORTEST_SECRET,
            f"client_secret seals the sessions too: let it have {SHORTEST_SECRET} characters or more",
        ),
    ):
        if wrong:
            raise SecurityRefused(f"{file}: {sentence}")
    if oidc.ca_file:
        oidc = oidc.model_copy(update={"ca_file": str(file.parent / oidc.ca_file)})
    try:
        oidc.context()
    except (OSError, ValueError) as error:
        raise SecurityRefused(f"{file}: ca_file cannot be used ({why(error)}): name a PEM certificate") from None
    return oidc
