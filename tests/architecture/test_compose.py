"""The compose file is valid, holds together, and hardens what is ours. It is not run here: that needs a container engine."""

import json
from importlib import import_module
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic_settings import BaseSettings
from support import house
from support.house import ROOT
from talaia.cli.kafka.lock import kafka_version
from talaia.stream.settings import BusSettings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
APIS = {name: service for name, service in OURS.items() if name.endswith("-api")}
PROFILES = {"city", "broker", *house.SERVICES}

of_every_service = pytest.mark.parametrize("name", SERVICES)
of_ours = pytest.mark.parametrize("name", OURS)


def test_the_file_follows_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests/support/compose-spec/compose-spec.json").read_text())
    Draft202012Validator(schema).validate(COMPOSE)


def test_a_misspelt_word_does_not_follow_it() -> None:
    schema = json.loads((ROOT / "tests/support/compose-spec/compose-spec.json").read_text())
    misspelt = COMPOSE | {"services": SERVICES | {"broker": SERVICES["broker"] | {"imagge": "x"}}}
    assert not Draft202012Validator(schema).is_valid(misspelt)


@of_every_service
def test_what_a_service_refers_to_is_there(name: str) -> None:
    service = SERVICES[name]
    assert set(service.get("depends_on", ())) <= set(SERVICES)
    assert set(service["networks"]) <= set(COMPOSE["networks"])
    assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= set(COMPOSE["volumes"])
    assert set(service.get("secrets", ())) <= set(COMPOSE["secrets"])


@of_every_service
def test_a_service_needs_only_what_its_profiles_bring(name: str) -> None:
    for profile in SERVICES[name]["profiles"]:
        for other, how in SERVICES[name].get("depends_on", {}).items():
            assert profile in SERVICES[other]["profiles"] or how.get("required") is False


def test_the_city_is_everything_and_a_service_alone_names_no_other() -> None:
    assert {profile for service in SERVICES.values() for profile in service["profiles"]} == PROFILES
    assert all("city" in service["profiles"] for service in SERVICES.values())
    for alone in house.SERVICES:
        brought = {name for name, service in SERVICES.items() if alone in service["profiles"]}
        assert brought == {"topics", f"{alone}-worker", f"{alone}-api"}


@of_ours
def test_what_is_ours_is_hardened(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert service["init"] is True
    assert {"tmpfs", "pids_limit", "mem_limit", "stop_grace_period", "restart"} <= set(service)
    assert not {"privileged", "network_mode", "pid", "cap_add", "user"} & set(service)


@of_every_service
def test_only_apis_are_reached_from_outside_and_only_from_this_host(name: str) -> None:
    service = SERVICES[name]
    assert COMPOSE["networks"]["bus"]["internal"] is True
    assert ("outside" in service["networks"]) == (name in APIS)
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert ("ports" in service) == (name in APIS)


@of_ours
def test_an_image_can_be_built_from_what_is_here(name: str) -> None:
    service = OURS[name]["build"]["args"]["SERVICE"]
    assert (ROOT / OURS[name]["build"]["dockerfile"]).is_file()
    assert (ROOT / f"infra/docker/{service}.lock").is_file()
    assert (ROOT / f"services/{service}").is_dir() != (ROOT / f"libs/{service}").is_dir()


@of_ours
def test_a_service_is_given_only_settings_that_it_has_and_no_secret_among_them(name: str) -> None:
    service = OURS[name]["build"]["args"]["SERVICE"]
    known = {*_names(BusSettings), *(() if service == "cli" else _names(_settings(service)))}
    given = set(OURS[name]["environment"])
    assert given <= known
    assert not any(word in variable for variable in given for word in ("PASSWORD", "TOKEN", "SECRET"))


def test_the_broker_is_the_one_that_is_tested() -> None:
    assert SERVICES["broker"]["image"] == f"apache/kafka:{kafka_version()}"


def _settings(service: str) -> type[BaseSettings]:
    """The one settings class of a service."""
    module = import_module(f"talaia.{service}.settings")
    (settings,) = (
        found
        for found in vars(module).values()
        if isinstance(found, type) and issubclass(found, BaseSettings) and found.__module__ == module.__name__
    )
    return settings


def _names(settings: type[BaseSettings]) -> set[str]:
    prefix = settings.model_config["env_prefix"]
    return {f"{prefix}{field}".upper() for field in settings.model_fields}
