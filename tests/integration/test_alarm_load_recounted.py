"""Alarm load against a plain recount of the journal by code of another hand (`tests/alarm_bench/kpis.py`), of any story."""

import runpy
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis.strategies as st
import msgspec
from hypothesis import given, settings
from support.house import ROOT
from support.story import DAWN, Story, kind
from talaia.alerts.view.kpis import kpis, whole_periods
from talaia.contracts.vocabulary import OperatorVerdict, Role, SignalState

PLAIN = runpy.run_path(str(ROOT / "tests/alarm_bench/kpis.py"))
KINDS = (
    kind("waste.pump_failed"),
    kind("waste.level_high", on_delay_s=30, off_delay_s=60, position="north"),
    kind("waste.gas_high", consequence_class="severe", latching=True, exempt_from_flood=True),
    kind("waste.battery_low", consequence_class="minor", position="north"),
)
CONDITIONS = [f"{each.kind}/{subject}" for each in KINDS for subject in ("A", "B", "C", "D")]
some = st.lists(st.sampled_from(CONDITIONS), min_size=1, max_size=4, unique=True)
STEPS = st.one_of(
    st.tuples(st.just("signal"), st.sampled_from(SignalState), some),
    st.tuples(st.just("storm"), st.sampled_from([SignalState.BEGAN, SignalState.ENDED]), st.just(CONDITIONS)),
    st.tuples(st.just("act"), st.sampled_from(["acknowledge", "unacknowledge", "reset", "shelve", "verdict"]), some),
    st.tuples(st.just("take_out"), st.sampled_from(Role), some),
    st.tuples(st.just("wait"), st.sampled_from([20.0, 120.0, 900.0, 7_200.0, 100_000.0]), st.just([])),
)


def told(steps: list[tuple[str, Any, list[str]]]) -> Story:
    story = Story(*KINDS)
    for what, how, conditions in steps:
        story.step_s = 0.2 if what == "storm" else 10.0
        match what:
            case "signal" | "storm":
                for condition in conditions:
                    story.signal(how, condition)
            case "act" if how == "shelve":
                story.shelve(*conditions)
            case "act":
                said = {"verdict": OperatorVerdict.FALSE} if how == "verdict" else {}
                story.act(how, *conditions, **said)
            case "take_out":
                story.take_out(*conditions, role=how)
            case "wait":
                story.wait(how)
    return story


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, min_size=1, max_size=25), st.timedeltas(timedelta(), timedelta(minutes=19)))
def test_figures_of_alarm_load_equal_a_plain_recount_whatever_happened(
    steps: list[tuple[str, Any, list[str]]], more: timedelta
) -> None:
    story = told(steps)
    span = whole_periods(DAWN, story.now + more)
    entries = [entry.data for entry in story.journal]
    counted = msgspec.to_builtins(kpis(entries, *span))
    lines = [msgspec.to_builtins(entry) for entry in entries]
    recounted = PLAIN["recount"](lines, counted["from"], counted["to"])
    assert PLAIN["difference"](recounted, counted) is None


def test_a_figure_that_is_one_off_is_a_difference() -> None:
    story = told([("storm", SignalState.BEGAN, CONDITIONS)])
    span = whole_periods(datetime(2026, 3, 2, tzinfo=UTC), story.now)
    entries = [entry.data for entry in story.journal]
    counted = msgspec.to_builtins(kpis(entries, *span))
    recounted = PLAIN["recount"]([msgspec.to_builtins(entry) for entry in entries[:-1]], counted["from"], counted["to"])
    assert PLAIN["difference"](recounted, counted) is not None
