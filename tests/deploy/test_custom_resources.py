"""Strimzi's and Prometheus' resources are what their operators take, by the operators' own definitions. npm brings those, once.

The definitions find a wrong type or word, not an unknown field: for that topics, users and rules are read back elsewhere.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Build, want
from support.house import ROOT
from support.manifests import CUSTOM, Documents

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
OVERLAYS = sorted(path.name for path in (ROOT / "infra/kubernetes/overlays").iterdir())
SOURCE, PLACE = Path(__file__).with_name("models"), ROOT / "var/tools/models"
Judge = Callable[[Documents], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def judge() -> Judge:
    """What the definitions say of documents: kind, name, and what is wrong."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        want("npm", "install Node.js; with it the operators' definitions are fetched")
    lock = PLACE / "package-lock.json"
    if (
        not lock.exists()
        or lock.read_bytes() != (SOURCE / "package-lock.json").read_bytes()
        or not (PLACE / "node_modules").exists()
    ):
        PLACE.mkdir(parents=True, exist_ok=True)
        for file in SOURCE.iterdir():
            shutil.copy(file, PLACE)
        subprocess.run([str(npm), "ci", "--silent", "--ignore-scripts", "--no-audit"], cwd=PLACE, check=True, env=os.environ)
    shutil.copy(SOURCE / "validate.mjs", PLACE)

    def said(documents: Documents) -> list[dict[str, Any]]:
        lines = "".join(json.dumps(document) + "\n" for document in documents)
        done = subprocess.run([str(node), PLACE / "validate.mjs"], input=lines, capture_output=True, text=True, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]

    return said


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_an_operator_takes_every_one_of_its_resources(overlay: str, build: Build, judge: Judge) -> None:
    resources = [each for each in build(ROOT / "infra/kubernetes/overlays" / overlay) if each["kind"] in CUSTOM]
    assert judge(resources) == [{"kind": each["kind"], "name": each["metadata"]["name"], "wrong": None} for each in resources]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("KafkaNodePool", {"roles": ["brokr"]}),
        ("KafkaNodePool", {"replicas": "three"}),
        ("Kafka", {"entityOperator": []}),
        ("PrometheusRule", {"groups": [{"rules": []}]}),
        ("ServiceMonitor", {"endpoints": {}}),
    ],
)
def test_a_planted_mistake_is_found(kind: str, change: dict[str, Any], build: Build, judge: Judge) -> None:
    resource = next(each for each in build(ROOT / "infra/kubernetes/overlays/small") if each["kind"] == kind)
    resource["spec"] |= change
    assert [said["wrong"] for said in judge([resource])] != [None]
