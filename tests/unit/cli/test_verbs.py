import shutil
from pathlib import Path

import pytest
from support.command_line import Command, typed
from support.house import ROOT
from talaia.cli.__main__ import app
from talaia.cli.city import folder_of
from talaia.cli.services import installed
from talaia.cli.trouble import Trouble
from typer.testing import CliRunner

__all__ = ["typed"]

VERBS = [
    "up",
    "demo",
    "replay",
    "backtest",
    "doctor",
    "settings",
    "new-service",
    "status",
    "tail",
    "topics",
    "topics apply",
    "topics check",
    "city",
    "city apply",
    "city check",
]
VERBS += ["rejects", "rejects list", "rejects show"]


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_every_verb_explains_itself(verb: str) -> None:
    said = CliRunner().invoke(app, [*verb.split(), "--help"])
    assert said.exit_code == 0
    assert "Usage:" in said.output


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("backtest", "traffic", "x", "--out", "y"), "talaia: there is no service traffic: installed are alerts, "),
        (("city", "check", "atlantis"), "talaia: there is no city atlantis"),
        (("replay", "nowhere", "--speed", "fast"), "talaia: --speed fast: give a number greater than 0"),
        (("replay", "nowhere"), "talaia: nowhere: "),
        (("rejects", "list", "nothing.v1"), "talaia: no worker reads a topic nothing.v1"),
        (("rejects", "show", "a/b"), "talaia: a/b: write topic/partition/offset"),
        (("rejects", "show", "nothing.v1/0/0"), "talaia: nothing.v1/0/0: rejects stand in alerts.signals.v1.rejected"),
        (("rejects", "show", "alerts.acts.v1.rejected/16/0"), "talaia: alerts.acts.v1.rejected/16/0: rejects stand in "),
        (("tail", "alerts.alarms.v1", "--from", "1960-01-01"), "talaia: --from 1960-01-01: no record came before 1970: write "),
        (("status", "--worker", "http://127.0.0.1:abc"), "talaia: http://127.0.0.1:abc: write it as http://host:port"),
        (("demo", "--city", "."), "talaia: city . has no recorded storm"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_two(typed: Command, arguments: tuple[str, ...], sentence: str) -> None:
    done = typed(*arguments)
    assert done.code == 2
    assert done.err.startswith(sentence)
    assert len(done.err.strip().splitlines()) == 1


def test_a_missing_recording_ends_a_backtest_with_one_sentence(typed: Command, tmp_path: Path) -> None:
    done = typed("backtest", "waste", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "no recording" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize(("service", "file"), [("waste", "events.ndjson"), ("alerts", "signals.ndjson")])
def test_an_empty_recording_is_no_backtest_that_went_well(typed: Command, tmp_path: Path, service: str, file: str) -> None:
    (tmp_path / file).write_text("")
    (tmp_path / "sites.json").write_text('{"s": {"kind": "pipe_cso", "crest_m": 2, "rain_gauge": "g"}}')
    done = typed("backtest", service, str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.code == 2
    assert "holds no event" in done.err


@pytest.mark.parametrize(("broken", "code", "said"), [(1, 0, "; 1 rejected, its rejected files say why"), (2, 2, "no recording")])
def test_a_backtest_says_how_many_lines_it_rejected(typed: Command, tmp_path: Path, broken: int, code: int, said: str) -> None:
    good = '{"id": 1, "ts": "2020-03-01T00:05:00Z", "received": "2020-03-01T00:05:10Z", "site": "s", "sensor": "s.level", '
    lines = ["noise", good + '"quantity": "level", "value": 1.0, "unit": "m"}' if broken == 1 else "noise"]
    (tmp_path / "events.ndjson").write_text("\n".join(lines))
    (tmp_path / "sites.json").write_text('{"s": {"kind": "pipe_cso", "crest_m": 2, "rain_gauge": "g"}}')
    done = typed("backtest", "waste", str(tmp_path), "--out", str(tmp_path / "out"))
    assert done.code == code
    assert said in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_a_city_is_found_by_name_or_by_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "infra/cities/here").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    assert folder_of("here") == Path("infra/cities/here")
    assert folder_of(str(tmp_path)) == tmp_path
    with pytest.raises(Trouble, match="are here; or give the path"):
        folder_of("there")


def test_services_are_found_by_their_entry_points() -> None:
    assert {"alerts", "waste"} <= set(installed())
    assert list(installed(["waste"])) == ["waste"]


def test_all_mistakes_of_a_city_are_told_and_nothing_is_sent(
    typed: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALAIA_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    (tmp_path / "waste.toml").write_text("area = 5\n")
    (tmp_path / "alarms.toml").write_text("nonsense = [\n")
    done = typed("city", "apply", str(tmp_path))
    assert done.code == 2
    assert "waste.toml" in done.err
    assert "alarms.toml" in done.err
    assert "Traceback" not in done.err


def test_of_a_service_that_is_not_meant_no_configuration_is_wanted(typed: Command, tmp_path: Path) -> None:
    shutil.copy(ROOT / "infra/cities/demo/alarms.toml", tmp_path)
    assert typed("city", "check", str(tmp_path), "alerts").code == 0
    assert "waste.toml" in typed("city", "check", str(tmp_path)).err


def test_a_setting_that_makes_no_sense_is_named(typed: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALAIA_CLOCK", "sundial")
    done = typed("topics", "check")
    assert done.code == 2
    assert done.err.startswith("talaia: TALAIA_CLOCK: give 'wall' or 'replay'")


def test_a_folder_that_cannot_be_written_is_named(typed: Command, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = typed("up", "waste", "--var", str(tmp_path / "file" / "var"))
    assert done.code == 1
    assert f"cannot use the folder {tmp_path}/file/var" in done.err
