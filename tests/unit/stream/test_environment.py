"""What a process is told by its environment: all of it is known, fits, and is told once; what is wrong is one sentence."""

import importlib
import os
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import talaia
from hypothesis import given, settings
from hypothesis import strategies as some
from pydantic_settings import BaseSettings
from support.house import ROOT, sources
from support.settings import MOST_SETTINGS, kinds_of_services, variables_of
from talaia.stream import origins
from talaia.stream.environment import SettingsRefused, installed, read, unknown, variable
from talaia.stream.kafka_file import KafkaFile
from talaia.stream.settings import WorkerSettings
from talaia.waste.settings import WasteSettings
from talaia.web.settings import ApiSettings

SECRET = "planted-secret"
URL = f"postgresql://waste:{SECRET}@127.0.0.1:1/waste"
NAMES = sorted({variable(kind, field) for kind in installed() for field in kind.model_fields})


@pytest.fixture(autouse=True)
def nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("TALAIA_")]:
        monkeypatch.delenv(name)


def refused(kind: type[BaseSettings]) -> str:
    with pytest.raises(SettingsRefused) as told:
        read(kind)
    assert len(str(told.value).splitlines()) == 1
    return str(told.value)


def secret(folder: Path, content: str, mode: int = 0o600) -> Path:
    file = folder / "secret"
    file.write_text(content)
    file.chmod(mode)
    return file


@pytest.mark.parametrize("name", [*NAMES, "TALAIA_WASTE_DATABASE_URL_FILE", "TALAIA_RELEASE", "TALAIA_REGISTRY"])
def test_an_environment_that_several_processes_share_is_refused_by_none(name: str) -> None:
    assert unknown([name], installed()) == []
    assert unknown([name.lower()], installed()) == []


def test_what_is_of_another_service_is_left_to_that_service_where_it_is_not_installed() -> None:
    assert unknown(["TALAIA_ALERTS_LISTN", "TALAIA_WASTE_LISTEN"], {WorkerSettings, WasteSettings}) == []
    assert unknown(["TALAIA_WASTE_LISTN"], {WorkerSettings}) == []
    assert len(unknown(["TALAIA_ALERTS_LISTN", "TALAIA_WASTE_LISTN"], installed())) == 2


def test_what_resembles_no_setting_is_to_be_unset() -> None:
    assert unknown(["TALAIA_Q", "PATH"], installed()) == ["TALAIA_Q is no setting; unset it"]


@pytest.mark.parametrize("name", ["TALAIA_BROKER_SERVICE_HOST", "TALAIA_WASTE_API_PORT_8080_TCP_ADDR"])
def test_what_kubernetes_sets_by_itself_is_told_as_such(name: str) -> None:
    (sentence,) = unknown([name], installed())
    assert sentence.startswith(f"{name} is no setting: Kubernetes gives it")
    assert "enableServiceLinks: false" in sentence


def test_of_two_wrong_variables_both_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_CLOK", "wall")
    monkeypatch.setenv("TALAIA_METRICS_PORT", "many")
    assert refused(WorkerSettings) == (
        "TALAIA_CLOK is no setting; did you mean TALAIA_CLOCK?; TALAIA_METRICS_PORT: give a whole number"
    )


@pytest.mark.parametrize("service", ["waste", "alerts"])
@pytest.mark.parametrize(
    ("written", "meant"),
    [
        *((word, "LISTEN") for word in ("PORT", "HOST", "PROT", "ADDRESS", "LISTEN_ON")),
        *((word, "KEY_FILE") for word in ("KEYS_FILE", "KEY_FIL")),
        *((word, "OIDC_FILE") for word in ("OIDC", "ODIC_FILE")),
        ("DATABASE", "DATABASE_URL"),
    ],
)
def test_under_the_prefix_of_a_service_its_own_setting_is_offered(service: str, written: str, meant: str) -> None:
    name = f"TALAIA_{service.upper()}_"
    assert unknown([name + written], installed()) == [f"{name}{written} is no setting; did you mean {name}{meant}?"]


def test_what_is_like_no_setting_of_its_service_is_compared_with_none_of_another() -> None:
    assert unknown(["TALAIA_ALERTS_ZONES"], installed()) == ["TALAIA_ALERTS_ZONES is no setting; unset it"]
    (sentence,) = unknown(["TALAIA_WASTE_METRICS_PORT"], installed())
    assert sentence.endswith("did you mean TALAIA_METRICS_PORT?")


@pytest.mark.parametrize("written", ["KAFKA_FILES", *(f"KAFKA_{word}_FILE" for word in ("CLIENT", "CONFIG", "SECURITY"))])
def test_a_name_for_the_file_of_how_brokers_are_spoken_to_leads_to_it(written: str) -> None:
    assert unknown([f"TALAIA_{written}"], installed()) == [f"TALAIA_{written} is no setting; did you mean TALAIA_KAFKA_FILE?"]


