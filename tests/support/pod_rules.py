"""What a pod may do, how it is looked at, how it goes, what it is told: rules as in manifest_rules."""

import tomllib
from collections.abc import Iterator

from support.manifests import Document, Documents, containers, name, of_kind, pod_of, role, running, variables, workloads
from support.settings import not_settings, open_secrets
from talaia.contracts.catalogue import TOPICS

RESTRICTED = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
KEPT = {topic.name: topic.retention for topic in TOPICS}["waste.readings.v1"]
ROW_BYTES, ROWS_A_MINUTE, COPIES = 445, 1_000, 3
"""Of the largest view in SQLite, measured, at the load that docs/deploying.md names. While it is made anew there are the old one,
the new one, and the new one in the journal of the old."""


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
            (any("sizeLimit" not in v["emptyDir"] for v in pod.get("volumes", ()) if "emptyDir" in v), "a volume without limit"),
        ):
            if wrong:
                yield f"{name(workload)}: {sentence}"
    for account in of_kind(documents, "ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"{name(account)}: has a token of the cluster"


def probes(documents: Documents) -> Iterator[str]:
    """Whether a process lives has nothing to do with what it can reach."""
    for workload in running(documents):
        container = containers(workload)[0]
        ports = {port["name"] for port in container.get("ports", ())}
        worker, door = role(workload) == "worker", role(workload) == "ingest"
        ready, alive = ("/healthz", "/metrics") if worker or door else ("/readyz", "/healthz")
        # a worker's watchdog ends it before this startup probe does
        started = ready if worker else alive
        for probe, path in (("startupProbe", started), ("readinessProbe", ready), ("livenessProbe", alive)):
            asked = container.get(probe, {}).get("httpGet", {})
            if asked.get("path") != path or asked.get("port") not in ports:
                yield f"{name(workload)}: {probe} must ask {path} at a named port"
        for probe, least_s in (("startupProbe", 600 if worker else 60), ("livenessProbe", 60)):
            patience_s = container.get(probe, {}).get("periodSeconds", 10) * container.get(probe, {}).get("failureThreshold", 3)
            if patience_s < least_s:
                yield f"{name(workload)}: {probe} kills it after {patience_s} s, which a busy machine takes"
        if pod_of(workload).get("terminationGracePeriodSeconds", 30) < 30:
            yield f"{name(workload)}: less than 30 s to end"
        if not worker and not door and container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0) < 5:
            yield f"{name(workload)}: closes its streams while requests still come"


def views(documents: Documents) -> Iterator[str]:
    """A view in a file has a disk of its own that holds it; one in a database needs none."""
    need_bytes = KEPT.total_seconds() / 60 * ROWS_A_MINUTE * ROW_BYTES * COPIES if KEPT else float("inf")
    for workload in running(documents):
        volume = {each["name"]: each for each in pod_of(workload)["volumes"]}.get("view", {})
        claim = volume.get("ephemeral", {}).get("volumeClaimTemplate", {}).get("spec", {})
        given = str(claim.get("resources", {}).get("requests", {}).get("storage", "0Gi"))
        has_database = any(variable.endswith("_DATABASE_URL_FILE") for variable in variables(workload))
        if role(workload) == "api" and not has_database and float(given.removesuffix("Gi")) * 2**30 < need_bytes:
            yield f"{name(workload)}: {given} do not hold a view of {need_bytes / 2**30:.0f}Gi"
        if has_database and claim:
            yield f"{name(workload)}: a disk for a view that is in a database"


def rollout(documents: Documents) -> Iterator[str]:
    """One goes at a time, workers start together, and zones that are missing keep nobody waiting."""
    for workload in running(documents):
        spec = workload["spec"]
        if [each["whenUnsatisfiable"] for each in pod_of(workload).get("topologySpreadConstraints", ())] != ["ScheduleAnyway"]:
            yield f"{name(workload)}: is not spread over zones, or waits for one"
        if workload["kind"] == "StatefulSet":
            if spec.get("podManagementPolicy") != "Parallel" or role(workload) not in {"worker", "ingest"}:
                yield f"{name(workload)}: is no worker whose pods start together"
        elif spec.get("strategy", {}).get("rollingUpdate") != {"maxUnavailable": 0, "maxSurge": 1}:
            yield f"{name(workload)}: goes before the next one is there"
    for budget in of_kind(documents, "PodDisruptionBudget"):
        if {"minAvailable", "maxUnavailable"} & set(budget["spec"]) != {"maxUnavailable"} or budget["spec"][
            "maxUnavailable"
        ] != 1:
            yield f"{name(budget)}: one at a time may go, no other limit"


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
        if "TALAIA_KAFKA_FILE" not in given:
            yield f"{name(workload)}: comes to the bus as nobody"
        yield from _bus(workload, maps)


def _bus(workload: Document, maps: dict[str, dict[str, str]]) -> Iterator[str]:
    """The Kafka file says who the process is, and names files beside it."""
    sources = [source for volume in pod_of(workload)["volumes"] for source in volume.get("projected", {}).get("sources", ())]
    beside = {item["path"] for source in sources for held in source.values() for item in held["items"]}
    texts = [maps.get(source["configMap"]["name"], {}).get("bus.toml", "") for source in sources if "configMap" in source]
    for security in map(tomllib.loads, texts):
        if security.get("user") != workload["metadata"]["name"]:
            yield f"{name(workload)}: comes to the bus as {security.get('user')}"
        if not {security.get("password_file"), security.get("ca_file")} <= beside:
            yield f"{name(workload)}: its Kafka file names a file that is not beside it"
    secrets = {source["secret"]["name"] for source in sources if "secret" in source}
    if secrets != {"talaia-cluster-ca-cert", workload["metadata"]["name"]}:
        yield f"{name(workload)}: has another's secret"
