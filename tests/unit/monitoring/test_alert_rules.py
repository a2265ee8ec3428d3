"""Alert rules fire when they should and only then. promtool, Prometheus' own tool, is the judge; `make promtool` brings it."""

import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from support.house import ROOT
from support.rule_mutants import mutants

MONITORING = ROOT / "infra/monitoring"
RULES = MONITORING / "rules/talaia.yml"


@pytest.fixture(scope="module")
def promtool() -> str:
    built = sorted((ROOT / "var/tools").glob("promtool-*"))
    found = shutil.which("promtool") or (str(built[-1]) if built else None)
    if found is None:
        if os.environ.get("REQUIRE_PROMTOOL") == "1":
            pytest.fail("no promtool: run `make promtool`")
        pytest.skip("no promtool: run `make promtool`")
    return found


def _run(*command: str | Path) -> tuple[bool, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def test_the_rules_are_what_prometheus_takes(promtool: str) -> None:
    fine, said = _run(promtool, "check", "rules", "--lint=all", "--lint-fatal", RULES)
    assert fine, said


@pytest.mark.parametrize("file", sorted((MONITORING / "tests").iterdir()), ids=lambda file: file.stem)
def test_every_alert_fires_on_time_and_stays_quiet_where_it_should(promtool: str, file: Path) -> None:
    fine, said = _run(promtool, "test", "rules", file)
    assert fine, said


def test_every_alert_is_tested() -> None:
    tested = "".join(file.read_text() for file in (MONITORING / "tests").iterdir())
    alerts = [rule["alert"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    assert [alert for alert in alerts if f'alertname="{alert}", alertstate="firing"' not in tested] == []


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_slip_in_a_rule_is_noticed_nine_times_in_ten(promtool: str, tmp_path: Path) -> None:
    tests = sorted((MONITORING / "tests").iterdir())
    made = list(mutants(yaml.safe_load(RULES.read_text())))

    def survives(number: int) -> bool:
        mutant, folder = made[number], tmp_path / str(number)
        (folder / "rules").mkdir(parents=True)
        (folder / "rules/talaia.yml").write_text(yaml.safe_dump(mutant.rules))
        (folder / "tests").mkdir()
        theirs = [file for file in tests if f'"{mutant.alert}"' in file.read_text()]
        return _run(promtool, "test", "rules", *(shutil.copy(file, folder / "tests") for file in theirs))[0]

    with ThreadPoolExecutor(2) as threads:
        alive = [made[number] for number, lives in enumerate(threads.map(survives, range(len(made)))) if lives]
    print(f"{len(made) - len(alive)} of {len(made)} mutants killed; alive:")
    print(*(f"{mutant.alert}: {mutant.what}" for mutant in alive), sep="\n")
    assert len(alive) <= 0.1 * len(made)
