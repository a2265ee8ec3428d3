"""What must be true of every manifest: each rule takes the documents of an overlay and gives its violations, one a line.

The same rules run on the repository's overlays and on copies in which a test planted one mistake.
"""

import functools
import json
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import kubernetes_validate
from support.house import ROOT
from support.settings import not_settings, open_secrets

Document = dict[str, Any]
Documents = list[Document]
OLDEST_KUBERNETES = "1.32"
"""Manifests use nothing that is newer."""
CUSTOM = frozenset({"Kafka", "KafkaNodePool", "KafkaTopic", "KafkaUser", "PrometheusRule", "ServiceMonitor"})
SERVICES = sorted(path.name for path in (ROOT / "infra/kubernetes/base").iterdir())
NAMESPACE = "talaia"
NO_NAMESPACE = frozenset({"Namespace"})
MADE_ELSEWHERE = frozenset({"talaia-cluster-ca-cert", "talaia-metrics-key"}) | {
    f"{service}-{what}" for service in SERVICES for what in ("worker", "api", "api-keys", "database", "tls")
}
"""Secrets that docs/deploying.md says how to make, or that Strimzi makes."""
RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
PORT = 8080


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


def hardened(documents: Documents) -> Iterator[str]:
    """A process may do nothing but its work."""
    for workload in workloads(documents):
        pod, (container, *others) = pod_of(workload), containers(workload)
        security = pod.get("securityContext", {})
        for wrong, sentence in (
            (others, "more than one container"),
            (not security.get("runAsNonRoot") or security.get("runAsUser") != 10001, "not the user of the image"),
            (security.get("seccompProfile") != {"type": "RuntimeDefault"}, "no seccomp profile"),
            (security.get("fsGroup") != 10001, "its files are not its group's"),
            (container.get("securityContext") != RESTRICTED, "may do more than the restricted profile"),
            (pod.get("automountServiceAccountToken") is not False, "has a token of the cluster"),
            (pod.get("enableServiceLinks") is not False, "is given variables that look like settings"),
            ({"hostNetwork", "hostPID", "hostIPC"} & set(pod), "shares something with its host"),
            (any("hostPath" in volume for volume in pod.get("volumes", ())), "sees its host's files"),
            ("memory" not in container.get("resources", {}).get("limits", {}), "no memory limit"),
            ("cpu" in container.get("resources", {}).get("limits", {}), "a CPU limit, which stalls heartbeats"),
            (len({"cpu", "memory"} & set(container.get("resources", {}).get("requests", {}))) < 2, "asks for nothing"),
            (not pod.get("topologySpreadConstraints"), "is not spread over zones"),
            (any("sizeLimit" not in v["emptyDir"] for v in pod.get("volumes", ()) if "emptyDir" in v), "a volume without limit"),
        ):
            if wrong:
                yield f"{name(workload)}: {sentence}"
    for account in of_kind(documents, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{name(account)}: has a token of the cluster"


def images(documents: Documents) -> Iterator[str]:
    """What runs is named by its digest."""
    for workload in workloads(documents):
        for container in containers(workload):
            if not re.fullmatch(r"[\w.-]+(/[\w.-]+)+@sha256:[0-9a-f]{64}", container["image"]):
                yield f"{name(workload)}: image {container['image']} is not named by registry and digest"


def probes(documents: Documents) -> Iterator[str]:
    """Whether a process lives has nothing to do with what it can reach."""
    for workload in workloads(documents):
        container = containers(workload)[0]
        ports = {port["name"] for port in container.get("ports", ())}
        worker = role(workload) == "worker"
        ready, alive = ("/healthz", "/metrics") if worker else ("/readyz", "/healthz")
        for probe, path in (("startupProbe", ready), ("readinessProbe", ready), ("livenessProbe", alive)):
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("path") != path or asked.get("port") not in ports:
                yield f"{name(workload)}: {probe} must ask {path} at a named port"
        startup = container.get("startupProbe", {})
        patience_s = startup.get("periodSeconds", 10) * startup.get("failureThreshold", 3)
        if worker and patience_s < 600:
            yield f"{name(workload)}: is killed {patience_s} s after its start, before its watchdog would"
        if pod_of(workload).get("terminationGracePeriodSeconds", 30) < 30:
            yield f"{name(workload)}: less than 30 s to end"


def rollout(documents: Documents) -> Iterator[str]:
    """One goes at a time, and workers start together."""
    for workload in workloads(documents):
        spec = workload["spec"]
        if workload["kind"] == "StatefulSet":
            if spec.get("podManagementPolicy") != "Parallel" or role(workload) != "worker":
                yield f"{name(workload)}: is no worker whose pods start together"
        elif spec.get("strategy", {}).get("rollingUpdate") != {"maxUnavailable": 0, "maxSurge": 1}:
            yield f"{name(workload)}: goes before the next one is there"
    for budget in of_kind(documents, "PodDisruptionBudget"):
        if {"minAvailable", "maxUnavailable"} & set(budget["spec"]) != {"maxUnavailable"} or budget["spec"][
            "maxUnavailable"
        ] != 1:
            yield f"{name(budget)}: one at a time may go, no other limit"


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
        for kind in ("Service", "PodDisruptionBudget", "NetworkPolicy", "ServiceAccount"):
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
        wanted += [("ConfigMap", source["configMap"]["name"]) for source in sources if "configMap" in source]
        yield from (f"{name(workload)}: {kind} {each} is not there" for kind, each in wanted if (kind, each) not in there)
        secrets = {s["secret"].get("secretName") or s["secret"].get("name") for s in sources if "secret" in s}
        yield from (f"{name(workload)}: nobody makes the secret {secret}" for secret in secrets - MADE_ELSEWHERE)
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


def settings(documents: Documents) -> Iterator[str]:
    """A process is given settings that it has, no secret among them, and files that are mounted."""
    maps = {each["metadata"]["name"]: each["data"] for each in of_kind(documents, "ConfigMap")}
    for workload in workloads(documents):
        service, container = workload["metadata"]["labels"].get("app.kubernetes.io/name", ""), containers(workload)[0]
        given = {each["name"]: each.get("value", "") for each in container.get("env", ())}
        for source in container.get("envFrom", ()):
            given |= maps.get(source.get("configMapRef", {}).get("name"), {})
        mounts = {mount["mountPath"] for mount in container["volumeMounts"]}
        told = [*not_settings(service, given), *open_secrets(given)]
        yield from (f"{name(workload)}: {sentence}" for sentence in told)
        for variable, value in given.items():
            if variable.endswith("_FILE") and str(value).rpartition("/")[0] not in mounts:
                yield f"{name(workload)}: {variable} names {value}, where nothing is mounted"
        from_secrets = [each for each in container.get("env", ()) if "secretKeyRef" in each.get("valueFrom", {})]
        if from_secrets or any("secretRef" in source for source in container.get("envFrom", ())):
            yield f"{name(workload)}: a secret in a variable, which belongs into a file"
        if "TALAIA_KAFKA_SECURITY_FILE" not in given:
            yield f"{name(workload)}: comes to the bus as nobody"
        yield from _bus(workload, maps)


def _bus(workload: Document, maps: dict[str, dict[str, str]]) -> Iterator[str]:
    """The security file says who the process is, and names files beside it."""
    sources = [source for volume in pod_of(workload)["volumes"] for source in volume.get("projected", {}).get("sources", ())]
    beside = {item["path"] for source in sources for held in source.values() for item in held["items"]}
    texts = [maps.get(source["configMap"]["name"], {}).get("bus.toml", "") for source in sources if "configMap" in source]
    for security in map(tomllib.loads, texts):
        if security.get("user") != workload["metadata"]["name"]:
            yield f"{name(workload)}: comes to the bus as {security.get('user')}"
        if not {security.get("password_file"), security.get("ca_file")} <= beside:
            yield f"{name(workload)}: its security file names a file that is not beside it"
    secrets = {source["secret"]["name"] for source in sources if "secret" in source}
    if secrets != {"talaia-cluster-ca-cert", workload["metadata"]["name"]}:
        yield f"{name(workload)}: has another's secret"


def network(documents: Documents) -> Iterator[str]:
    """All is closed; each process reaches DNS, the broker and its database, and is reached at its one port."""
    policies = of_kind(documents, "NetworkPolicy")
    denied = [each["spec"] for each in policies if each["metadata"]["name"] == "default-deny"]
    closed = {"podSelector": {"matchExpressions": [{"key": "strimzi.io/cluster", "operator": "DoesNotExist"}]}}
    if denied != [closed | {"policyTypes": ["Ingress", "Egress"]}]:
        yield "NetworkPolicy default-deny: not there, or leaves something open"
    for policy in policies:
        for direction, whom in (("ingress", "from"), ("egress", "to")):
            for edge in policy["spec"].get(direction, ()):
                ports = {port.get("port") for port in edge.get("ports", ())}
                if not edge.get(whom) or not all(any(end.values()) for end in edge[whom]):
                    yield f"{name(policy)}: {direction} {whom} anybody"
                if not ports <= ({PORT} if direction == "ingress" else {53, 9093, 5432}) or not ports:
                    yield f"{name(policy)}: {direction} at ports {sorted(map(str, ports))}"
    for workload in workloads(documents):
        own = [each for each in policies if each["metadata"]["name"] == workload["metadata"]["name"]]
        reached = {port["port"] for policy in own for edge in policy["spec"].get("egress", ()) for port in edge.get("ports", ())}
        if not {53, 9093} <= reached:
            yield f"{name(workload)}: does not reach DNS and broker"
        if [port["containerPort"] for port in containers(workload)[0].get("ports", ())] != [PORT]:
            yield f"{name(workload)}: its port is not {PORT}"


def alone(documents: Documents) -> Iterator[str]:
    """A service alone names no other. Topics on which services meet are named after their owner."""
    here = {labels_of(workload).get("app.kubernetes.io/name") for workload in workloads(documents)}
    for other in set(SERVICES) - here:
        for document in documents:
            for text in _strings(document):
                if re.search(rf"(?<![\w.]){other}(?!\w|\.\w+\.v\d)", text.lower().replace("_", "-")):
                    yield f"{name(document)}: names {other}: {text}"


def processes(documents: Documents, services: Iterable[str]) -> Iterator[str]:
    """Worker and API of these services run, and nothing else of ours."""
    found = Counter((labels_of(each).get("app.kubernetes.io/name"), role(each)) for each in workloads(documents))
    wanted = Counter((service, each) for service in services for each in ("worker", "api"))
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
    *(schema, unique, hardened, images, probes, rollout, selectors, references, settings, network, alone),
)


def name(document: Document) -> str:
    return f"{document['kind']} {document['metadata']['name']}"


def of_kind(documents: Documents, kind: str) -> Documents:
    return [document for document in documents if document["kind"] == kind]


def workloads(documents: Documents) -> Documents:
    return [document for document in documents if document["kind"] in {"StatefulSet", "Deployment", "DaemonSet", "Job", "Pod"}]


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
