from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from talaia.cli.demo.warned import Overflow, Spell, episodes, false_alarms, judge, read_truth, spells

_START = datetime(2000, 1, 1, tzinfo=UTC)


def _at(minute: float) -> datetime:
    return _START + timedelta(minutes=minute)


def _lead_min(overflows: list[tuple[int, int]], alarms: list[tuple[int, int]]) -> list[float | None]:
    truth = [Overflow("tank", _at(start), _at(end)) for start, end in overflows]
    on = {"tank": [Spell(_at(raised), _at(cleared)) for raised, cleared in alarms]}
    return [None if verdict.lead is None else verdict.lead.total_seconds() / 60 for verdict in judge(truth, on)]


def _false(overflows: list[tuple[int, int]], alarms: list[tuple[int, int]]) -> int:
    truth = [Overflow("tank", _at(start), _at(end)) for start, end in overflows]
    on = {"tank": [Spell(_at(raised), _at(cleared)) for raised, cleared in alarms]}
    return false_alarms(judge(truth, on), on)


def test_the_lead_runs_from_the_raising_to_the_start() -> None:
    assert _lead_min([(100, 120)], [(80, 130)]) == [20]


def test_an_alarm_raised_at_the_start_warned_of_nothing() -> None:
    assert _lead_min([(100, 120)], [(100, 130)]) == [None]


def test_an_alarm_cleared_a_quarter_of_an_hour_before_still_warned_and_one_cleared_earlier_did_not() -> None:
    assert _lead_min([(100, 120)], [(50, 85)]) == [50]
    assert _lead_min([(100, 120)], [(50, 84)]) == [None]


def test_an_alarm_on_for_more_than_three_hours_warned_of_nothing_and_is_false() -> None:
    assert _lead_min([(181, 200)], [(0, 210)]) == [None]
    assert _false([(181, 200)], [(0, 210)]) == 1
    assert _lead_min([(180, 200)], [(0, 210)]) == [180]
    assert _false([(180, 200)], [(0, 210)]) == 0


def test_the_lead_of_a_second_overflow_under_one_alarm_runs_from_the_end_of_the_first() -> None:
    assert _lead_min([(100, 120), (150, 160)], [(80, 170)]) == [20, 30]


def test_alarms_closer_than_half_an_hour_are_one_episode() -> None:
    assert episodes([Spell(_at(0), _at(10)), Spell(_at(40), _at(50))]) == [Spell(_at(0), _at(50))]
    assert len(episodes([Spell(_at(0), _at(10)), Spell(_at(41), _at(50))])) == 2


def test_an_episode_is_false_without_an_overflow_until_an_hour_after_it() -> None:
    assert _false([(160, 170)], [(90, 100)]) == 0
    assert _false([(161, 170)], [(90, 100)]) == 1
    assert _false([(0, 89)], [(90, 100)]) == 1


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 60)), max_size=12))
def test_episodes_do_not_overlap_and_cover_every_spell(alarms: list[tuple[int, int]]) -> None:
    given_spells = [Spell(_at(raised), _at(raised + length)) for raised, length in alarms]
    joined = episodes(given_spells)
    assert all(later.raised - earlier.cleared > timedelta(minutes=30) for earlier, later in pairwise(joined))
    assert all(any(e.raised <= s.raised and s.cleared <= e.cleared for e in joined) for s in given_spells)


def _entry(minute: int, to: str, kind: str = "overflow_expected", region: str = "condition") -> dict[str, str]:
    return {"at": _at(minute).isoformat(), "region": region, "to": to, "kind": kind, "condition_id": f"{kind}/tank"}


def test_a_spell_lasts_from_active_to_normal_in_the_journal() -> None:
    journal = [_entry(1, "active"), _entry(2, "active"), _entry(3, "off_delay"), _entry(9, "normal"), _entry(20, "active")]
    found = spells(journal, ("overflow_expected",))
    assert found["tank"][0] == Spell(_at(1), _at(9))
    assert found["tank"][1].raised == _at(20)
    assert found["tank"][1].cleared > _at(1_000_000)


def test_other_kinds_and_regions_of_the_journal_do_not_count() -> None:
    journal = [_entry(1, "active", kind="sensor_fault"), _entry(2, "unacknowledged", region="acknowledgement")]
    assert spells(journal, ("overflow_expected",)) == {}


def test_truth_is_read_without_what_is_no_overflow(tmp_path: Path) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("site,kind,start,end\ntank,overflow,2000-01-01T00:10:00Z,2000-01-01T00:20:00Z\npump,fault,x,y\n")
    assert read_truth(file) == [Overflow("tank", _at(10), _at(20))]
