"""The manifests are what Kubernetes takes, hold together, and give a process no more than it needs. No cluster is asked."""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import pytest
import yaml
from conftest import Build, add_login, standing
from support import manifest_rules, manifests
from support.house import ROOT, SERVICES
from support.manifests import Documents, containers, labels_of, of_kind, role, running, workloads

KUBERNETES = ROOT / "infra/kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
STRIMZI = KUBERNETES / "components/strimzi"


@pytest.fixture(scope="module", params=[*OVERLAYS, "only-waste with login", "production with login"])
def overlay(request: pytest.FixtureRequest, build: Build, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Documents]:
    name, _, login = request.param.partition(" with ")
    if not login:
        return name, standing(build, KUBERNETES, name)
    tree = shutil.copytree(KUBERNETES, tmp_path_factory.mktemp("login") / "kubernetes")
    add_login(tree)
    documents = standing(build, tree, name)
    assert all("login" in str(api) for api in running(documents) if api["kind"] == "Deployment")
    return name, documents


@pytest.mark.parametrize("rule", manifest_rules.RULES, ids=lambda rule: rule.__name__)
def test_an_overlay_keeps_the_rule(rule: Callable[[Documents], Iterator[str]], overlay: tuple[str, Documents]) -> None:
    _, documents = overlay
    assert list(rule(documents)) == []


def test_an_overlay_runs_worker_and_api_of_exactly_its_services(overlay: tuple[str, Documents]) -> None:
    name, documents = overlay
    services = {"platform": []}.get(name, [name.removeprefix("only-")] if name.startswith("only-") else SERVICES)
    assert list(manifest_rules.processes(documents, services)) == []


@pytest.mark.parametrize("service", SERVICES)
def test_one_service_names_no_other_and_who_deletes_it_takes_nothing_else(service: str, build: Build) -> None:
    documents = build(KUBERNETES / f"overlays/only-{service}")
    assert [*manifest_rules.alone(documents), *manifest_rules.own(documents, service)] == []
    shared = {manifests.name(each) for each in build(KUBERNETES / "overlays/platform")}
    assert shared.isdisjoint(manifests.name(each) for each in documents)


def test_the_doors_of_waste_beside_it_keep_every_rule(build: Build, tmp_path: Path) -> None:
    tree = shutil.copytree(KUBERNETES, tmp_path / "kubernetes")
    file = tree / "overlays/only-waste/kustomization.yaml"
    city = "configMapGenerator: [{ name: talaia-city, literals: [waste.toml=, doors.toml=] }]\n"
    file.write_text(file.read_text() + "  - ../../components/ingest/waste\n" + city)
    documents = standing(build, tree, "only-waste")
    assert [sentence for rule in manifest_rules.RULES for sentence in rule(documents)] == []
    assert ("waste", "ingest") in {(labels_of(each)["app.kubernetes.io/name"], role(each)) for each in running(documents)}
    assert [*manifest_rules.alone(build(file.parent))] == []


def test_small_is_what_all_share_and_every_service_alone(build: Build) -> None:
    parts = ["platform", *(f"only-{service}" for service in SERVICES)]
    together = sorted(manifests.name(each) for part in parts for each in build(KUBERNETES / "overlays" / part))
    assert sorted(manifests.name(each) for each in build(KUBERNETES / "overlays/small")) == together


def test_a_kustomization_of_ones_own_names_images_hosts_and_places(build: Build, tmp_path: Path) -> None:
    """The one that docs/deploying.md shows, word for word."""
    shown = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/deploying.md").read_text(), re.DOTALL)
    (own,) = [each for each in shown if "kind: Kustomization" in each]
    shutil.copytree(KUBERNETES, tmp_path / "talaia/infra/kubernetes")
    folder = tmp_path / "my-city"
    shutil.copytree(ROOT / "infra/cities/demo", folder / "city", ignore=shutil.ignore_patterns("storm"))
    (folder / "kustomization.yaml").write_text(own)
    documents = build(folder)
    assert [sentence for rule in manifest_rules.RULES for sentence in rule(documents)] == []
    images = {containers(workload)[0]["image"] for workload in workloads(documents)}
    assert {image.partition("/")[0] for image in images} == {"registry.example"}
    assert not [image for image in images if image.endswith("0" * 64)]
    hosts = {rule["host"] for ingress in of_kind(documents, "Ingress") for rule in ingress["spec"]["rules"]}
    assert not [host for host in hosts if host.endswith(".city.example")]
    (city,) = [each for each in of_kind(documents, "ConfigMap") if each["metadata"]["name"].startswith("talaia-city")]
    assert set(city["data"]) == {"alarms.toml", "waste.toml"}
    (cli,) = [each for each in workloads(documents) if each not in running(documents)]
    assert city["metadata"]["name"] in str(manifests.pod_of(cli)["volumes"])


def test_every_custom_resource_is_counted_and_says_what_the_catalogue_says(overlay: tuple[str, Documents]) -> None:
    """A validator knows only Kubernetes' own kinds and passes over the rest in silence."""
    name, documents = overlay
    shared = (STRIMZI / "shared", STRIMZI / "operator")
    folders = {"platform": shared}.get(name, (*shared, STRIMZI / name[5:]) if name.startswith("only-") else STRIMZI.glob("*/"))
    files = chain.from_iterable(folder.glob("[tu]*.yaml") for folder in folders)
    catalogue = {manifests.name(each): each["spec"] for file in files for each in yaml.safe_load_all(file.read_text())}
    assert {manifests.name(each): each["spec"] for each in documents if each["kind"] in {"KafkaTopic", "KafkaUser"}} == catalogue
    others = Counter(each["kind"] for each in documents if each["kind"] in manifests.CUSTOM - {"KafkaTopic", "KafkaUser"})
    assert others == Counter({"PrometheusRule": 1, "ServiceMonitor": 3, "Kafka": 1, "KafkaNodePool": 1})


def test_rules_of_alerts_are_read_back_as_they_were_written(overlay: tuple[str, Documents]) -> None:
    (rule,) = of_kind(overlay[1], "PrometheusRule")
    assert rule["spec"] == yaml.safe_load((ROOT / "infra/monitoring/rules/talaia.yml").read_text())


def test_the_monitors_find_every_worker_and_every_api_by_the_jobs_that_the_rules_know(overlay: tuple[str, Documents]) -> None:
    _, documents = overlay
    for monitor in of_kind(documents, "ServiceMonitor"):
        (endpoint,) = monitor["spec"]["endpoints"]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        found = [each for each in of_kind(documents, "Service") if wanted <= each["metadata"]["labels"].items()]
        assert len(found) == len([each for each in running(documents) if wanted <= labels_of(each).items()])
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
    assert all(workload["spec"]["replicas"] >= 2 for workload in running(documents))


def test_the_users_of_the_bus_have_rights_that_the_broker_looks_at(build: Build) -> None:
    (kafka,) = of_kind(build(KUBERNETES / "overlays/small"), "Kafka")
    (listener,) = kafka["spec"]["kafka"]["listeners"]
    assert listener["tls"] is True
    assert listener["authentication"] == {"type": "scram-sha-512"}
    assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}
    assert kafka["spec"]["kafka"]["config"]["auto.create.topics.enable"] is False
