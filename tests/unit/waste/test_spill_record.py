"""The record of spills as the step keeps it: said, said again and withdrawn, in whatever order readings come."""

import math
from datetime import datetime, timedelta
from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, PIPE, SECOND, TANK, Town, configuration, measured
from talaia.contracts.vocabulary import Quantity, VolumeMethod
from talaia.waste.model.catchment import Discharge, SensorSpec, Weir
from talaia.waste.model.events import Measurement, Refused
from talaia.waste.model.outcomes import SpillRecord, Watched
from talaia.waste.model.policy import Policy
from talaia.waste.model.spills import spill_part

WEIR_TANK = msgspec.structs.replace(TANK, weir=Weir(k=2.75), receiving_water="River", bathing_site="Beach")
DAY = 24 * 60


def town(*sites: object, zone: str = "UTC", now: datetime = MIDNIGHT) -> Town:
    """Looked at every five minutes, as cities are: days pass here."""
    told = configuration(sites or (WEIR_TANK, PIPE))  # type: ignore[arg-type]
    return Town(Policy(), now=now).configured(msgspec.structs.replace(told, zone=zone))


def dry_gauge(town: Town, start: float, end: float) -> None:
    """The gauge is heard every half hour, and no rain falls."""
    for minute in range(int(start), int(end), 30):
        town.rain(0.0, minute)


def records(town: Town, site: str = "T1") -> list[SpillRecord]:
    return town.of(SpillRecord, site)


def as_it_stands(town: Town) -> dict[str, SpillRecord]:
    """The last word on each spill that was not withdrawn."""
    last = {each.spill_id: each for each in town.of(SpillRecord)}
    return {name: each for name, each in last.items() if not each.withdrawn}


def at(minute: float) -> datetime:
    return MIDNIGHT + minute * MINUTE


def test_a_spill_is_said_when_it_starts_and_again_when_it_is_over() -> None:
    here = town()
    here.levels([4.0, 5.1, 5.2, 5.2, 4.0, 4.0], start=5)
    began, ended = records(here)
    assert (began.start, began.end, began.volume_m3, began.said_at) == (at(10), None, None, at(15) + 10 * SECOND)
    assert (ended.start, ended.end, ended.said_at) == (at(10), at(25), at(30) + 10 * SECOND)
    assert began.spill_id == ended.spill_id == "T1/2020-03-01T00:10:00+00:00"
    assert (ended.site.receiving_water, ended.site.bathing_site) == ("River", "Beach")
    assert [(each.year, each.counted, each.duration_s) for each in ended.counts] == [(2020, 1, 900.0)]


def test_its_volume_follows_from_the_weir_with_its_uncertainty() -> None:
    here = town()
    here.levels([4.0, *[5.2] * 13, 4.0, 4.0], start=5)
    ended = records(here)[-1]
    assert ended.method is VolumeMethod.WEIR
    assert ended.volume_m3 == pytest.approx(2.75 * 0.2**1.5 * 62.5 * 60)
    assert ended.uncertainty_m3 is not None
    assert 0.2 * ended.volume_m3 < ended.uncertainty_m3 < 0.3 * ended.volume_m3


@pytest.mark.parametrize(("sensor", "accuracy_m"), [("T1.level", 0.05), ("T1.radar", 0.01)])
def test_the_less_accurate_the_sensor_that_is_followed_the_less_sure_is_the_volume(sensor: str, accuracy_m: float) -> None:
    spec = SensorSpec(id=sensor, quantity=Quantity.LEVEL, accuracy_m=0.05)
    here = town(msgspec.structs.replace(WEIR_TANK, sensors=(spec,)))
    here.levels([4.0, *[5.2] * 13, 4.0, 4.0], start=5)
    ended = records(here)[-1]
    assert ended.volume_m3 == pytest.approx(2.75 * 0.2**1.5 * 62.5 * 60)
    by_level_m3 = 2.75 * ((0.2 + accuracy_m) ** 1.5 - 0.2**1.5) * 62.5 * 60
    assert ended.uncertainty_m3 == pytest.approx(math.hypot(by_level_m3, 0.2 * ended.volume_m3))


