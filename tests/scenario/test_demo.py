import os
import subprocess
import sys
from pathlib import Path

import pytest
from talaia.alerts.service import SERVICE as ALERTS
from talaia.alerts.view.project import VIEW as ALERTS_VIEW
from talaia.waste.service import SERVICE as WASTE
from talaia.waste.view.project import VIEW as WASTE_VIEW


@pytest.mark.slow
def test_the_demo_ends_by_itself_with_equal_counts_though_a_worker_was_killed(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TALAIA_")}
    command = [sys.executable, "-m", "talaia.cli", "demo", "--once", "--var", str(tmp_path / "var")]
    done = subprocess.run(command, env=environment | {"COLUMNS": "200"}, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "waste-worker killed (SIGKILL)" in done.stdout
    assert "waste-worker 1 x" in done.stdout
    assert "DIFFERENT" not in done.stdout
    processed = len(WASTE.processor().inputs) + len(ALERTS.processor().inputs)
    assert done.stdout.count(" equal") == 1 + processed + len(WASTE_VIEW.topics) + len(ALERTS_VIEW.topics)
