"""What must be true of the compose files: each rule takes the merged, resolved model and gives its violations, one a line.

The same rules run on the repository's files and on copies in which a test planted one mistake.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from typing import Any

import yaml
from jsonschema_rs import Draft202012Validator
from support.compose_bus import at_home, bus, mounted_files, mounted_folders
from support.house import ROOT
from support.settings import not_settings, open_secrets

Model = dict[str, Any]
MAIN, POSTGRES, LOGIN = "docker-compose.yml", "infra/compose/postgres.yml", "infra/compose/login.yml"
INGEST = "infra/compose/ingest.yml"
OWN_KAFKA, OPEN_KAFKA = "infra/compose/own-kafka.yml", "infra/compose/open-kafka.yml"
TOGETHER = {
    "alone": (MAIN,),
    "with postgres": (MAIN, POSTGRES),
    "with login": (MAIN, LOGIN),
    "with the doors of waste": (MAIN, INGEST),
    "with a Kafka of one's own": (MAIN, OWN_KAFKA),
    "with an open Kafka of one's own": (MAIN, OPEN_KAFKA),
    "with all that goes together": (MAIN, POSTGRES, LOGIN, OWN_KAFKA),
}
SECRETS = "./var/secrets"
GIVEN = {
    "SECRETS_FOLDER": SECRETS,
    "TALAIA_KAFKA_BOOTSTRAP": "kafka.example.org:9093",
    "CITY_FOLDER": "./infra/cities/demo",
}
"""What `make secrets` writes into .env, and what a person says of a Kafka of his own and of his city."""
_SCHEMA = json.loads((ROOT / "tests/support/compose-spec/compose-spec.json").read_text())
_VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
OURS_ALONE = {"read_only": True, "init": True, "cap_drop": ["ALL"], "security_opt": ["no-new-privileges:true"]}
LIMITS = {"pids_limit", "mem_limit", "stop_grace_period", "restart"}
UNCONTAINED = {"privileged", "network_mode", "pid", "ipc", "cap_add", "devices", "userns_mode"}
_TAKE_THE_PLACE = {"command", "entrypoint", "test"}
"""Lists of one thing, which are not joined."""
SHOWN = re.compile(r"\w+-api|grafana")
"""What a browser opens."""
_FETCH = {"alertmanager", "waste-ingest"}
"""Who goes outside without being opened from there."""


class _Reset:
    """`!reset`: what an earlier file says of this is taken out."""


class _Loader(yaml.CSafeLoader):
    """Of compose's own words in YAML it knows the one that is used."""


_Loader.add_constructor("!reset", lambda *_: _Reset())


class Missing(ValueError):
    """A variable without which the files are not to be used; the message is what compose says."""


def load(*files: str, environment: Mapping[str, str] = GIVEN, read: Callable[[str], str] | None = None) -> Model:
    """The files, merged in their order, with variables replaced. Raises Missing."""
    merged: Model = {}
    for file in files:
        text = (read or (lambda path: (ROOT / path).read_text()))(file)
        merged = _merged(merged, _resolved(yaml.load(text, _Loader), environment))
    return {key: value for key, value in merged.items() if not key.startswith("x-")}


def services_of(model: Model, *profiles: str) -> set[str]:
    """What `--profile` starts."""
    return {name for name, service in model["services"].items() if set(profiles) & set(service.get("profiles", ()))}


def _resolved(node: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _resolved(value, environment) for key, value in node.items()}
    if isinstance(node, list):
        return [_resolved(value, environment) for value in node]
    return _VARIABLE.sub(lambda found: _value(found, environment), node) if isinstance(node, str) else node


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    variable, how, rest = found.groups()
    if environment.get(variable):
        return environment[variable]
    if how == "?":
        raise Missing(f"required variable {variable} is missing a value: {rest}")
    return rest or ""


def _merged(under: Any, over: Any) -> Any:
    """As compose merges: mappings by key, lists one after the other without repeating, of everything else the later one."""
    if isinstance(under, dict) and isinstance(over, dict):
        joined = under.keys() & over.keys() - _TAKE_THE_PLACE
        merged = under | {key: _merged(under[key], value) if key in joined else deepcopy(value) for key, value in over.items()}
        return {key: value for key, value in merged.items() if not isinstance(value, _Reset)}
    return [*under, *(each for each in over if each not in under)] if isinstance(under, list) and isinstance(over, list) else over


def schema(model: Model) -> Iterator[str]:
    """Compose knows every field."""
    for error in Draft202012Validator(_SCHEMA).iter_errors(model):
        yield f"{'.'.join(map(str, error.instance_path))}: {error.message}"


def references(model: Model) -> Iterator[str]:
    """What a service refers to is there, and all that is there is used."""
    for kind in ("networks", "volumes", "secrets"):
        used = {each for service in model["services"].values() for each in _used(service, kind)}
        yield from (f"{kind}: {each} is not there" for each in used - set(model[kind]))
        yield from (f"{kind}: nobody uses {each}" for each in set(model[kind]) - used)
    for name, service in model["services"].items():
        for path, _ in mounted_folders(service):
            if not (ROOT / path).exists() and not path.startswith(SECRETS):
                yield f"{name}: {path} is not there"
        for other, how in service.get("depends_on", {}).items():
            if other not in model["services"]:
                yield f"{name}: waits for {other}, which is not there"
            elif how.get("required", True) and not set(service["profiles"]) <= set(model["services"][other]["profiles"]):
                yield f"{name}: waits for {other}, which one of its profiles does not bring"
            elif how["condition"] == "service_healthy" and "healthcheck" not in model["services"][other]:
                yield f"{name}: waits for the health of {other}, which has no check"