def test_without_a_weir_law_no_volume_is_guessed() -> None:
    here = town()
    here.levels([0.5, 1.1, 1.1, 0.5, 0.5], site="CSO1")
    assert {(each.volume_m3, each.uncertainty_m3, each.method) for each in records(here, "CSO1")} == {
        (None, None, VolumeMethod.NOT_KNOWN)
    }


def test_a_table_gives_the_volume_too() -> None:
    rows = (Discharge(head_m=0.1, flow_m3_per_s=0.1), Discharge(head_m=0.3, flow_m3_per_s=0.5))
    here = town(msgspec.structs.replace(TANK, weir=Weir(table=rows)))
    here.levels([4.0, *[5.2] * 13, 4.0, 4.0], start=5)
    ended = records(here)[-1]
    assert (ended.method, ended.volume_m3) == (VolumeMethod.TABLE, pytest.approx(0.3 * 62.5 * 60))


def test_a_gap_in_a_spill_is_marked_and_makes_its_volume_less_sure() -> None:
    here, whole = town(), town()
    whole.levels([4.0, *[5.2] * 13, 4.0, 4.0], start=5)
    for minute in (5, 10, 15, 20, 60, 65, 70, 75, 80):
        here.level(4.0 if minute in (5, 75, 80) else 5.2, minute)
    ended = records(here)[-1]
    assert ended.gaps == ((at(20), at(60)),)
    uncertainty_m3 = records(whole)[-1].uncertainty_m3
    assert ended.uncertainty_m3 is not None
    assert uncertainty_m3 is not None
    assert ended.uncertainty_m3 > uncertainty_m3


def test_a_sensor_that_seldom_speaks_leaves_no_gap_between_two_samples() -> None:
    slow = SensorSpec(id="T1.level", quantity=Quantity.LEVEL, interval_s=900)
    here = town(msgspec.structs.replace(WEIR_TANK, sensors=(slow,)))
    for minute, level in ((15, 4.0), (30, 5.1), (45, 5.1), (75, 5.1), (135, 4.0), (150, 4.0)):
        here.level(level, minute)
    assert records(here)[-1].gaps == ((at(75), at(135)),)


def test_of_two_levels_of_one_moment_the_first_counts() -> None:
    here = town()
    here.levels([4.0, 5.1], start=5)
    here.level(4.0, 10, source="another", id="again")
    here.level(5.1, 15)
    assert [each.start for each in records(here)] == [at(10)]


def test_rain_that_cannot_be_is_no_rain() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.rain(900.0, DAY + 12 * 60)
    here.levels([4.0, 5.1, 5.1], start=DAY + 12 * 60 + 5)
    assert records(here)[-1].dry_weather is True


def test_a_level_that_cannot_be_water_is_left_out() -> None:
    here = town()
    here.levels([4.0, 6.8, 6.8, 6.8, 4.0], start=5)
    assert records(here) == []


def test_a_second_level_sensor_is_followed_only_when_the_first_has_long_been_silent() -> None:
    here = town()
    here.level(4.0, 5)
    for minute in (10, 15, 20):
        here.level(5.2, minute, sensor="other")
    assert records(here) == []
    for minute in (70, 75):
        here.level(5.2, minute, sensor="other")
    assert [each.start for each in records(here)] == [at(70)]


def test_a_late_level_moves_the_start_of_a_spill_which_keeps_its_name() -> None:
    here = town()
    here.levels([4.0], start=5)
    here.levels([5.1, 5.1], start=15)
    here.level(5.1, 10, after=20 * MINUTE)
    first, again = records(here)
    assert (first.start, again.start) == (at(15), at(10))
    assert first.spill_id == again.spill_id


def test_a_spill_that_was_none_is_withdrawn() -> None:
    here = town()
    here.levels([5.1], start=5)
    here.levels([5.1, 4.0, 4.0, 4.0], start=15)
    here.level(4.0, 10, after=30 * MINUTE)
    assert [(each.end is None, each.withdrawn) for each in records(here)] == [(True, False), (False, False), (False, True)]
    assert as_it_stands(here) == {}


