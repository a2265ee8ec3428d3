"""What must be true of every manifest: each rule takes the documents of an overlay and gives its violations, one a line.

The same rules run on the repository's overlays and on copies in which a test planted one mistake.
"""

import functools
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import kubernetes_validate
from support.broker_rules import broker
from support.house import SERVICES
from support.joint_rules import references, selectors
from support.manifests import CUSTOM, Documents, containers, labels_of, name, role, workloads
from support.network_rules import network
from support.pod_rules import hardened, probes, rollout, settings, views

OLDEST_KUBERNETES = "1.32"
"""Manifests use nothing that is newer."""
NAMESPACE = "talaia"
NO_NAMESPACE = frozenset({"Namespace"})


def schema(documents: Documents) -> Iterator[str]:
    """Kubernetes knows every field; what it does not know is one of the custom resources that are counted elsewhere."""
    for document in documents:
        yield from _schema(json.dumps(document, sort_keys=True))


@functools.cache
def _schema(text: str) -> tuple[str, ...]:
    document = json.loads(text)
    try:
        kubernetes_validate.validate(document, OLDEST_KUBERNETES, strict=True)
    except kubernetes_validate.SchemaNotFoundError:
        known = document["kind"] in CUSTOM
        return () if known else (f"{name(document)}: a kind that nobody checks",)
    except kubernetes_validate.ValidationError as error:
        return (f"{name(document)}: {error.message}",)
    return ()


def unique(documents: Documents) -> Iterator[str]:
    """Nothing stands twice, and everything stands in the one namespace."""
    names = [name(document) for document in documents]
    yield from (f"{each}: twice" for each in set(names) if names.count(each) > 1)
    for document in documents:
        if document["kind"] not in NO_NAMESPACE and document["metadata"].get("namespace") != NAMESPACE:
            yield f"{name(document)}: not in {NAMESPACE}"


def images(documents: Documents) -> Iterator[str]:
    """What runs is its service's image, named by its digest, and pulled where it is missing."""
    for workload in workloads(documents):
        own = f"talaia-{labels_of(workload).get('app.kubernetes.io/name')}"
        for container in containers(workload):
            if not re.fullmatch(rf"([\w.:-]+/)*{own}@sha256:[0-9a-f]{{64}}", container["image"]):
                yield f"{name(workload)}: image {container['image']} is not {own} by its digest"
            if container.get("imagePullPolicy", "IfNotPresent") != "IfNotPresent":
                yield f"{name(workload)}: its image is not pulled where it is missing"


def alone(documents: Documents) -> Iterator[str]:
    """A service alone names no other. Topics on which services meet are named after their owner."""
    here = {labels_of(workload).get("app.kubernetes.io/name") for workload in workloads(documents)}
    for other in set(SERVICES) - here:
        for document in documents:
            for text in _strings(document):
                if re.search(rf"(?<![\w.]){other}(?!\w|\.\w+\.v\d)", text.lower().replace("_", "-")):
                    yield f"{name(document)}: names {other}: {text}"


def own(documents: Documents, service: str) -> Iterator[str]:
    """What a service brings has its name: who deletes it takes nothing that others need."""
    for document in documents:
        if not re.match(rf"{service}\b", document["metadata"]["name"]):
            yield f"{name(document)}: is not {service}'s alone"


def processes(documents: Documents, services: Iterable[str]) -> Iterator[str]:
    """Worker and API of these services and the operator's command are there, and nothing else of ours."""
    found = Counter((labels_of(each).get("app.kubernetes.io/name"), role(each)) for each in workloads(documents))
    wanted = Counter([("cli", "cli"), *((service, each) for service in services for each in ("worker", "api"))])
    yield from (f"{' '.join(map(str, each))}: should not run" for each in found - wanted)
    yield from (f"{' '.join(each)}: does not run" for each in wanted - found)


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _strings(value)
    elif isinstance(node, list):
        for value in node:
            yield from _strings(value)
    else:
        yield str(node)


RULES: tuple[Callable[[Documents], Iterator[str]], ...] = (
    *(schema, unique, hardened, images, probes, rollout, views, selectors, references, settings, network, broker),
)
