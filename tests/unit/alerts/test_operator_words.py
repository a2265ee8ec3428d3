"""How the operator page says things and draws the evidence."""

from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.alerts.api import words
from talaia.alerts.api.answers import Evidence, Expected, JournalEntry, Limit, Reading
from talaia.alerts.api.chart import BOTTOM, LEFT, RIGHT, TOP, Chart, chart

ZONE = ZoneInfo("Europe/Madrid")
AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.timedeltas(timedelta(days=-40_000), timedelta(days=60_000)).map(lambda ago: AT + ago)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (99.9, "99 s"), (100, "1 min"), (5_999, "99 min"), (6_000, "1 h 40 min"), (7_200, "2 h"), (180_000, "2 d 2 h")],
)
def test_a_span_is_said_in_the_unit_people_think_in(seconds: float, said: str) -> None:
    assert words.span(seconds) == said


def test_time_left_turns_into_time_since() -> None:
    assert words.left(AT + 24 * MINUTE, AT) == "in 24 min"
    assert words.left(AT - 3 * MINUTE, AT) == "3 min ago"


def test_a_time_of_another_day_carries_its_date() -> None:
    assert words.clock(AT, ZONE, AT) == "03:10:00"
    assert words.clock(AT - timedelta(days=1), ZONE, AT) == "28 Feb 03:10"


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        (set(), UTC),
        ({"Europe/Madrid"}, ZONE),
        ({"Europe/Madrid", "Atlantic/Canary"}, UTC),
        ({"Mars/Olympus"}, UTC),
        ({"../../etc/passwd"}, UTC),
        ({"Europe"}, UTC),
    ],
)
def test_times_are_said_in_the_zone_on_which_all_registers_agree_and_else_in_utc(named: set[str], zone: tzinfo) -> None:
    assert words.zone_of(named) == zone


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("rain_mm_30min", 8.4, ("Rain in 30 min", "8.40 mm")),
        ("slope_m_per_min", 0.0046, ("Slope", "0.005 m/min")),
        ("slope_m_per_min", -0.0001, ("Slope", "0.00 m/min")),
        ("learnt_steps", 2880.0, ("Learnt steps", "2880")),
        ("gauge", "RG1", ("Gauge", "RG1")),
        ("started_at", (AT - 6 * MINUTE).isoformat(), ("Started at", "03:04:00")),
        ("started_at", "9999-12-31T23:59:59+00:00", ("Started at", "31 Dec 23:59")),
        ("started_at", "at noon", ("Started at", "at noon")),
        ("started_at", "2026-03-01T02:10:00", ("Started at", "2026-03-01T02:10:00")),
    ],
)
def test_a_fact_is_said_with_its_unit(name: str, value: float | str, said: tuple[str, str]) -> None:
    assert words.fact(name, value, ZONE, AT) == said


def test_what_only_works_a_probability_out_again_is_not_told_to_an_operator() -> None:
    names = ("minutes_to_overflow", "log_odds_at_30_min", "log-odds, level", "time_ratio_10", "soonest_min")
    assert [name for name in names if words.is_told(name)] == ["minutes_to_overflow", "soonest_min"]


@given(NUMBERS)
def test_any_figure_can_be_said_shortly(value: float) -> None:
    assert len(words.number(value)) <= 10


def entry(region: str, event: str, before: str | None, after: str | None, **more: object) -> JournalEntry:
    said = {"id": "e", "area": "demo", "number": 1, "previous": "", "hash": "", "at": AT, "cause_type": "act", "cause_id": "c"}
    return JournalEntry.model_validate(said | {"region": region, "event": event, "from": before, "to": after} | more)


@pytest.mark.parametrize(
    ("happened", "said"),
    [
        (entry("condition", "began", "normal", "active"), "Began"),
        (entry("condition", "ended", "active", "normal", notes=["reconciled"]), "Over (reconciled)"),
        (entry("acknowledgement", "acknowledge", "unacknowledged", "acknowledged", who="n2"), "Acknowledged by n2"),
        (
            entry("act", "acknowledge", None, None, who="n2", refused="nothing_to_acknowledge"),
            "Acknowledge by n2 refused: nothing to acknowledge",
        ),
        (entry("annunciation", "new_activation", None, None, announced="new"), "Announced as new"),
        (entry("annunciation", "new_activation", None, None, silent="flood"), "Silent: flood"),
        (entry("act", "note", None, None, who="n2", text="hello"), "Note by n2"),
        (entry("shelf", "shelve", "unshelved", "shelved", who="n2"), "Shelved by n2"),
    ],
)
def test_history_is_told_in_sentences(happened: JournalEntry, said: str) -> None:
    assert words.happened(happened) == said


def evidence(readings: list[Reading], forecast: list[Expected], limits: list[Limit]) -> Evidence:
    return Evidence(rule="r", rule_version="1", readings=readings, forecast=forecast, thresholds=limits)


