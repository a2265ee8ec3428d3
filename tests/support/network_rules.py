"""Who may reach whom: NetworkPolicies open the edges that the processes of an overlay need, no more and no fewer."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from support.manifests import Document, Documents, containers, labels_of, name, of_kind, role, variables, workloads

PORT = 8080


def _namespace(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}}


DNS, PROMETHEUS, CONTROLLER, POSTGRES = map(_namespace, ("kube-system", "monitoring", "ingress-nginx", "postgres"))
BROKER = {"podSelector": {"matchExpressions": [{"key": "strimzi.io/cluster", "operator": "In", "values": ["talaia"]}]}}
LOGIN = MQTT = {"ipBlock": {"cidr": "192.0.2.0/24"}}
"""Nobody's addresses, until an installation names those of its provider and its broker."""
CLOSED = {"podSelector": {"matchExpressions": [{"key": "strimzi.io/cluster", "operator": "DoesNotExist"}]}}


class Edge(NamedTuple):
    """pod: the workload's name; direction: ingress or egress; peer, port: as a policy writes them."""

    pod: str
    direction: str
    peer: str
    port: str


def network(documents: Documents) -> Iterator[str]:
    """All is closed but the edges that are needed."""
    policies = of_kind(documents, "NetworkPolicy")
    denied = [each["spec"] for each in policies if each["metadata"]["name"] == "default-deny"]
    if denied != [CLOSED | {"policyTypes": ["Ingress", "Egress"]}]:
        yield "NetworkPolicy default-deny: not there, or leaves something open"
    open_, needed = set(_open(documents)), set(_needed(documents))
    yield from (f"{edge.pod}: {edge.direction} {edge.port} {edge.peer} is needed and closed" for edge in needed - open_)
    yield from (f"{edge.pod}: {edge.direction} {edge.port} {edge.peer} is open and not needed" for edge in open_ - needed)
    for workload in workloads(documents):
        ports = [port["containerPort"] for port in containers(workload)[0].get("ports", ())]
        if ports != ([] if role(workload) == "cli" else [PORT]):
            yield f"{name(workload)}: its ports are {ports}"


def _needed(documents: Documents) -> Iterator[Edge]:
    """What each process needs, by what it is told."""
    shown = {path["backend"]["service"]["name"] for each in of_kind(documents, "Ingress") for path in _paths(each)}
    for workload in workloads(documents):
        pod = workload["metadata"]["name"]
        for protocol in ("UDP", "TCP"):
            yield _edge(pod, "egress", DNS, {"protocol": protocol, "port": 53})
        yield _edge(pod, "egress", BROKER, {"port": 9093})
        if role(workload) != "cli":
            yield _edge(pod, "ingress", PROMETHEUS, {"port": PORT})
        if role(workload) == "ingest":
            yield _edge(pod, "egress", MQTT, {"port": 8883})
        if pod in shown:
            yield _edge(pod, "ingress", CONTROLLER, {"port": PORT})
        for suffix, peer, port in (("_DATABASE_URL_FILE", POSTGRES, 5432), ("_OIDC_FILE", LOGIN, 443)):
            if any(variable.endswith(suffix) for variable in variables(workload)):
                yield _edge(pod, "egress", peer, {"port": port})


def _paths(ingress: Document) -> Iterator[Document]:
    for rule in ingress["spec"]["rules"]:
        yield from rule["http"]["paths"]


def _open(documents: Documents) -> Iterator[Edge]:
    """What the policies open. An edge counts only where its policy is of that direction."""
    for policy in of_kind(documents, "NetworkPolicy"):
        spec = policy["spec"]
        pods = [each["metadata"]["name"] for each in workloads(documents) if _chooses(spec["podSelector"], labels_of(each))]
        for direction, whom in (("ingress", "from"), ("egress", "to")):
            if direction.capitalize() not in spec["policyTypes"]:
                continue
            for opened in spec.get(direction, ()):
                yield from _edges(pods, direction, opened.get(whom) or [{}], opened.get("ports") or [{}])


def _edges(pods: Iterable[str], direction: str, peers: Iterable[Document], ports: Iterable[Document]) -> Iterator[Edge]:
    ports = list(ports)
    for pod in pods:
        for peer in peers:
            yield from (_edge(pod, direction, peer, port) for port in ports)


def _edge(pod: str, direction: str, peer: Document, port: Document) -> Edge:
    return Edge(pod, direction, json.dumps(peer, sort_keys=True), json.dumps({"protocol": "TCP"} | port, sort_keys=True))


def _chooses(selector: Document, labels: dict[str, str]) -> bool:
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        _holds(each, labels) for each in selector.get("matchExpressions", ())
    )


def _holds(expression: Document, labels: dict[str, str]) -> bool:
    match expression["operator"]:
        case "In":
            return labels.get(expression["key"]) in expression["values"]
        case "DoesNotExist":
            return expression["key"] not in labels
    raise NotImplementedError(expression["operator"])
