"""What Kubernetes is told of topics, users and rights, read back: it is the catalogue, no more and no less."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from strimzi import KINDS, STRIMZI
from support.house import ROOT
from talaia.contracts.catalogue import every_topic
from talaia.stream.rights import Operation, Right, rights_by_user
from talaia.stream.topics import topic_settings

FOLDER = ROOT / STRIMZI
MANIFESTS = sorted(FOLDER.glob("*/[tu]*.yaml"))
DNS_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")


def documents(folder: str = "*") -> list[dict[str, Any]]:
    files = sorted(FOLDER.glob(f"{folder}/[tu]*.yaml"))
    return [document for file in files for document in yaml.safe_load_all(file.read_text())]


def specs(kind: str) -> dict[str, dict[str, Any]]:
    """By name; a name that comes twice is told."""
    found = [(document["metadata"]["name"], document["spec"]) for document in documents() if document["kind"] == kind]
    assert len(dict(found)) == len(found)
    return dict(found)


def right(resource: dict[str, str], operation: str) -> Right:
    kinds = {word: kind for kind, word in KINDS.items()}
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).upper()
    return Right(kinds[resource["type"]], resource["name"], Operation(words), resource["patternType"] == "prefix")


def test_every_topic_is_as_the_catalogue_says() -> None:
    assert {spec["topicName"]: spec for spec in specs("KafkaTopic").values()} == {
        topic.name: {"topicName": topic.name, "partitions": topic.partitions, "config": topic_settings(topic)}
        for topic in every_topic()
    }


def test_every_user_has_the_rights_of_the_catalogue() -> None:
    found = {}
    for user, spec in specs("KafkaUser").items():
        assert spec["authentication"] == {"type": "scram-sha-512"}
        assert spec["authorization"]["type"] == "simple"
        given = [right(acl["resource"], each) for acl in spec["authorization"]["acls"] for each in acl["operations"]]
        assert len(set(given)) == len(given)
        found[user] = set(given)
    assert found == {user: set(rights) for user, rights in rights_by_user(every_topic()).items()}


def test_kubernetes_takes_every_name() -> None:
    for document in documents():
        assert document["apiVersion"] == "kafka.strimzi.io/v1"
        assert document["metadata"]["labels"] == {"strimzi.io/cluster": "talaia"}
        assert DNS_SUBDOMAIN.fullmatch(document["metadata"]["name"])
        assert len(document["metadata"]["name"]) <= 253


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_manifest_is_part_of_its_component(manifest: Path) -> None:
    assert manifest.name in yaml.safe_load((manifest.parent / "kustomization.yaml").read_text())["resources"]


@pytest.mark.parametrize(("service", "other"), [("waste", "alerts"), ("alerts", "waste")])
def test_a_service_alone_brings_its_users_and_every_topic_that_they_use_and_nobody_of_another(service: str, other: str) -> None:
    alone = [*documents(service), *documents("shared")]
    topics = {document["spec"]["topicName"] for document in alone if document["kind"] == "KafkaTopic"}
    users = [document for document in alone if document["kind"] == "KafkaUser"]
    acls = [acl["resource"] for user in users for acl in user["spec"]["authorization"]["acls"]]
    assert {acl["name"] for acl in acls if acl["type"] == "topic"} <= topics
    assert {user["metadata"]["name"].partition("-")[0] for user in users} == {service}
    assert not any(document["metadata"]["name"].startswith(other) for document in documents(service))