def test_what_stands_in_the_kafka_file_is_not_looked_for_beside_it() -> None:
    (key,) = (name for name in KafkaFile.model_fields if name.startswith("session"))
    (sentence,) = unknown([f"TALAIA_{key.upper()}"], installed())
    assert sentence.endswith("is no setting; did you mean TALAIA_KAFKA_FILE?")


LISTEN = "name where to listen as host:port, as 127.0.0.1:8001 or [::1]:8001"
NO_PLACES = ("8001", "127.0.0.1", ":8001", "127.0.0.1:", "host:0", "host:65536", "::1:8001", "[12]:8001", "[::1]", "a:1,b:2")
NO_PLACES += ("tcp://10.0.0.1:80", "waste:secret@host:80")
WRONG = {
    "no number": ("TALAIA_METRICS_PORT", "many", "give a whole number"),
    "half a number": ("TALAIA_METRICS_PORT", "80.5", "give a whole number"),
    "too small": ("TALAIA_METRICS_PORT", "-1", "give at least 0"),
    "too large": ("TALAIA_METRICS_PORT", "65536", "give at most 65535"),
    **{f"no place to listen: {place}": ("TALAIA_WASTE_LISTEN", place, LISTEN) for place in NO_PLACES},
    "no such word": ("TALAIA_CLOCK", "sundial", "give 'wall' or 'replay'"),
    "letters that no topic has": ("TALAIA_TOPIC_PREFIX", "Ñ/", "give what matches ^[a-z0-9.-]*$"),
    "long": ("TALAIA_TOPIC_PREFIX", "a" * 41, "give at most 40 letters"),
    "in memory": ("TALAIA_WASTE_DATABASE_URL", "sqlite://", "name a file"),
    "no database": ("TALAIA_WASTE_DATABASE_URL", f"mysql://waste:{SECRET}@h/d", "name a database as sqlite:///FILE"),
    "no such file": ("TALAIA_KAFKA_FILE", "/nowhere/bus.toml", "cannot be read"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_does_not_fit_is_one_sentence_with_the_variable_and_the_cure(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong, value, cure = WRONG[name]
    monkeypatch.setenv(wrong, value)
    said = refused(next(kind for kind in installed() if wrong in {variable(kind, field) for field in kind.model_fields}))
    assert said.startswith(f"{wrong}: ")
    assert cure in said
    assert SECRET not in said


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("value", ["", "   ", " x", "x\n", "\udcff"])
def test_what_is_empty_blank_or_no_text_is_told_for_every_setting(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, default = next(
        (kind, info.default) for kind in installed() for field, info in kind.model_fields.items() if variable(kind, field) == name
    )
    monkeypatch.setenv(name, value)
    if value == default:
        assert read(kind)
    else:
        assert (
            refused(kind)
            == f"{name} "
            + {
                "": "is empty: give it a value, or unset it",
                "x": "has blanks before or after its value: take them away",
                "\udcff": "is no text: give it in UTF-8",
            }[value.strip()]
        )


def test_a_secret_may_stand_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for end in ("", "\n", "\r\n"):
        monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL_FILE", str(secret(tmp_path, URL + end)))
        told = read(WasteSettings)
        assert told.database_url.get_secret_value() == URL
        assert SECRET not in f"{told!r} {told}"


def test_a_secret_in_the_environment_and_in_a_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL_FILE", str(secret(tmp_path, URL)))
    monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL", URL)
    sentence = "TALAIA_WASTE_DATABASE_URL and TALAIA_WASTE_DATABASE_URL_FILE are both set: unset one of them"
    assert refused(WasteSettings) == sentence


def test_a_file_for_what_is_no_secret_is_no_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_WASTE_LISTEN_FILE", "/port")
    assert refused(WasteSettings) == "TALAIA_WASTE_LISTEN_FILE is no setting; did you mean TALAIA_WASTE_LISTEN?"


def odd_files(folder: Path) -> Iterator[tuple[Path, str]]:
    yield folder / "gone", "cannot be read (No such file or directory)"
    yield folder, "open to every user" if folder.stat().st_mode & 7 else "is no file"
    for name, content, mode, sentence in (
        ("open", URL.encode(), 0o644, "is open to every user of this machine, and it holds a secret: `chmod o-rwx"),
        ("empty", b"", 0o600, "is empty: give it a value, or unset it"),
        ("two lines", URL.encode() + b"\n\n", 0o600, "has blanks before or after its value"),
        ("no text", b"\xff" + SECRET.encode(), 0o600, "cannot be read (invalid start byte)"),
        ("endless", SECRET.encode() * 10_000, 0o600, "is longer than any secret"),
        ("other", SECRET.encode(), 0o600, "name a database as sqlite:///FILE"),
    ):
        file = folder / name
        file.write_bytes(content)
        file.chmod(mode)
        yield file, sentence
    os.mkfifo(folder / "pipe", 0o600)
    yield folder / "pipe", "is no file"


def test_a_file_that_holds_no_secret_is_told_by_its_variable_without_what_it_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file, sentence in odd_files(tmp_path):
        monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL_FILE", str(file))
        said = refused(WasteSettings)
        assert said.startswith("TALAIA_WASTE_DATABASE_URL")
        assert sentence in said
        assert SECRET not in said


@given(some.text(some.characters(exclude_characters="\0=", exclude_categories=["Cs"]), max_size=40))
def test_whatever_a_variable_is_called_one_printable_line_is_said_of_it(name: str) -> None:
    for sentence in unknown([f"TALAIA_{name}"], installed()):
        assert sentence.isprintable()
        assert sentence.isascii()


@given(some.data())
def test_a_known_name_with_one_letter_wrong_brings_back_that_name_or_another_known_one(data: some.DataObject) -> None:
    name = data.draw(some.sampled_from(NAMES))
    at = data.draw(some.integers(len("TALAIA_"), len(name) - 1))
    wrong = name[:at] + data.draw(some.sampled_from("QX")) + name[at + 1 :]
    for sentence in unknown([wrong], installed()):
        meant = re.fullmatch(rf"{wrong} is no setting; did you mean (\S+)\?", sentence)
        assert meant is not None
        assert unknown([meant[1]], installed()) == []


VALUES = {
    "TALAIA_INSTANCE": some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    "TALAIA_WASTE_DATABASE_URL": some.just(URL),
    "TALAIA_WASTE_LISTEN": some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"])),
}


@settings(max_examples=50)
@given(some.fixed_dictionaries({}, optional=VALUES))
def test_what_is_told_of_settings_is_a_line_each_with_its_origin_and_no_secret(told: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in told.items():
            patch.setenv(name, value)
        lines = origins.table().splitlines()
    assert len(lines) == 1 + len(NAMES)
    assert all(line.isprintable() for line in lines)
    assert SECRET not in "".join(lines)
    for name, line in zip(NAMES, lines[1:], strict=True):
        assert line.split()[0] == name
        assert ("  environment  " in line) == (name in told)


def test_settings_show_what_is_wrong_without_its_value(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", f"waste:{SECRET}@host:9092")
    monkeypatch.setenv("TALAIA_WASTE_DATABASE_URL", f"mysql://{SECRET}@h/d")
    monkeypatch.setenv("TALAIA_WASTE_PASSWORD", SECRET)
    with pytest.raises(SystemExit) as end:
        origins.tell()
    said = capsys.readouterr().out
    assert said.count("refused") == 2
    assert str(end.value).count("\n") == 2
    assert SECRET not in said + str(end.value)


def test_every_settings_class_is_known_to_the_processes_beside_it() -> None:
    ours = {module.removeprefix("talaia.") for module in _settings_modules()}
    assert ours == {kind.__module__.removeprefix("talaia.") for kind in installed()}


def _settings_modules() -> set[str]:
    """Modules that define settings which nothing extends."""
    found: set[type[BaseSettings]] = set()
    for module in pkgutil.walk_packages(talaia.__path__, "talaia."):
        if module.name.endswith("settings"):
            held = vars(importlib.import_module(module.name)).values()
            found |= {each for each in held if isinstance(each, type) and issubclass(each, BaseSettings)}
    extended = {parent for kind in found for parent in kind.__mro__[1:]}
    return {kind.__module__ for kind in found - extended if kind.__module__.startswith("talaia.")}


def test_production_code_takes_settings_from_the_environment_by_one_door() -> None:
    kinds = "|".join(sorted({kind.__name__ for kind in installed()} | {"BusSettings"}))
    bare = re.compile(rf"\b({kinds})\(\)")
    assert [name for name, path in sources(ROOT) if bare.search(path.read_text())] == []


DOCUMENTS = [
    "README.md",
    "docker-compose.yml",
    "Makefile",
    "infra/docker/Dockerfile",
    "docs/operations.md",
    "docs/architecture.md",
]
DOCUMENTS += ["services/waste/README.md", "services/alerts/README.md", "libs/cli/README.md", "libs/stream/README.md"]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_a_variable_that_a_document_names_is_a_setting(document: str) -> None:
    named = set(re.findall(r"TALAIA_[A-Z][A-Z_]*[A-Z](?![*A-Z_])", (ROOT / document).read_text()))
    assert unknown(named, installed()) == []


@pytest.mark.parametrize("kind", sorted(kinds_of_services(), key=variables_of), ids=lambda kind: kind.__name__)
def test_worker_and_api_of_a_service_have_at_most_twelve_settings_together(kind: type[ApiSettings]) -> None:
    assert len(variables_of(kind)) <= MOST_SETTINGS
