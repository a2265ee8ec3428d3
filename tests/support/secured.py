"""A Kafka that asks who comes: users, rights and TLS beside a door through which the tests may do everything.

Doors: `plain` for the tests' own clients, `password` (SASL_PLAINTEXT), `tls` (SASL_SSL) and `certificate` (SSL, shown one).
"""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from kafka.admin import ACL, KafkaAdminClient, UserScramCredentialUpsertion
from support.broker import QUICK
from support.counting import TOPICS
from support.counting_city import SESSION_S
from support.processes import wait_for
from talaia.cli.kafka import LocalKafka
from talaia.cli.kafka.node import HOST, free_port, node_settings
from talaia.contracts.catalogue import SIGNALS
from talaia.stream.acls import acl
from talaia.stream.rights import Kind, Operation, Right, rights_of
from talaia.stream.settings import BusSettings

_JAAS = "org.apache.kafka.common.security.scram.ScramLoginModule required;"
ADMIN = "admin"
"""Who may do everything, and shows a password for it."""


def issue(authority: trustme.CA, folder: Path, name: str) -> None:
    """A certificate for a name or address, as name.pem, with its key, as name.key."""
    issued = authority.issue_cert(name, common_name=name)
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    file = folder / f"{name}.key"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    (folder / f"{name}.pem").write_bytes(b"".join(part.bytes() for part in issued.cert_chain_pems))


class SecuredKafka:
    """The broker and who may do what on it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.authority = trustme.CA()
        self.authority.cert_pem.write_to_path(folder / "ca.pem")
        issue(self.authority, folder, HOST)
        plain, controller, *others = (free_port() for _ in range(5))
        self.plain, self.password, self.tls, self.certificate = (f"{HOST}:{port}" for port in (plain, *others))
        self.kafka = LocalKafka(folder / "kafka", plain, node_settings(plain, controller) | QUICK | self._settings(controller))

    def _settings(self, controller: int) -> dict[str, str]:
        doors = {"PLAINTEXT": self.plain, "PASSWORD": self.password, "TLS": self.tls, "CERTIFICATE": self.certificate}
        listeners = ",".join(f"{name}://{address}" for name, address in doors.items())
        pem = (self.folder / f"{HOST}.key").read_text() + (self.folder / f"{HOST}.pem").read_text()
        (self.folder / "broker.pem").write_text(pem)
        return {
            "listeners": f"{listeners},CONTROLLER://{HOST}:{controller}",
            "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
            "PASSWORD:SASL_PLAINTEXT,TLS:SASL_SSL,CERTIFICATE:SSL",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": f"User:ANONYMOUS;User:{ADMIN}",  # the first: whoever comes by the plain door
            "sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.password.scram-sha-512.sasl.jaas.config": _JAAS,
            "listener.name.tls.scram-sha-512.sasl.jaas.config": _JAAS,
            "listener.name.certificate.ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([^,]+),.*$/$1/",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": str(self.folder / "broker.pem"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": str(self.folder / "ca.pem"),
        }

    def user(self, rights: tuple[Right, ...] = (), prefix: str = "", ca_file: str = "") -> "User":
        """A new user with these rights."""
        return self._new(f"user-{uuid.uuid4().hex[:8]}", rights, prefix, ca_file)

    def admin(self, prefix: str = "", ca_file: str = "") -> "User":
        """Who may do everything."""
        return self._new(ADMIN, (), prefix, ca_file)

    def _new(self, name: str, rights: tuple[Right, ...], prefix: str, ca_file: str) -> "User":
        user = User(self, name, self.folder / f"{name}.toml", prefix)
        user.change_password(f'ca_file = "{ca_file}"\n' if ca_file else "")
        user.grant(*rights)
        return user

    def by_the_plain_door(self) -> KafkaAdminClient:
        return KafkaAdminClient(bootstrap_servers=self.plain)


class User:
    """Somebody on the bus. file: as TALAIA_KAFKA_FILE wants it; rights are of topics with the prefix."""

    def __init__(self, bus: SecuredKafka, name: str, file: Path, prefix: str) -> None:
        self.bus, self.name, self.file, self._prefix = bus, name, file, prefix
        self.password = ""

    def change_password(self, besides: str = "") -> None:
        """A new one, on the broker and in the file; besides: what else the file says."""
        self.password = uuid.uuid4().hex
        with self.bus.by_the_plain_door() as admin:
            upserted = UserScramCredentialUpsertion(self.name, "SCRAM-SHA-512", self.password)
            assert admin.alter_user_scram_credentials([upserted]) == {self.name: None}
        self.file.touch(0o600)
        besides += f"session_timeout_s = {SESSION_S}\n"
        self.file.write_text(f'user = "{self.name}"\npassword = "{self.password}"\n{besides}')

    def grant(self, *rights: Right) -> None:
        """Give rights; they count when this returns."""
        acls = [self._acl(right) for right in rights]
        with self.bus.by_the_plain_door() as admin:
            if acls:
                assert not admin.create_acls(acls)["failed"]
            wait_for(lambda: all(admin.describe_acls(acl)[0] for acl in acls), "the rights to be there")

    def revoke(self, *rights: Right) -> None:
        """Take rights away; they are gone when this returns."""
        acls = [self._acl(right) for right in rights]
        with self.bus.by_the_plain_door() as admin:
            assert all(matching for _, matching, _ in admin.delete_acls(acls))
            wait_for(lambda: not any(admin.describe_acls(acl)[0] for acl in acls), "the rights to be gone")

    def environment(self, door: str = "") -> dict[str, str]:
        """What a process of this user is told, which comes by the door for passwords if no other is named."""
        return {"TALAIA_KAFKA_BOOTSTRAP": door or self.bus.password, "TALAIA_KAFKA_FILE": str(self.file)}

    def settings(self, door: str = "") -> BusSettings:
        """The same, for a client in this process."""
        return BusSettings(kafka_bootstrap=door or self.bus.password, kafka_file=self.file, topic_prefix=self._prefix)

    def _acl(self, right: Right) -> ACL:
        return acl(BusSettings(topic_prefix=self._prefix), self.name, right)


def worker_rights() -> tuple[Right, ...]:
    """What the catalogue's rule gives the counting worker, and the topic of another's that it writes."""
    return (*rights_of("count-worker", TOPICS), Right(Kind.TOPIC, SIGNALS.name, Operation.WRITE))


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """One secured broker for all tests."""
    bus = SecuredKafka(tmp_path_factory.mktemp("secured"))
    with bus.kafka:
        yield bus
