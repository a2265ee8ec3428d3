"""The compose files are valid, hold together, and contain what they start. They are not run: that needs a container engine."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from compose_secrets import KEYS, METRICS_KEY, write
from support import compose
from support.compose import (
    INGEST,
    LOGIN,
    MAIN,
    OPEN_KAFKA,
    OWN_KAFKA,
    POSTGRES,
    SECRETS,
    TOGETHER,
    Missing,
    Model,
    load,
    services_of,
)
from support.compose_bus import KAFKA_FILE, broker_asks, mounted_folders
from support.house import ROOT, SERVICES
from talaia.cli.kafka.lock import kafka_version
from talaia.contracts.catalogue import every_topic
from talaia.contracts.vocabulary import Role
from talaia.stream.rights import rights_by_user
from talaia.web.oidc import SHORTEST_SECRET, read_oidc

MODEL = load(MAIN)
WATCH = {"prometheus", "alertmanager", "grafana"}


def _alone(service: str) -> set[str]:
    return {"topics", f"{service}-worker", f"{service}-api"}


EVERY = set().union(*map(_alone, SERVICES))
PROFILES = {
    **{service: _alone(service) for service in SERVICES},
    "city": EVERY | {"broker"},
    "broker": {"broker"},
    "cli": {"cli"},
    "postgres": {"postgres"},
    "observability": WATCH,
}


@pytest.mark.parametrize("files", TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("rule", compose.RULES, ids=lambda rule: rule.__name__)
def test_the_files_keep_the_rule(rule: Callable[[Model], Iterator[str]], files: tuple[str, ...]) -> None:
    assert list(rule(load(*files))) == []


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_starts_exactly_its_services(profile: str) -> None:
    assert services_of(MODEL, profile) == PROFILES[profile]


def test_there_are_no_other_profiles_and_nothing_starts_without_one() -> None:
    assert {profile for service in MODEL["services"].values() for profile in service["profiles"]} == set(PROFILES)


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_alone_names_no_other(service: str) -> None:
    started = {name: MODEL["services"][name] | {"profiles": []} for name in services_of(MODEL, service)}
    assert [other for other in SERVICES if other != service and other in str(started)] == []


def test_with_postgres_every_api_has_its_address_in_a_file() -> None:
    model = load(MAIN, POSTGRES)
    for service in SERVICES:
        api = model["services"][f"{service}-api"]
        assert api["environment"][f"TALAIA_{service.upper()}_DATABASE_URL_FILE"] == f"/run/secrets/{service}_database"
        assert set(api["networks"]) == {"bus", "outside", "database"}


def test_two_cities_on_one_host_share_images_and_no_port_secret_or_name() -> None:
    own = {"SECRETS_FOLDER": "./var/other", "WASTE_PORT": "9081", "ALERTS_PORT": "9080", "GRAFANA_PORT": "9300"}
    here, there = MODEL["services"], load(MAIN, environment=own)["services"]
    assert [name for name in here if set(here[name].get("ports", ())) & set(there[name].get("ports", ()))] == []
    secrets = [SECRETS in path for name in there for path, _ in mounted_folders(there[name])]
    assert not any(secrets) and SECRETS not in str(load(MAIN, environment=own)["secrets"])
    # containers, networks and volumes are named after the project, which `--project-name` says
    named = [*here.values(), *MODEL["networks"].values(), *MODEL["volumes"].values()]
    assert [each for each in named if {"name", "container_name", "hostname"} & set(each or ())] == []
    assert {name: each["image"] for name, each in here.items()} == {name: each["image"] for name, each in there.items()}


def test_without_secrets_one_sentence_says_what_makes_them() -> None:
    with pytest.raises(Missing, match=r"^required variable SECRETS_FOLDER is missing a value: run make secrets first$"):
        load(MAIN, environment={})


def test_with_login_every_api_has_its_provider_in_a_file() -> None:
    model = load(MAIN, LOGIN)
    for service in SERVICES:
        told = model["services"][f"{service}-api"]["environment"]
        assert told[f"TALAIA_{service.upper()}_OIDC_FILE"] == f"/run/secrets/{service}_login"
        assert f"TALAIA_{service.upper()}_KEY_FILE" in told


def test_with_the_doors_of_waste_its_profile_starts_them_with_the_folder_of_the_city() -> None:
    model = load(MAIN, INGEST)
    assert services_of(model, "waste") == PROFILES["waste"] | {"waste-ingest"}
    assert ("./infra/cities/demo", True) in mounted_folders(model["services"]["waste-ingest"])
    with pytest.raises(Missing, match=r"CITY_FOLDER is missing a value: say in which folder your city is$"):
        load(MAIN, INGEST, environment={"SECRETS_FOLDER": SECRETS})


def test_the_file_of_a_provider_in_the_documents_is_one(tmp_path: Path) -> None:
    (shown,) = re.findall(r"```\n(issuer = .*?)```", (ROOT / "docs/deploying.md").read_text(), re.DOTALL)
    file = tmp_path / "waste_login"
    file.touch(0o640)
    file.write_text(shown.replace('"..."', f'"{"s" * SHORTEST_SECRET}"'))
    provider = read_oidc(file)
    assert provider.roles == {"control-room": Role.OPERATOR}
    assert f"Register `{provider.public_url}/login/callback`" in (ROOT / "docs/deploying.md").read_text()


def test_a_kafka_of_ones_own_is_where_it_is_said_to_be_and_asks_or_does_not() -> None:
    ours = {"topics", "cli", *EVERY}
    for file, asks in ((OWN_KAFKA, True), (OPEN_KAFKA, False)):
        services = load(MAIN, file)["services"]
        for name in ours:
            told = services[name]["environment"]
            assert told["TALAIA_KAFKA_BOOTSTRAP"] == "kafka.example.org:9093"
            assert (KAFKA_FILE in told) is asks
            assert ("kafka_ca.pem" in services[name].get("secrets", ())) is asks
            assert "outside" in services[name]["networks"]
        assert services["topics"]["command"] == ["topics", "apply"]


def test_without_the_place_of_ones_own_kafka_one_sentence_asks_for_it() -> None:
    with pytest.raises(Missing, match=r"TALAIA_KAFKA_BOOTSTRAP is missing a value: say where your Kafka is, as HOST:PORT$"):
        load(MAIN, OWN_KAFKA, environment={"SECRETS_FOLDER": SECRETS})


def test_the_broker_asks_everybody_who_comes_from_another_container() -> None:
    assert list(broker_asks((ROOT / "infra/kafka/server.properties").read_text())) == []


def test_every_secret_that_the_files_name_is_made_and_no_other(tmp_path: Path) -> None:
    write(tmp_path, SERVICES)
    made = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    named = {how["file"].removeprefix(f"{SECRETS}/") for how in load(MAIN, POSTGRES)["secrets"].values()}
    in_folders = {KEYS, METRICS_KEY, *(f"bus/{user}.toml" for user in ("admin", *rights_by_user(every_topic())))}
    assert made == named | in_folders


def test_the_broker_and_prometheus_are_the_ones_that_are_tested() -> None:
    assert MODEL["services"]["broker"]["image"] == f"apache/kafka:{kafka_version()}"
    version = MODEL["services"]["prometheus"]["image"].removeprefix("prom/prometheus:v").split(".")
    assert f"version=v0.{version[0]}{int(version[1]):02}.{version[2]}" in (ROOT / "infra/tools/go_tool.sh").read_text()


def test_prometheus_asks_every_worker_and_every_api_by_the_jobs_that_the_rules_know() -> None:
    scraped = yaml.safe_load((ROOT / "infra/monitoring/prometheus.yml").read_text())["scrape_configs"]
    asked = {job["job_name"]: set(job["static_configs"][0]["targets"]) for job in scraped}
    assert asked == {f"talaia-{role}": {f"{service}-{role}:8080" for service in SERVICES} for role in ("worker", "api")}


def test_with_the_doors_of_waste_prometheus_asks_them_too() -> None:
    told = yaml.safe_load((ROOT / "infra/monitoring/prometheus.yml").read_text())["scrape_config_files"]
    folder, place = "./infra/monitoring/scrape", "/etc/prometheus/scrape"
    assert told == [f"{place}/*.yml"]
    assert f"{folder}:{place}:ro" in load(MAIN, INGEST)["services"]["prometheus"]["volumes"]
    assert folder not in str(MODEL["services"]["prometheus"])
    (file,) = (ROOT / folder).iterdir()
    (job,) = yaml.safe_load(file.read_text())["scrape_configs"]
    assert job == {"job_name": "talaia-ingest", "static_configs": [{"targets": ["waste-ingest:8080"]}]}


def test_the_alertmanager_has_a_receiver_for_each_severity() -> None:
    routes = yaml.safe_load((ROOT / "infra/monitoring/alertmanager.yml").read_text())
    receivers = {receiver["name"] for receiver in routes["receivers"]}
    assert {route["receiver"] for route in (routes["route"], *routes["route"]["routes"])} == receivers