def points(line: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (point.split(",") for point in line.split())]


def drawn(**more: object) -> Chart:
    levels = [Reading(time=AT - n * 5 * MINUTE, value=4.0 - 0.2 * n, unit="m") for n in range(6)]
    path = [Expected(time=AT + n * 5 * MINUTE, value=4.0 + 0.2 * n, unit="m") for n in range(1, 7)]
    found = chart(evidence(levels, path, [Limit(name="crest", value=5.0, unit="m")]), AT + 24 * MINUTE, ZONE)
    assert found is not None
    return found


def test_the_path_goes_on_where_the_level_stands_and_reaches_the_limit_when_it_is_expected() -> None:
    found = drawn()
    level, path = points(found.level), points(found.forecast)
    assert path[0] == level[-1]
    assert all(before[0] < after[0] for before, after in pairwise(level + path[1:]))
    assert found.crossing is not None
    assert found.crossing.y == found.limits[0].at
    assert level[-1][0] < found.crossing.x < path[-1][0]
    assert found.summary == "Chart: 4.00 m at 03:10, limit 5.00 m, expected there at 03:34"


def test_the_fan_opens_where_the_level_stands_and_holds_the_path() -> None:
    level = Reading(time=AT, value=4.0, unit="m")
    path = [Expected(time=AT + n * 5 * MINUTE, value=4.0 + n / 5, unit="m", low=4.0, high=4.0 + n / 4) for n in range(1, 4)]
    found = chart(evidence([level], path, []), None, ZONE)
    assert found is not None
    middle, fan = points(found.forecast), points(found.fan)
    over, under = fan[: len(path) + 1], fan[: len(path) : -1]
    assert over[0] == middle[0]
    assert [x for x, _ in under] == [x for x, _ in over[1:]] == [x for x, _ in middle[1:]]
    assert all(high < value < low for (_, high), (_, value), (_, low) in zip(over[1:], middle[1:], under, strict=True))
    assert drawn().fan == ""


def test_a_doubted_reading_stands_beside_the_line_and_rain_hangs_from_the_top() -> None:
    readings = [Reading(time=AT - n * 5 * MINUTE, value=4.0, unit="m", flag=4 if n == 2 else 1) for n in range(5)]
    rain = [Reading(time=AT - n * 5 * MINUTE, value=1.0 + n, unit="mm") for n in range(3)]
    found = chart(evidence(readings + rain, [], [Limit(name="crest", value=5.0, unit="m")]), None, ZONE)
    assert found is not None
    assert len(points(found.level)) == 4
    assert len(found.doubtful) == 1
    assert [bar.y for bar, _ in found.bars] == [TOP] * 3
    assert found.bars_label == "rain, at most 3.00 mm"


def test_rain_hides_neither_the_level_nor_the_label_of_its_limit() -> None:
    level = [Reading(time=AT - n * 5 * MINUTE, value=5.1, unit="m") for n in range(5)]
    rain = [Reading(time=AT, value=3.0, unit="mm")]
    found = chart(evidence(level + rain, [], [Limit(name="crest", value=5.0, unit="m")]), None, ZONE)
    assert found is not None
    [(bar, height)] = found.bars
    assert bar.y + height < found.limits[0].at - 20
    assert all(bar.y + height < y for _, y in points(found.level))


def test_there_is_no_drawing_of_nothing() -> None:
    assert chart(evidence([], [], [Limit(name="crest", value=5.0, unit="m")]), AT, ZONE) is None
    assert chart(evidence([Reading(time=AT, value=1e300, unit="m")], [], []), AT, ZONE) is None


READINGS = st.builds(Reading, time=MOMENTS, value=NUMBERS, unit=st.sampled_from(["m", "mm"]), flag=st.sampled_from([1, 3, 4, 9]))
PATHS = st.builds(Expected, time=MOMENTS, value=NUMBERS, unit=st.just("m"), low=st.none() | NUMBERS, high=st.none() | NUMBERS)
LIMITS = st.builds(Limit, name=st.just("crest"), value=NUMBERS, unit=st.just("m"))


@given(st.lists(READINGS, max_size=6), st.lists(PATHS, max_size=6), st.lists(LIMITS, max_size=2), st.none() | MOMENTS)
def test_whatever_the_evidence_the_drawing_stays_inside_its_frame(
    readings: list[Reading], path: list[Expected], limits: list[Limit], expected_at: datetime | None
) -> None:
    found = chart(evidence(readings, path, limits), expected_at, ZONE)
    if found is not None:
        places = points(found.level) + points(found.forecast) + points(found.fan) + [(bar.x, bar.y) for bar, _ in found.bars]
        places += [(one.x, one.y) for one in (*found.doubtful, found.last, found.crossing) if one is not None]
        assert all(LEFT <= x <= RIGHT and TOP <= y <= BOTTOM for x, y in places)
        assert len(found.up) <= 8
        assert len(found.across) <= 8
