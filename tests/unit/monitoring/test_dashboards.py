"""A dashboard shows metrics that are there, in words that Prometheus understands, and no panel lies over another."""

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.house import ROOT

MONITORING = ROOT / "infra/monitoring"
DASHBOARDS = sorted((MONITORING / "dashboards").glob("*.json"))
DESCRIBED = set(re.findall(r"`((?:talaia|process)_\w+)", (ROOT / "docs/operations.md").read_text()))

of_every_dashboard = pytest.mark.parametrize("file", DASHBOARDS, ids=lambda file: file.stem)


def _panels(file: Path) -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = json.loads(file.read_text())["panels"]
    return panels


def _queries(file: Path) -> list[str]:
    return [target["expr"] for panel in _panels(file) for target in panel.get("targets", ())]


@of_every_dashboard
def test_it_is_made_of_metrics_that_are_described(file: Path) -> None:
    used = {re.sub(r"_bucket$", "", name) for query in _queries(file) for name in re.findall(r"\b(?:talaia|process)_\w+", query)}
    assert used <= DESCRIBED


def test_together_they_show_every_metric_on_which_somebody_is_called() -> None:
    rules = (MONITORING / "rules/talaia.yml").read_text()
    shown = " ".join(query for file in DASHBOARDS for query in _queries(file))
    assert {name for name in re.findall(r"\btalaia_\w+", rules) if name not in shown} == set()


@of_every_dashboard
def test_prometheus_understands_every_query(file: Path, tmp_path: Path) -> None:
    built = sorted((ROOT / "var/tools").glob("promtool-*"))
    promtool = shutil.which("promtool") or (str(built[-1]) if built else None)
    if promtool is None:
        pytest.skip("no promtool: run `make promtool`")
    rules = [{"record": f"query:{number}", "expr": query} for number, query in enumerate(_queries(file))]
    made = tmp_path / "rules.yml"
    made.write_text(yaml.safe_dump({"groups": [{"name": file.stem, "rules": rules}]}))
    done = subprocess.run([promtool, "check", "rules", made], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@of_every_dashboard
def test_no_panel_lies_over_another_and_each_asks_the_prometheus_that_is_set_up(file: Path) -> None:
    sources = yaml.safe_load((MONITORING / "grafana/datasources/prometheus.yml").read_text())["datasources"]
    panels = _panels(file)
    assert {panel["datasource"]["uid"] for panel in panels if "targets" in panel} == {source["uid"] for source in sources}
    assert len({panel["id"] for panel in panels}) == len(panels)
    for one, other in itertools.combinations([panel["gridPos"] for panel in panels], 2):
        apart = (one["x"] + one["w"] <= other["x"], other["x"] + other["w"] <= one["x"])
        assert any((*apart, one["y"] + one["h"] <= other["y"], other["y"] + other["h"] <= one["y"]))
    assert all(panel["gridPos"]["x"] + panel["gridPos"]["w"] <= 24 for panel in panels)