def test_a_late_level_divides_a_spill_and_another_one_makes_it_whole() -> None:
    here = town()
    here.levels([5.1, 5.1], start=5)
    here.level(4.0, 15)
    here.levels([5.1, 5.1], start=25)
    here.level(4.0, 20, after=15 * MINUTE)
    first, second = as_it_stands(here).values()
    assert [(each.start, each.end) for each in (first, second)] == [(at(5), at(15)), (at(25), None)]
    here.level(5.1, 18, after=20 * MINUTE)
    assert [(each.start, each.end) for each in as_it_stands(here).values()] == [(at(5), None)]


def test_what_comes_later_than_an_hour_changes_nothing() -> None:
    here = town()
    here.levels([5.1], start=5)
    here.levels([5.1, *[4.0] * 30], start=15)
    before = len(records(here))
    here.level(4.0, 10, after=80 * MINUTE)
    assert len(records(here)) == before


def test_a_dry_spill_is_provisional_until_midnight_and_then_settled() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.levels([4.0, 5.1, 5.1, 4.0, 4.0], start=DAY + 12 * 60 + 5)
    dry_gauge(here, DAY + 12 * 60 + 30, 2 * DAY + 60)
    said = [(each.dry_weather, each.provisional, each.said_at) for each in records(here)]
    assert [each[:2] for each in said] == [(True, True), (True, True), (True, False)]
    assert said[-1][2] == at(2 * DAY) + 30 * SECOND


def test_the_day_of_a_spill_ends_at_midnight_of_the_catchments_zone() -> None:
    here = town(zone="Europe/Madrid")
    dry_gauge(here, 0, DAY + 13 * 60)
    here.levels([4.0, 5.1, 5.1, 4.0, 4.0], start=DAY + 12 * 60 + 5)
    dry_gauge(here, DAY + 12 * 60 + 30, 2 * DAY)
    assert records(here)[-1].said_at == at(2 * DAY - 60) + 30 * SECOND
    assert not records(here)[-1].provisional


def test_rain_after_a_spill_and_late_rain_make_it_a_wet_one() -> None:
    for minute, after in ((DAY + 20 * 60, 10 * SECOND), (2 * DAY - 10, 55 * MINUTE)):
        here = town()
        dry_gauge(here, 0, DAY + 12 * 60)
        here.levels([4.0, 5.1, 5.1, 4.0, 4.0], start=DAY + 12 * 60 + 5)
        dry_gauge(here, DAY + 12 * 60 + 30, minute)
        here.pass_to(at(minute) + after)
        here.rain(3.0, minute, after=after)
        last = records(here)[-1]
        assert (last.dry_weather, last.provisional) == (False, False)


def test_rain_long_after_its_day_does_not_touch_a_spill() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.levels([4.0, 5.1, 5.1, 4.0, 4.0], start=DAY + 12 * 60 + 5)
    dry_gauge(here, DAY + 12 * 60 + 30, 2 * DAY + 120)
    before = records(here)
    here.rain(30.0, 2 * DAY + 125)
    here.levels([1.0] * 30, start=2 * DAY + 130)
    here.rain(30.0, 5 * DAY)
    assert records(here) == before


def test_a_dry_weather_spill_is_a_condition_while_it_lasts() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.levels([4.0, 4.5, 4.9, 5.05, 5.1, 5.1, 5.05, *[5.05] * 4, 4.8, 4.7, 4.5], start=DAY + 12 * 60 + 5)
    kinds = [(kind, state) for kind, state in here.signals() if kind == "dry_weather_spill"]
    assert kinds == [("dry_weather_spill", "began"), ("dry_weather_spill", "changed"), ("dry_weather_spill", "ended")]


def test_rain_ends_the_condition_though_the_spill_goes_on() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.levels([4.0, 4.5, 4.9, 5.05, 5.1, 5.1], start=DAY + 12 * 60 + 5)
    here.rain(3.0, DAY + 12 * 60 + 35)
    assert here.signals()[-1] == ("dry_weather_spill", "ended")
    assert records(here)[-1].end is None


