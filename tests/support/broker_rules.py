"""What Strimzi is told of the broker: rules as in manifest_rules."""

from collections.abc import Iterator

from support.manifests import Documents, name, of_kind

RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}
"""What the namespace asks of each container, and Strimzi gives to none by itself."""
CONTAINERS = {
    "kafka": ("kafkaContainer", "initContainer"),
    "entityOperator": ("topicOperatorContainer", "userOperatorContainer"),
}


def broker(documents: Documents) -> Iterator[str]:
    """The namespace takes its pods; what it keeps outlives it, and what it uses is limited."""
    for namespace in of_kind(documents, "Namespace"):
        if namespace["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
            yield f"{name(namespace)}: takes pods that may do more than the restricted profile"
    for kafka in of_kind(documents, "Kafka"):
        for part, containers in CONTAINERS.items():
            template = kafka["spec"][part].get("template", {})
            for container in containers:
                if template.get(container, {}).get("securityContext") != RESTRICTED:
                    yield f"{name(kafka)}: the namespace refuses its {container}"
    for nodes in of_kind(documents, "KafkaNodePool"):
        spec = nodes["spec"]
        if "template" in spec:
            yield f"{name(nodes)}: its template goes before that of the Kafka"
        for volume in spec["storage"].get("volumes", [spec["storage"]]):
            if volume["type"] != "persistent-claim" or volume.get("deleteClaim") is not False:
                yield f"{name(nodes)}: what it keeps does not outlive it"
        if "memory" not in spec.get("resources", {}).get("limits", {}):
            yield f"{name(nodes)}: no memory limit"
