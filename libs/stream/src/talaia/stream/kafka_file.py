"""How a process speaks to the brokers: one TOML file, named by `TALAIA_KAFKA_FILE`.

    user = "waste-worker"               # as whom
    password = "..."                    # or password_file, which holds nothing else
    mechanism = "SCRAM-SHA-512"         # the default; SCRAM-SHA-256 and PLAIN too
    ca_file = "ca.pem"                  # TLS, with brokers whose certificates this one signed; "system": the machine's
    certificate_file = "worker.pem"     # what the broker is shown, if it asks for a certificate
    key_file = "worker.key"
    session_timeout_s = 30              # whoever shares partitions and is silent for longer loses them; 1 to 300

Paths are relative to the file. What is given decides the protocol: a user SASL, a ca_file TLS, both SASL over TLS. A file
that holds the password itself is for this process alone; any other may be read by everybody.
"""

import ssl
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from talaia.stream.private_file import SecurityRefused, faults, read_toml, refuse_open, secret_in, why

SYSTEM = "system"


class KafkaFile(BaseModel):
    """What the file says, once `read_kafka_file` has looked at it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    user: str = ""
    password: SecretStr = Field(default=SecretStr(""), repr=False)
    password_file: str = ""
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    session_timeout_s: float = Field(default=30.0, ge=1, le=300, allow_inf_nan=False)

    @property
    def protocol(self) -> str:
        """Kafka's word for what is given."""
        return ("SASL_" if self.user else "") + ("SSL" if self.ca_file else "PLAINTEXT")

    @property
    def asks(self) -> bool:
        """Whether brokers are shown a user, or spoken to over TLS."""
        return bool(self.user or self.ca_file)

    def context(self) -> ssl.SSLContext | None:
        """TLS with the broker's name checked; None without TLS. Raises SecurityRefused."""
        if not self.ca_file:
            return None
        try:
            context = ssl.create_default_context(cafile=None if self.ca_file == SYSTEM else self.ca_file)
        except OSError as error:  # ssl's errors are OSErrors too
            raise _unusable("ca_file", self.ca_file, error, "the PEM certificate of who signed the broker's") from None
        if self.certificate_file:
            try:
                context.load_cert_chain(self.certificate_file, self.key_file, password=_no_password)
            except (OSError, ValueError) as error:
                cure = "a PEM certificate and its own PEM key, without a password, in key_file"
                raise _unusable("certificate_file", self.certificate_file, error, cure) from None
        return context

    def clients(self) -> dict[str, Any]:
        """Arguments for clients of aiokafka and kafka-python, whose names are the same. Raises SecurityRefused."""
        arguments: dict[str, Any] = {"security_protocol": self.protocol, "ssl_context": self.context()} if self.asks else {}
        if self.user:
            arguments |= {
                "sasl_mechanism": self.mechanism,
                "sasl_plain_username": self.user,
                "sasl_plain_password": self.password.get_secret_value(),
            }
        return arguments

    def librdkafka(self) -> dict[str, str]:
        """Settings for clients of librdkafka, which judge what ours did."""
        settings = {"security.protocol": self.protocol.lower()}
        if self.user:
            password = self.password.get_secret_value()
            settings |= {"sasl.mechanism": self.mechanism, "sasl.username": self.user, "sasl.password": password}
        files = {"ca": self.ca_file, "certificate": self.certificate_file, "key": self.key_file}
        return settings | {f"ssl.{name}.location": file for name, file in files.items() if file not in ("", SYSTEM)}


def read_kafka_file(file: Path) -> KafkaFile:
    """Read and check the file. Raises SecurityRefused."""
    said = read_toml(file, 'user = "name"')
    if "password" in said:
        refuse_open(file, "it holds a password")
    try:
        known = KafkaFile(**said)
    except ValidationError as error:
        raise SecurityRefused(f"{file}: {faults(error, KafkaFile.model_fields)}") from None
    _refuse_incomplete(file, known)
    known = known.model_copy(update=_beside(file, known))
    if known.password_file:
        known = known.model_copy(update={"password": _password_in(Path(known.password_file))})
    if known.key_file:
        refuse_open(Path(known.key_file), "key_file is a secret")
    known.context()
    return known


def _password_in(file: Path) -> SecretStr:
    """All that a file holds."""
    password = secret_in(file)
    if not password or not password.isprintable():
        raise SecurityRefused(f"password_file {file} must hold a password in one line, and nothing else")
    return SecretStr(password)


def _refuse_incomplete(file: Path, known: KafkaFile) -> None:
    password, password_file = known.password.get_secret_value(), known.password_file
    for wrong, sentence in (
        (
            not known.asks and known.model_fields_set != {"session_timeout_s"},
            "give user and password, or ca_file for TLS, or both; or session_timeout_s alone",
        ),
        (bool(password) and bool(password_file), "password and password_file say the same: give one of them"),
        (bool(known.user) != bool(password or password_file), "user and password go together: give both"),
        (bool(known.certificate_file) != bool(known.key_file), "certificate_file and key_file go together: give both"),
        (bool(known.certificate_file) and not known.ca_file, "certificate_file is for TLS: give ca_file too"),
        (
            bool(known.user) and known.mechanism == "PLAIN" and not known.ca_file,
            "mechanism PLAIN shows the password to the network: give ca_file for TLS, or use SCRAM-SHA-512",
        ),
    ):
        if wrong:
            raise SecurityRefused(f"{file}: {sentence}")


def _beside(file: Path, known: KafkaFile) -> dict[str, str]:
    """The paths, seen from the file's folder."""
    given = {name: getattr(known, name) for name in ("password_file", "ca_file", "certificate_file", "key_file")}
    for name, path in given.items():
        if "\0" in path:
            raise SecurityRefused(f"{file}: {name} holds a NUL, which no path does: name a file")
    return {name: str(file.parent / path) for name, path in given.items() if path not in ("", SYSTEM)}


def _unusable(field: str, path: str, error: Exception, cure: str) -> SecurityRefused:
    return SecurityRefused(f"{field} {path} cannot be used ({why(error)}): name {cure}")


def _no_password() -> str:
    raise ValueError("the key has a password")
