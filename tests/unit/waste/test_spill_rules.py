"""The rules of the spill record, one by one: start and end, volume, count, weather, time watched."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.contracts.vocabulary import VolumeMethod
from talaia.waste.decide.spills.counting import counted, counted_by_year
from talaia.waste.decide.spills.dry_weather import rained, settled_at, weather
from talaia.waste.decide.spills.start_end import Rule, went_on
from talaia.waste.decide.spills.volume import Law, law_of, volume
from talaia.waste.decide.spills.watching import watched
from talaia.waste.model.catchment import Discharge, Weir
from talaia.waste.model.spills import Blocks, Course, Gap, RainDay, Watch, YearCount

MIDNIGHT = datetime(2020, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR_S = 3_600.0
MADRID = ZoneInfo("Europe/Madrid")
NO_LAW = Rule(start_m=0.995, end_m=0.985, gap_s=900, law=None)
WEIR = NO_LAW._replace(law=Law(crest_m=1.0, accuracy_m=0.01, k=2.0, table=(), uncertainty_share=0.1))


def course(levels: list[float], rule: Rule = NO_LAW, step_s: float = 300.0) -> Course:
    """Of levels in equal steps; a level that is not a number is missing."""
    now = Course()
    for n, level_m in enumerate(levels):
        if not math.isnan(level_m):
            now = went_on(now, n * step_s, level_m, rule)
    return now


def spans(levels: list[float]) -> list[tuple[float, float | None]]:
    """Start and end of each spill, by the number of the sample."""
    now = course(levels)
    spills = [*now.over, *([now.open] if now.open else [])]
    return [(spill.start_s / 300, None if spill.end_s is None else spill.end_s / 300) for spill in spills]


@pytest.mark.parametrize(
    ("levels", "says"),
    [
        ([0.5, 1.0, 0.5, 1.0, 0.5], []),
        ([0.5, 1.0, 1.0], [(1, None)]),
        ([0.5, 1.0, 1.0, 0.9, 0.9], [(1, 3)]),
        ([0.5, 1.0, 1.0, 0.9, 0.99], [(1, 3)]),
        ([0.5, 1.0, 1.0, 0.9, 1.0, 0.9, 0.9], [(1, 5)]),
        ([0.5, 1.0, 1.0, 0.99, 0.99, 0.9, 0.99, 0.9, 0.9], [(1, 3)]),
        ([1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 0.5, 0.5], [(0, 2), (4, 6)]),
    ],
    ids=["one is none", "two start", "two end", "one does not end", "a dip", "dated at the crest", "two spills"],
)
def test_a_spill_starts_with_the_first_of_two_at_the_crest_and_ends_with_the_first_under_it(
    levels: list[float], says: list[tuple[float, float | None]]
) -> None:
    assert spans(levels) == says


def test_a_gap_in_a_spill_is_marked_and_one_behind_its_end_is_not() -> None:
    nan = math.nan
    over = course([1.0, 1.0, nan, nan, nan, nan, 1.0, 0.5, nan, nan, nan, nan, 0.5]).over
    assert over[0].gaps == (Gap(300, 1_800),)


def test_of_many_gaps_the_last_one_kept_reaches_over_the_rest() -> None:
    spill = course([1.0, *([1.0, math.nan, math.nan, math.nan] * 30)]).open
    assert spill is not None
    assert len(spill.gaps) == 20
    assert spill.gaps[-1].end_s == 29 * 4 * 300 + 300


def test_a_constant_head_gives_flow_times_duration() -> None:
    water = course([0.5, *[1.25] * 11, 0.5, 0.5], WEIR).over[0].water
    assert water is not None
    flow = 2.0 * 0.25**1.5
    assert volume(water, 0.1, 0.0).m3 == pytest.approx(flow * 10.5 * 300)


def test_a_lone_spike_in_a_spill_is_not_taken_for_water() -> None:
    levels = [0.5, *[1.25] * 11, 0.5, 0.5]
    spiked = [*levels[:6], 2.2, *levels[7:]]
    assert course(spiked, WEIR).over[0].water == course(levels, WEIR).over[0].water


@given(st.lists(st.floats(0, 2), min_size=3, max_size=40), st.floats(0, 0.2), st.floats(0, 1))
def test_water_is_never_negative_and_a_gap_makes_it_no_surer(
    levels: list[float], accuracy_m: float, unknown_share: float
) -> None:
    law = Law(1.0, accuracy_m, 2.0, (), 0.1)
    for spill in course([*levels, 0.5, 0.5], NO_LAW._replace(law=law)).over:
        assert spill.water is not None
        m3, uncertainty_m3 = volume(spill.water, 0.1, unknown_share)
        assert m3 >= 0
        assert uncertainty_m3 >= volume(spill.water, 0.1, 0.0).uncertainty_m3


def test_a_weir_of_known_width_and_coefficient_has_its_k() -> None:
    law = law_of(Weir(width_m=1.5, discharge_coefficient=0.62), crest_m=1.0, accuracy_m=0.01)
    assert law is not None
    assert law.k == pytest.approx(2 / 3 * 0.62 * 1.5 * math.sqrt(2 * 9.81))


@pytest.mark.parametrize("weir", [Weir(), Weir(width_m=1.5), Weir(discharge_coefficient=0.6)])
def test_a_weir_of_which_too_little_is_known_has_no_law(weir: Weir) -> None:
    assert law_of(weir, crest_m=1.0, accuracy_m=0.01) is None


@pytest.mark.parametrize(("head_m", "flow"), [(-1, 0), (0, 0), (0.05, 0.05), (0.1, 0.1), (0.15, 0.3), (0.2, 0.5), (0.3, 0.9)])
def test_a_table_is_read_between_its_lines_and_goes_on_beyond_its_end(head_m: float, flow: float) -> None:
    rows = (Discharge(head_m=0.1, flow_m3_per_s=0.1), Discharge(head_m=0.2, flow_m3_per_s=0.5))
    law = law_of(Weir(table=rows), crest_m=1.0, accuracy_m=0.01)
    assert law is not None
    assert law.method is VolumeMethod.TABLE
    assert law.flow_m3_per_s(head_m) == pytest.approx(flow)


@pytest.mark.parametrize(
    ("spills_h", "count"),
    [
        ([], 0),
        ([(0, 1)], 1),
        ([(0, 12)], 1),
        ([(0, 13)], 2),
        ([(0, 36)], 2),
        ([(0, 36.1)], 3),
        ([(0, 1), (13, 14)], 2),
        ([(0, 1), (11, 12.5)], 2),
        ([(0, 1), (36, 37)], 2),
        ([(0, 1), (13, 14), (37, 38)], 3),
        ([(0, 1), (13, 14), (60, 61)], 3),
        ([(0, 1), (2, 3), (5, 6)], 1),
    ],
)
def test_the_12_24_count_is_that_of_the_published_vectors(spills_h: list[tuple[float, float]], count: int) -> None:
    blocks = Blocks()
    for start_h, end_h in spills_h:
        blocks = counted(blocks, start_h * HOUR_S, end_h * HOUR_S)
    assert blocks.counted == count


def test_a_spill_over_new_year_counts_in_both_years_and_the_new_year_begins_anew() -> None:
    start = datetime(2020, 12, 31, 22, 30, tzinfo=UTC).timestamp()
    before = counted(Blocks(2020), start - 48 * HOUR_S, start - 47 * HOUR_S)
    blocks, counts = counted_by_year(before, start, start + 2 * HOUR_S, MADRID)
    assert counts == (YearCount(2020, 2, HOUR_S / 2), YearCount(2021, 1, 1.5 * HOUR_S))
    assert (blocks.year, blocks.counted) == (2021, 1)


def rain(*fallen: tuple[float, float], until_h: float = 25) -> RainDay:
    """Of a gauge that was heard every half hour from a day before midnight on; hour and millimetres of what fell."""
    day = RainDay(gauge="RG1")
    for half in range(-48, int(2 * until_h)):
        day = rained(day, MIDNIGHT + 30 * half * MINUTE, 0.0)
    for hour, mm in fallen:
        day = rained(day, MIDNIGHT + hour * 60 * MINUTE, mm)
    return day


def judged(day: RainDay | None, start_h: float, now_h: float, zone: ZoneInfo | None = None) -> tuple[bool | None, bool]:
    start, now = (MIDNIGHT + hour * 60 * MINUTE for hour in (start_h, now_h))
    return tuple(weather(day, start, now, zone or UTC, dry_mm=0.25))


@pytest.mark.parametrize(
    ("fallen", "dry"),
    [
        ([], True),
        ([(10, 0.2), (9, 0.05)], True),
        ([(10, 0.2), (9, 0.051)], False),
        ([(-1, 5.0)], False),
        ([(-13, 5.0)], True),
        ([(-12, 5.0)], True),
        ([(-11.9, 5.0)], False),
        ([(20, 5.0)], False),
        ([(24, 5.0)], False),
        ([(24.1, 5.0)], True),
    ],
)
def test_a_spill_at_noon_is_dry_by_the_rain_of_its_day_and_of_the_24_hours_before(
    fallen: list[tuple[float, float]], dry: bool
) -> None:
    assert judged(rain(*fallen), start_h=12, now_h=25) == (dry, False)


def test_a_dry_spill_is_provisional_until_local_midnight_and_a_wet_one_never() -> None:
    assert judged(rain(until_h=23), 12, 22.9, MADRID) == (True, True)
    assert judged(rain(until_h=23), 12, 23.1, MADRID) == (True, False)
    assert judged(rain((1, 3.0)), 12, 13) == (False, False)


def test_the_day_is_the_local_one() -> None:
    rainy = rain((23.5, 3.0))
    assert judged(rainy, 12, 25) == (False, False)
    assert judged(rainy, 12, 25, MADRID) == (True, False)


def test_a_gauge_that_was_not_heard_for_an_hour_leaves_it_unknown_unless_there_was_rain() -> None:
    assert judged(None, 12, 25) == (None, False)
    assert judged(rain(until_h=20), 12, 25) == (None, False)
    assert judged(rain((5, 3.0), until_h=6), 12, 25) == (False, False)


def test_a_day_of_25_hours_is_judged_to_its_end() -> None:
    start = datetime(2020, 10, 24, 22, 10, tzinfo=UTC)
    assert settled_at(start, MADRID) == datetime(2020, 10, 25, 23, 0, 30, tzinfo=UTC)


@given(st.permutations([(n, mm) for n, mm in enumerate([0.2, 3.0, 0.0, 1.5, 0.0, 0.4])]))
def test_rain_adds_up_in_any_order(readings: list[tuple[int, float]]) -> None:
    day = RainDay(gauge="RG1")
    for n, mm in readings:
        day = rained(day, MIDNIGHT + n * 7 * 60 * MINUTE, mm)
    in_time = RainDay(gauge="RG1")
    for n, mm in sorted(readings):
        in_time = rained(in_time, MIDNIGHT + n * 7 * 60 * MINUTE, mm)
    assert day == in_time


def test_a_month_was_watched_for_the_time_without_its_gaps() -> None:
    february = datetime(2020, 2, 29, 12, tzinfo=UTC).timestamp()
    march, april = (datetime(2020, month, 1, tzinfo=UTC).timestamp() for month in (3, 4))
    times = [february, february + 600, february + 6_000, march - 300, march + 300, april + 10]
    watch, over = watched(Watch(), -math.inf, times, 900, UTC)
    assert over == [Watch(february, march, 900.0), Watch(march, april, 300.0)]
    assert watch == Watch(april, datetime(2020, 5, 1, tzinfo=UTC).timestamp(), 0.0)
