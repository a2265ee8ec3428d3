"""Who comes to the bus in the compose files, by which file, and what the broker there asks: rules as in compose."""

import re
from collections.abc import Iterator
from typing import Any

Model = dict[str, Any]
KAFKA_FILE, BOOTSTRAP = "TALAIA_KAFKA_FILE", "TALAIA_KAFKA_BOOTSTRAP"
OWN_FILE = "bus.toml"
LOOPBACK = "127.0.0.1:"
_ADMINISTRATOR, _BROKER = "topics", "broker"
_WHOSE = {"bus": _ADMINISTRATOR, "keys": r"\w+-api", "watch": "prometheus", "databases": "postgres"}
"""Who is given a folder of secrets."""


def mounted_files(service: Model) -> dict[str, str]:
    """The secret of each name in /run/secrets."""
    given = (each if isinstance(each, dict) else {"source": each} for each in service.get("secrets", ()))
    return {each.get("target", each["source"]): each["source"] for each in given}


def mounted_folders(service: Model) -> Iterator[tuple[str, bool]]:
    """Of the host: which, and whether it can only be read."""
    for volume in service.get("volumes", ()):
        if isinstance(volume, dict):
            yield volume["source"], volume.get("read_only") is True and volume["type"] == "bind"
        elif volume[0] in "./~":
            yield volume.split(":")[0], volume.endswith(":ro")


def at_home(service: Model) -> bool:
    """Whether it needs no other bus than the one of these files."""
    return service.get("environment", {}).get(BOOTSTRAP, "broker:9092") == "broker:9092"


def bus(model: Model) -> Iterator[str]:
    """Each process of ours comes as a user of its own, and has nobody else's password; only `topics` is the administrator."""
    users = {name for name, how in model["secrets"].items() if "/bus/" in how["file"]}
    for name, service in model["services"].items():
        given, variables = mounted_files(service), service.get("environment", {})
        own = {"admin_password"} if name == _BROKER else {f"{name}.toml", "kafka_ca.pem"}
        yield from (f"{name}: has {other}, which is another's" for other in set(given.values()) & users - own)
        for path, _ in mounted_folders(service):
            if "secrets" in path and not re.fullmatch(_WHOSE.get(path.rpartition("/")[2], "nobody"), name):
                yield f"{name}: reads all of {path}"
        if "build" not in service:
            continue
        if at_home(service) and "TALAIA_TOPIC_PREFIX" in variables:
            yield f"{name}: has a prefix, which the users of this broker have not"
        if at_home(service) or KAFKA_FILE in variables:
            yield from _comes(name, service, given)


def _comes(name: str, service: Model, given: dict[str, str]) -> Iterator[str]:
    file = service.get("environment", {}).get(KAFKA_FILE)
    if name != _ADMINISTRATOR:
        if file != f"/run/secrets/{OWN_FILE}" or given.get(OWN_FILE) != f"{name}.toml":
            yield f"{name}: does not come to the bus as itself"
        return
    (folder,) = [each["target"] for each in service["volumes"]]
    if file != f"{folder}/admin.toml":
        yield f"{name}: does not come to the bus as its administrator"
    if at_home(service) and service["command"] != ["topics", "apply", "--users", "--acls", "--secrets", folder]:
        yield f"{name}: does not give everybody his rights"


def properties(text: str) -> dict[str, str]:
    """What a file of Kafka's says."""
    lines = (line.partition("=") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: value for name, _, value in lines}


def broker_asks(text: str) -> Iterator[str]:
    """Who reaches the broker from another container shows a password, and may do what a rule allows."""
    said = properties(text)
    protocols = dict(each.split(":") for each in said["listener.security.protocol.map"].split(","))
    for name, address in (each.split("://") for each in said["listeners"].split(",")):
        if not protocols[name].startswith("SASL_") and not address.startswith(LOOPBACK):
            yield f"{name}: asks nobody who he is"
    for name, value in (
        ("sasl.enabled.mechanisms", "SCRAM-SHA-512"),
        ("authorizer.class.name", "org.apache.kafka.metadata.authorizer.StandardAuthorizer"),
        ("allow.everyone.if.no.acl.found", "false"),
        ("super.users", "User:admin;User:ANONYMOUS"),
        ("auto.create.topics.enable", "false"),
    ):
        if said.get(name) != value:
            yield f"{name}: not {value}"