def _used(service: Model, kind: str) -> Iterator[str]:
    if kind == "secrets":
        yield from mounted_files(service).values()
        return
    for each in service.get(kind, ()):
        if kind != "volumes":
            yield each
        elif isinstance(each, str) and not each.startswith("."):
            yield each.split(":")[0]


def contained(model: Model) -> Iterator[str]:
    """What a container may do is taken away, what it may use is limited."""
    for name, service in model["services"].items():
        wanted = OURS_ALONE if name != "broker" else {key: value for key, value in OURS_ALONE.items() if key != "read_only"}
        yield from (f"{name}: {key} is not {value}" for key, value in wanted.items() if service.get(key) != value)
        yield from (f"{name}: no {key}" for key in LIMITS - set(service))
        yield from (f"{name}: {key} takes away its walls" for key in UNCONTAINED & set(service))
        if service.get("user") in ("root", "0", 0):
            yield f"{name}: runs as root"
        (shared,) = [tmpfs for tmpfs in service.get("tmpfs", ()) if tmpfs.startswith("/tmp:size=")] or [""]
        if not shared:
            yield f"{name}: no /tmp of limited size"
        elif (name == "broker") is not shared.endswith(",exec"):
            yield f"{name}: only Kafka runs what it puts into /tmp: it unpacks zstd and snappy there"
        if "healthcheck" not in service and service.get("restart") not in ("on-failure", "no"):
            yield f"{name}: nobody sees whether it is well"
        for path, read_only in mounted_folders(service):
            if not path.startswith("./") or not read_only:
                yield f"{name}: {path} lets it change its host"


def closed(model: Model) -> Iterator[str]:
    """The bus is reached from no other network; what a browser opens is reached from this host alone."""
    for network, how in model["networks"].items():
        if (how or {}).get("internal") is not (network != "outside" or None):
            yield f"networks: {network} must be internal, all but outside"
    for name, service in model["services"].items():
        if bool(service.get("ports")) != bool(SHOWN.fullmatch(name)):
            yield f"{name}: only what a browser opens has a port"
        yield from (f"{name}: {port} is open to other hosts" for port in service.get("ports", ()) if not _loopback(port))
        if service.get("ports") and "outside" not in service["networks"]:
            yield f"{name}: has a port on no network that leads there"
        if not service.get("networks"):
            yield f"{name}: is on compose's default network"
        if "outside" in service.get("networks", ()) and not service.get("ports") and name not in _FETCH and at_home(service):
            yield f"{name}: can reach the outside"


def _loopback(port: Any) -> bool:
    return isinstance(port, str) and port.startswith("127.0.0.1:")


def settings(model: Model) -> Iterator[str]:
    """A process is given settings that it has, and secrets as files alone."""
    for name, service in model["services"].items():
        variables = service.get("environment", {})
        told = list(open_secrets(variables))
        if "build" in service:
            told += not_settings(service["build"]["args"]["SERVICE"], variables)
        yield from (f"{name}: {sentence}" for sentence in told)
        for variable, value in variables.items():
            if str(value).startswith("/run/secrets/") and str(value).rpartition("/")[2] not in mounted_files(service):
                yield f"{name}: {variable} names a secret that it is not given"
            if str(value).startswith("/etc/talaia/") and not any(str(value).startswith(f"{each}/") for each in _targets(service)):
                yield f"{name}: {variable} names a file that it is not given"
        for volume in service.get("volumes", ()):
            if isinstance(volume, dict) and volume.get("bind") != {"create_host_path": False}:
                yield f"{name}: an empty folder is made where there is no {volume['source']} yet"
        yield from (f"{name}: env_file hides what it is told" for _ in service.get("env_file", ()))
    for secret, how in model["secrets"].items():
        if how["file"] not in {f"{SECRETS}/{folder}{secret}" for folder in ("", "bus/", "databases/")}:
            yield f"secrets: {secret} is no file of the folder of secrets"


def _targets(service: Model) -> Iterator[str]:
    """The folders of its host as it sees them."""
    for volume in service.get("volumes", ()):
        yield volume["target"] if isinstance(volume, dict) else volume.split(":")[1]


def images(model: Model) -> Iterator[str]:
    """An image has a version; ours is built from what is here."""
    for name, service in model["services"].items():
        _, _, tag = service.get("image", "").rpartition("/")[2].partition(":")
        if tag in ("", "latest"):
            yield f"{name}: no image with a version"
        if "build" in service:
            made = service["build"]["args"]["SERVICE"]
            if not service["image"].startswith(f"talaia-{made}:") or not name.startswith((made, "topics")):
                yield f"{name}: is built from {made}, and called {service['image']}"
            if not (ROOT / service["build"]["dockerfile"]).is_file() or not (ROOT / f"infra/docker/{made}.lock").is_file():
                yield f"{name}: cannot be built from what is here"


RULES: tuple[Callable[[Model], Iterator[str]], ...] = (schema, references, contained, closed, settings, images, bus)
