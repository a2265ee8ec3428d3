"""The alarm core against a second reading of the same table, recording by recording."""

import json
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from alarm_bench import check
from support.alarm_model.alarm import PRIORITIES, Kind
from support.alarm_model.world import ms, states
from support.alarm_stories import Story
from talaia.alerts.service import SERVICE

TOLD = ("announced", "silent", "refused", "answer", "ignored")


def register(story: Story) -> str:
    def entry(kind: Kind) -> dict[str, Any]:
        own = {key: value for key, value in vars(kind).items() if key != "name"}
        return {**own, "priority": PRIORITIES[kind.priority]}

    return check.register({"kinds": {name: entry(kind) for name, kind in story.kinds.items()}, "masks": story.masks})


def write(story: Story, folder: Path) -> None:
    folder.mkdir()
    (folder / "alarms.toml").write_text(register(story), encoding="utf-8")
    for file, key in (("signals.ndjson", "signal_id"), ("acts.ndjson", "act_id")):
        lines = [json.dumps(one) + "\n" for one in story.messages if key in one]
        (folder / file).write_text("".join(lines), encoding="utf-8")


def grouped(lines: list[dict[str, Any]]) -> list[tuple[Any, str, Any]]:
    """(cause, condition, what it became and was told) of all that changed or was told something.

    The order within a cause, and lines in which nothing happens, are nobody's promise.
    """
    found: dict[tuple[Any, str], dict[str, Any]] = {}
    for x in lines:
        name = str(x["condition_id"]) if x.get("shown") else "unknown"
        one = found.setdefault(((x["at"], x["cause_type"], x["cause_id"]), name), {"notes": []})
        one.update({key: x.get(key) for key in check.STATE})
        if not name.startswith("alerts."):
            one["activation_id"] = x.get("activation_id")
        one.update({key: x.get(key) or one.get(key) for key in TOLD})
        one["notes"] = sorted([*one["notes"], *x["notes"]])
    last: dict[str, Any] = {}
    kept = []
    for (cause, name), one in found.items():
        state = {key: value for key, value in one.items() if key not in check.EVENT}
        if state != last.get(name) or one["notes"] or any(one[key] for key in TOLD):
            kept.append((cause, name, one))
        last[name] = state
    order = {cause: n for n, (cause, _) in enumerate(found)}
    return sorted(kept, key=lambda one: (order[one[0]], one[1]))


def difference(seed: int, folder: Path) -> str | None:
    """The first line in which product and model differ, or None."""
    story = Story(seed)
    write(story, folder / "in")
    SERVICE.backtest(folder / "in", folder / "out", None, lambda _share: None)
    got = [json.loads(line) for line in (folder / "out" / "states.ndjson").read_text(encoding="utf-8").splitlines()]
    product = grouped([{**x, "at": ms(x["at"])} for x in got])
    model = grouped(states(story.merged(), story.kinds, story.masks))
    for one, two in zip_longest(product, model):
        if one != two:
            return f"seed {seed}:\n product {one}\n model   {two}"
    return None


@pytest.mark.parametrize("seed", range(30))
def test_a_random_recording_comes_out_as_the_table_says(seed: int, tmp_path: Path) -> None:
    assert difference(seed, tmp_path) is None


@pytest.mark.slow
@pytest.mark.parametrize("block", range(20))
def test_many_random_recordings_come_out_as_the_table_says(block: int, tmp_path: Path) -> None:
    for seed in range(1000 + 100 * block, 1100 + 100 * block):
        folder = tmp_path / str(seed)
        folder.mkdir()
        assert difference(seed, folder) is None