def test_the_condition_of_a_site_that_is_gone_is_over() -> None:
    here = town()
    dry_gauge(here, 0, DAY + 12 * 60)
    here.levels([4.0, 4.5, 4.9, 5.05, 5.1, 5.1], start=DAY + 12 * 60 + 5)
    here.configured(configuration((PIPE,), version="2"))
    assert ("dry_weather_spill", "ended") in here.signals()
    assert spill_part("T1") not in here.parts


def test_a_month_says_for_how_long_its_level_was_known() -> None:
    here = town(now=at(25 * DAY))
    for day in range(25, 32):
        here.level(1.0, DAY * day + 10)
        here.level(1.0, DAY * day + 20)
    here.level(1.0, 31 * DAY + 120)
    (month,) = here.of(Watched)
    assert (month.month, month.start, month.end) == ("2020-03", at(25 * DAY + 10), at(31 * DAY))
    assert month.known_s == 6 * 600


def test_a_zone_that_nobody_knows_is_refused() -> None:
    with pytest.raises(Refused, match="Europe/Nowhere"):
        town(zone="Europe/Nowhere")


def storm(seed: int) -> list[Measurement]:
    """Five hours of a tank that goes over its crest again and again, with rain, spikes and missing samples; in order of time."""
    luck, told = Random(seed), []
    for n in range(1, 61):
        level = 5.0 + 0.6 * math.sin(n / luck.choice((3, 3, 2))) + 0.05 * luck.random()
        if luck.random() < 0.05:
            level += luck.choice((-1.5, 1.0, 4.0))
        if luck.random() < 0.9:
            told.append(measured(Quantity.LEVEL, "T1", level, at(5 * n), id=f"level {n}"))
        told.append(measured(Quantity.RAINFALL, "RG1", luck.choice((0.0, 0.0, 0.0, 0.2)), at(5 * n), id=f"rain {n}"))
    return told


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.floats(0, 1))
def test_late_double_and_out_of_order_readings_give_the_record_of_those_in_order(seed: int, share_late: float) -> None:
    luck = Random(seed)
    told = storm(seed)
    arriving = []
    for each in told:
        wait = timedelta(seconds=luck.random() * (3_590 if luck.random() < share_late else 20))
        arriving.append(msgspec.structs.replace(each, recorded_at=each.time + wait))
        if luck.random() < 0.1:
            arriving.append(msgspec.structs.replace(each, recorded_at=each.time + wait + 5 * MINUTE, id=f"{each.id} again"))
    mixed, in_order = town(), town()
    for each in sorted(arriving, key=lambda each: each.recorded_at):
        mixed.tell(each)
    for each in told:
        in_order.tell(each)
    for here in (mixed, in_order):
        here.pass_to(at(2 * DAY))
    facts = [
        [(each.start, each.end, each.volume_m3, each.dry_weather, each.provisional, each.counts, each.gaps) for each in spills]
        for spills in (sorted(as_it_stands(here).values(), key=lambda each: each.start) for here in (mixed, in_order))
    ]
    assert [_closed(each) for each in facts[0]] == [_closed(each) for each in facts[1]]
    assert len({each.spill_id for each in mixed.of(SpillRecord)}) >= len(facts[0])


def _closed(fact: tuple[object, ...]) -> tuple[object, ...]:
    """Of a spill that is open, how long it is so far depends on when that was said."""
    return fact if fact[1] is not None else fact[:1]


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 100))
def test_a_restart_changes_nothing_of_the_record(seed: int, cut: int) -> None:
    told = storm(seed)
    whole, first = town(), town()
    for each in told:
        whole.tell(each)
    for each in told[:cut]:
        first.tell(each)
    second = first.restarted(reverse=True)
    for each in told[cut:]:
        second.tell(each)
    assert first.of(SpillRecord) + second.of(SpillRecord) == whole.of(SpillRecord)
