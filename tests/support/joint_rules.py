"""What in one manifest stands for something in another: rules as in manifest_rules."""

from collections.abc import Iterator

from support.house import SERVICES
from support.manifests import Document, Documents, containers, labels_of, name, of_kind, pod_of, running, workloads

MADE_ELSEWHERE = frozenset({"talaia-cluster-ca-cert", "talaia-metrics-key", "cli", "waste-ingest", "waste-mqtt"}) | {
    f"{service}-{what}" for service in SERVICES for what in ("worker", "api", "api-keys", "database", "login", "tls")
}
"""Secrets that docs/deploying.md says how to make, or that Strimzi makes."""


def selectors(documents: Documents) -> Iterator[str]:
    """What chooses pods chooses those of one workload; each workload has its Service and its budget."""
    pods = {workload["metadata"]["name"]: labels_of(workload) for workload in workloads(documents)}
    for document in documents:
        chosen = _chosen(document)
        if chosen is not None:
            found = {pod for pod, labels in pods.items() if chosen.items() <= labels.items()}
            if len(found) != 1:
                yield f"{name(document)}: chooses the pods of {sorted(found) or 'nobody'}"
    for workload in workloads(documents):
        selected = workload["spec"]["selector"]["matchLabels"]
        spread = [each["labelSelector"]["matchLabels"] for each in pod_of(workload).get("topologySpreadConstraints", ())]
        if any(each != selected for each in spread) or not selected.items() <= labels_of(workload).items():
            yield f"{name(workload)}: does not know its own pods"
        serving = ("Service", "PodDisruptionBudget") if workload in running(documents) else ()
        for kind in ("NetworkPolicy", "ServiceAccount", *serving):
            if not any(each["metadata"]["name"] == workload["metadata"]["name"] for each in of_kind(documents, kind)):
                yield f"{name(workload)}: has no {kind} of its name"


def _chosen(document: Document) -> dict[str, str] | None:
    """The labels by which a document chooses pods of one workload."""
    spec = document.get("spec", {})
    match document["kind"]:
        case "Service":
            return dict(spec["selector"])
        case "PodDisruptionBudget" | "StatefulSet" | "Deployment":
            return dict(spec["selector"].get("matchLabels", {}))
        case "NetworkPolicy" if document["metadata"]["name"] not in {"default-deny", "talaia-metrics"}:
            return dict(spec["podSelector"].get("matchLabels", {}))
    return None


def references(documents: Documents) -> Iterator[str]:
    """What a document names is there, or is made where docs/deploying.md says."""
    there = {(document["kind"], document["metadata"]["name"]) for document in documents}
    for workload in workloads(documents):
        pod = pod_of(workload)
        wanted = [("ServiceAccount", pod.get("serviceAccountName"))]
        wanted += [("Service", workload["spec"]["serviceName"])] if workload["kind"] == "StatefulSet" else []
        wanted += [
            ("ConfigMap", source.get("configMapRef", {}).get("name")) for source in containers(workload)[0].get("envFrom", ())
        ]
        sources = [*pod["volumes"], *(s for v in pod["volumes"] for s in v.get("projected", {}).get("sources", ()))]
        maps = [source["configMap"] for source in sources if "configMap" in source]
        wanted += [("ConfigMap", each["name"]) for each in maps if not each.get("optional")]
        yield from (f"{name(workload)}: {kind} {each} is not there" for kind, each in wanted if (kind, each) not in there)
        secrets = {s["secret"].get("secretName") or s["secret"].get("name") for s in sources if "secret" in s}
        yield from (f"{name(workload)}: nobody makes the secret {secret}" for secret in secrets - MADE_ELSEWHERE)
        if ("KafkaUser", workload["metadata"]["name"]) not in there:
            yield f"{name(workload)}: the bus does not know it"
        mounts = {mount["name"] for mount in containers(workload)[0]["volumeMounts"]}
        if mounts != {volume["name"] for volume in pod["volumes"]}:
            yield f"{name(workload)}: volumes and mounts differ"
    for ingress in of_kind(documents, "Ingress"):
        for backend in _backends(ingress):
            ports = [
                each["spec"]["ports"] for each in of_kind(documents, "Service") if each["metadata"]["name"] == backend["name"]
            ]
            if not ports or backend["port"]["name"] not in {port["name"] for port in ports[0]}:
                yield f"{name(ingress)}: Service {backend['name']} is not there, or lacks the port"


def _backends(ingress: Document) -> Iterator[Document]:
    for rule in ingress["spec"]["rules"]:
        for path in rule["http"]["paths"]:
            yield path["backend"]["service"]
