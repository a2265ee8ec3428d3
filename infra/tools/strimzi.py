"""Topics, users and their rights for Kubernetes, where Strimzi's operators keep them: made from the topic catalogue.

A folder holds what one service has for itself. What all share: `shared`, the topics by which services meet, and `operator`,
whoever looks after the bus. Copies and how many of them must be in sync are left to the cluster
(`default.replication.factor`, `min.insync.replicas`), so that one set of manifests fits a small and a large one.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml
from talaia.contracts.catalogue import Topic, every_topic
from talaia.stream.rights import OPERATOR, Kind, Right, principal, rights_by_user
from talaia.stream.topics import topic_settings

STRIMZI = "infra/kubernetes/components/strimzi"
API_VERSION = "kafka.strimzi.io/v1"
CLUSTER = "talaia"
SHARED = "shared"
KINDS = {Kind.TOPIC: "topic", Kind.GROUP: "group", Kind.TRANSACTIONAL_ID: "transactionalId"}
_HEAD = "# Made by `make schemas` from talaia.contracts.catalogue.\n"


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """Every manifest with its content."""
    folders: dict[str, dict[str, list[dict[str, Any]]]] = {}
    for topic in every_topic():
        folders.setdefault(_folder(topic), {}).setdefault("topics.yaml", []).append(kafka_topic(topic))
    for user, rights in rights_by_user(every_topic()).items():
        folder = "operator" if user == OPERATOR else _service(user)
        folders.setdefault(folder, {}).setdefault("users.yaml", []).append(kafka_user(user, rights))
    for folder, manifests in folders.items():
        for name, documents in manifests.items():
            yield root / STRIMZI / folder / name, _HEAD + yaml.safe_dump_all(documents, sort_keys=False, width=130)
        yield root / STRIMZI / folder / "kustomization.yaml", _component(manifests)


def kafka_topic(topic: Topic) -> dict[str, Any]:
    """A topic as Strimzi's topic operator takes it. Names in Kubernetes hold no underscore, those of topics may."""
    spec = {"topicName": topic.name, "partitions": topic.partitions, "config": topic_settings(topic)}
    return _resource("KafkaTopic", topic.name.replace("_", "-"), spec)


def kafka_user(user: str, rights: Iterable[Right]) -> dict[str, Any]:
    """A user and its rights as Strimzi's user operator takes them. The operator makes the password, a secret of this name."""
    operations: dict[tuple[Kind, str, bool], list[str]] = {}
    for right in rights:
        operations.setdefault((right.kind, right.name, right.prefixed), []).append(_operation(right))
    acls = [
        {
            "resource": {"type": KINDS[kind], "name": name, "patternType": "prefix" if prefixed else "literal"},
            "operations": allowed,
        }
        for (kind, name, prefixed), allowed in operations.items()
    ]
    spec = {"authentication": {"type": "scram-sha-512"}, "authorization": {"type": "simple", "acls": acls}}
    return _resource("KafkaUser", user, spec)


def _operation(right: Right) -> str:
    """`DESCRIBE_CONFIGS` is `DescribeConfigs` there."""
    return "".join(word.capitalize() for word in right.operation.split("_"))


def _folder(topic: Topic) -> str:
    """The service that has a topic for itself."""
    services = {_service(principal(who)) for who in (*topic.written_by, *topic.read_by)} - {""}
    return services.pop() if len(services) == 1 else SHARED


def _service(user: str) -> str:
    return user.rpartition("-")[0]


def _resource(kind: str, name: str, spec: dict[str, Any]) -> dict[str, Any]:
    metadata = {"name": name, "labels": {"strimzi.io/cluster": CLUSTER}}
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _component(resources: Iterable[str]) -> str:
    head = {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"}
    return f"{_HEAD}{yaml.safe_dump(head | {'resources': list(resources)}, sort_keys=False)}"
