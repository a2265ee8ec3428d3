"""Tools that a check of what is deployed needs, and what was not run for want of one."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from support.house import ROOT
from support.manifests import Documents

NEVER_RUN_HERE = (
    "docker compose up: a container engine, its networks, limits and health checks; infra/kafka/start.sh in the image of Kafka",
    "images on their real base, pulled from a registry; cgroups and seccomp around them",
    "a cluster: admission, kubelet, enforced NetworkPolicy, Strimzi's and Prometheus' operators",
    "delivery of an alert by the Alertmanager; Grafana drawing its dashboard",
)
Build = Callable[[Path], Documents]


def want(what: str, cure: str) -> None:
    """What a check needs is not there: that is told at the end, or is a failure where it was promised."""
    sentence = f"no {what}: {cure}"
    if os.environ.get("REQUIRE_DEPLOY") == "1":
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def build() -> Build:
    """Builds the kustomization of a folder; raises ValueError with what kustomize says."""
    built = sorted((ROOT / "var/tools").glob("kustomize-*"))
    alone = shutil.which("kustomize") or (str(built[-1]) if built else None)
    kubectl = shutil.which("kubectl")
    if alone is None and kubectl is None:
        want("kustomize", "run `make kustomize`")
    command = [alone, "build"] if alone else [str(kubectl), "kustomize"]

    def documents(folder: Path) -> Documents:
        done = subprocess.run([*map(str, command), str(folder)], capture_output=True, text=True, check=False)
        if done.returncode:
            raise ValueError(done.stderr)
        return list(yaml.load_all(done.stdout, yaml.CSafeLoader))

    return documents


def standing(build: Build, tree: Path, overlay: str) -> Documents:
    """What stands in the namespace when an overlay is applied: one service stands beside what all share."""
    shared = build(tree / "overlays/platform") if overlay.startswith("only-") else []
    return [*shared, *build(tree / "overlays" / overlay)]


def add_login(tree: Path) -> None:
    """In a copy of the manifests: login for each API that is reached from outside."""
    for file in (tree / "overlays").glob("only-*/kustomization.yaml"):
        text = file.read_text()
        added, count = re.subn(r"(  - \.\./\.\./components/)ingress/(\w+)\n", r"\g<0>\1login/\2\n", text)
        assert count, text
        file.write_text(added)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    here = re.compile("tests/(deploy|unit/monitoring)/")
    told = [report for report in terminalreporter.stats.get("skipped", ()) if here.match(report.nodeid)]
    skipped = {str(report.longrepr[2]) for report in told}
    terminalreporter.section("NOT run")
    for each in (*sorted(skipped), *NEVER_RUN_HERE):
        terminalreporter.write_line(f"  {each.removeprefix('Skipped: ')}")
