"""The documents of an overlay, and what stands in them."""

from typing import Any

Document = dict[str, Any]
Documents = list[Document]
CUSTOM = frozenset({"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "PrometheusRule", "ServiceMonitor"})


def name(document: Document) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


def of_kind(documents: Documents, kind: str) -> Documents:
    return [document for document in documents if document["kind"] == kind]


def workloads(documents: Documents) -> Documents:
    return [document for document in documents if document["kind"] in {"StatefulSet", "Deployment", "DaemonSet", "Job", "Pod"}]


def running(documents: Documents) -> Documents:
    """Workers and APIs; the command of operators rests."""
    return [workload for workload in workloads(documents) if role(workload) != "cli"]


def pod_of(workload: Document) -> Document:
    spec: Document = workload["spec"]["template"]["spec"]
    return spec


def labels_of(workload: Document) -> dict[str, str]:
    labels: dict[str, str] = workload["spec"]["template"]["metadata"]["labels"]
    return labels


def containers(workload: Document) -> Documents:
    pod = pod_of(workload)
    return [*pod["containers"], *pod.get("initContainers", ())]


def role(workload: Document) -> str:
    return labels_of(workload).get("app.kubernetes.io/component", "")


def variables(workload: Document) -> set[str]:
    """Names of what its manifest tells a process; what a ConfigMap tells it is not among them."""
    return {each["name"] for each in containers(workload)[0].get("env", ())}
