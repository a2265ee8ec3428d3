"""The alert rules as the Prometheus operator takes them: the same groups, in a resource of Kubernetes."""

from collections.abc import Iterator
from pathlib import Path

import yaml

RULES = "infra/monitoring/rules/talaia.yml"
MANIFEST = "infra/kubernetes/components/monitoring/rules.yaml"
_HEAD = f"# Made by `make schemas` from {RULES}.\n"


def files(root: Path) -> Iterator[tuple[Path, str]]:
    """The manifest with its content."""
    manifest = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "talaia"},
        "spec": yaml.safe_load((root / RULES).read_text()),
    }
    yield root / MANIFEST, _HEAD + yaml.safe_dump(manifest, sort_keys=False, width=130)
