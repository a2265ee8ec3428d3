"""A recording of alarms, written line by line."""

import json
from pathlib import Path
from typing import Any


def signal(number: int, at: str, state: str, **said: Any) -> dict[str, Any]:
    condition = said.pop("condition_id", "waste.pump_failed/P1")
    place = {"condition_id": condition, "kind": "waste.pump_failed", "subject": "P1", "location": {"site": "P1"}}
    moment = f"2026-03-02T{at}Z"
    head = {"signal_id": f"s{number}", "area": "harbour", "source": "waste", "time": moment, "recordedtime": moment}
    return head | {"state": state} | place | said


def act(number: int, at: str, **said: Any) -> dict[str, Any]:
    moment = f"2026-03-02T{at}Z"
    head = {"act_id": f"a{number}", "area": "harbour", "time": moment, "recordedtime": moment, "verb": "acknowledge"}
    person = {"who": "operator-1", "role": "operator", "position": "control"}
    return head | person | {"alarms": ["00000000-0000-0000-0000-000000000000"]} | said


def record(folder: Path, signals: list[dict[str, Any]], acts: list[dict[str, Any]] | None = None) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, lines in (("signals", signals), ("acts", acts)):
        if lines is not None:
            (folder / f"{name}.ndjson").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder
