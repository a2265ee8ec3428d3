"""The manifests are what Kubernetes takes, hold together, and give a process no more than it needs. No cluster is asked."""

import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

import pytest
import yaml
from conftest import Build, with_login
from support import manifest_rules, manifests
from support.house import ROOT, SERVICES
from support.manifests import Documents, of_kind, workloads

KUBERNETES = ROOT / "infra/kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
STRIMZI = KUBERNETES / "components/strimzi"


@pytest.fixture(scope="module", params=[*OVERLAYS, "only-waste with login", "production with login"])
def overlay(request: pytest.FixtureRequest, build: Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Documents]:
    name, _, login = request.param.partition(" with ")
    if not login:
        return name, build(KUBERNETES / "overlays" / name)
    tree = shutil.copytree(KUBERNETES, tmp_path_factory.mktemp("login") / "kubernetes")
    documents = build(with_login(tree, name))
    assert all("login" in str(workload) for workload in of_kind(documents, "Deployment"))
    return name, documents


@pytest.mark.parametrize("rule", manifest_rules.RULES, ids=lambda rule: rule.__name__)
def test_an_overlay_keeps_the_rule(rule: Callable[[Documents], Iterator[str]], overlay: tuple[str, Documents]) -> None:
    _, documents = overlay
    assert list(rule(documents)) == []


def test_an_overlay_runs_worker_and_api_of_exactly_its_services(overlay: tuple[str, Documents]) -> None:
    name, documents = overlay
    services = [name.removeprefix("only-")] if name.startswith("only-") else SERVICES
    assert list(manifest_rules.processes(documents, services)) == []


def test_every_custom_resource_is_counted_and_says_what_the_catalogue_says(overlay: tuple[str, Documents]) -> None:
    """A validator knows only Kubernetes' own kinds and passes over the rest in silence."""
    name, documents = overlay
    whole = not name.startswith("only-")
    folders = STRIMZI.glob("*/") if whole else (STRIMZI / name.removeprefix("only-"), STRIMZI / "shared")
    files = chain.from_iterable(folder.glob("[tu]*.yaml") for folder in folders)
    catalogue = {manifests.name(each): each["spec"] for file in files for each in yaml.safe_load_all(file.read_text())}
    assert {manifests.name(each): each["spec"] for each in documents if each["kind"] in {"KafkaTopic", "KafkaUser"}} == catalogue
    others = Counter(each["kind"] for each in documents if each["kind"] in manifests.CUSTOM - {"KafkaTopic", "KafkaUser"})
    assert others == Counter({"PrometheusRule": 1, "ServiceMonitor": 2, **({"Kafka": 1, "KafkaNodePool": 1} if whole else {})})


def test_rules_of_alerts_are_read_back_as_they_were_written(overlay: tuple[str, Documents]) -> None:
    (rule,) = of_kind(overlay[1], "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((ROOT / "infra/monitoring/rules/talaia.yml").read_text())


def test_the_monitors_find_every_worker_and_every_api_by_the_jobs_that_the_rules_know(overlay: tuple[str, Documents]) -> None:
    _, documents = overlay
    for monitor in of_kind(documents, "ServiceMonitor"):
        (endpoint,) = monitor["spec"]["endpoints"]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [each for each in of_kind(documents, "Service") if wanted <= each["metadata"]["labels"].items()]
        assert len(found) == len(workloads(documents)) / 2
        assert all(endpoint["port"] in {port["name"] for port in each["spec"]["ports"]} for each in found)
        job = f"talaia-{dict(wanted)['app.kubernetes.io/component']}"
        assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": job}]


def test_production_bears_the_loss_of_a_zone(build: Build) -> None:
    documents = build(KUBERNETES / "overlays/production")
    (kafka,), (nodes,) = of_kind(documents, "Kafka"), of_kind(documents, "KafkaNodePool")
    config = kafka["spec"]["kafka"]["config"]
    assert nodes["spec"]["replicas"] == 3
    assert {config[key] for key in config if "replication.factor" in key} == {3}
    assert {config[key] for key in config if key.endswith(("min.isr", "min.insync.replicas"))} == {2}
    assert kafka["spec"]["kafka"]["rack"] == {"topologyKey": "topology.kubernetes.io/zone"}
    assert all(workload["spec"]["replicas"] >= 2 for workload in workloads(documents))


def test_every_process_has_the_password_of_a_user_that_strimzi_makes(overlay: tuple[str, Documents]) -> None:
    users = {each["metadata"]["name"] for each in of_kind(overlay[1], "KafkaUser")}
    assert {each["metadata"]["name"] for each in workloads(overlay[1])} <= users


def test_the_users_of_the_bus_have_rights_that_the_broker_looks_at(build: Build) -> None:
    (kafka,) = of_kind(build(KUBERNETES / "overlays/small"), "Kafka")
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert listener["tls"] is True
    assert listener["authentication"] == {"type": "scram-sha-512"}
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}
    assert kafka["spec"]["kafka"]["config"]["auto.create.topics.enable"] is False
