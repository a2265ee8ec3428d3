"""A configuration changes at the wrong moment: what it takes away ends, and what it brings is not known yet."""

from unittest.mock import ANY

import msgspec
import pytest
from support.town import MIDNIGHT, MINUTE, PIPE, SECOND, TANK, Town, configuration
from support.wet_well import PUMPS, STATION, WetWell, pumping_town
from talaia.contracts.vocabulary import Rule, SiteKind, VolumeMethod
from talaia.waste.decide import rain
from talaia.waste.decide.slots import slot_of
from talaia.waste.model.catchment import Pump, Weir
from talaia.waste.model.conditions import Condition
from talaia.waste.model.dry import DryPart
from talaia.waste.model.events import Configuration, Nowcast
from talaia.waste.model.outcomes import Signal, SpillRecord, Watched
from talaia.waste.model.parts import CatchmentPart, SitePart

HOUR = 60


def with_tank(version: str, **changes: object) -> Configuration:
    return configuration(sites=(msgspec.structs.replace(TANK, **changes), PIPE), version=version)


def test_a_high_level_ends_when_its_limit_is_configured_away() -> None:
    town = Town().configured(with_tank("1", high_level_m=2.0))
    minute = town.levels([1.0, 1.5, 2.0, 2.1, 2.2])
    assert ("level_high", "began") in town.signals()
    town.configured(with_tank("2"))
    town.levels([2.2, 2.3], start=minute)
    assert town.signals()[-1] == ("level_high", "ended")


def test_a_blockage_ends_where_pumps_are_configured() -> None:
    town = Town().configured()
    stands = {"waste.blockage_suspected/T1": Condition(sequence=1, open=True)}
    town.parts["dry/T1"] = DryPart(zero_m=0.0, conditions=stands)
    town.configured(with_tank("2", pumps=PUMPS))
    assert town.signals() == [("blockage_suspected", "ended")]
    assert "dry/T1" not in town.parts


def test_a_site_without_depth_is_not_said_to_leak_before_anything_is_known() -> None:
    town = Town().configured(with_tank("1", bottom_m=5.0))
    town.levels([4.6, 4.61] * 8)
    assert town.signals() == []


def test_a_site_of_another_kind_has_not_been_wrong_yet() -> None:
    town = Town().configured()
    site = town.parts["site/T1"]
    assert isinstance(site, SitePart)
    town.parts["site/T1"] = msgspec.structs.replace(site, advisory=(Rule.WARNING,))
    town.configured(with_tank("2", kind=SiteKind.PIPE_CSO))
    after = town.parts["site/T1"]
    assert isinstance(after, SitePart)
    assert after.advisory == ()


def test_a_gauge_that_takes_the_place_of_another_has_an_hour_to_tell_of_rain() -> None:
    town = Town().configured()
    for minute in range(5, 3 * HOUR, 5):
        town.level(1.0, minute)
        town.rain(0.0, minute)
    new = msgspec.structs.replace(TANK, gauge="RG3")
    town.configured(configuration(sites=(new,), gauges=("RG3",), version="2"))
    town.levels([1.0] * 6, start=3 * HOUR)
    assert "waste.rain_feed_lost" not in {each.kind for each in town.of(Signal)}
    town.levels([1.0] * 12, start=3.5 * HOUR)
    assert "waste.rain_feed_lost" in {each.kind for each in town.of(Signal)}


def test_a_pump_without_sensors_is_not_said_to_stand_idle() -> None:
    well = WetWell(pumping_town(msgspec.structs.replace(STATION, pumps=(*PUMPS, Pump(id="P3"))))).run(6 * HOUR)
    assert "waste.pump_never_duty" not in {each.kind for each in well.town.of(Signal)}


@pytest.mark.parametrize("zone", ["Etc/GMT+6", "Etc/GMT-12"])
def test_a_dry_spill_settles_when_its_day_is_over_though_the_zone_has_changed(zone: str) -> None:
    town = Town().configured()
    town.levels([4.0, 5.0, 5.0, 4.0, 4.0], start=10 * HOUR)
    town.pass_to(MIDNIGHT + 14 * HOUR * MINUTE)
    town.configured(msgspec.structs.replace(configuration(version="2"), zone=zone))
    assert town.of(SpillRecord)[-1].provisional
    town.pass_to(MIDNIGHT + 31 * HOUR * MINUTE)
    assert not town.of(SpillRecord)[-1].provisional


def test_what_no_level_can_be_ends_no_spill_of_the_record() -> None:
    town = Town().configured()
    minute = town.levels([3.0, 4.0, 5.0, 5.0, 5.0])
    town.levels([-999.0, -999.0, 5.0], start=minute)
    assert [each.end for each in town.of(SpillRecord)] == [None]


def seen(town: Town, minute: int) -> rain.RainView:
    """Rain as it is seen when the slot of a minute is closed."""
    moment = MIDNIGHT + minute * MINUTE
    town.pass_to(moment + 31 * SECOND)
    catchment = town.parts["catchment"]
    assert isinstance(catchment, CatchmentPart)
    return rain.look(town.parts, catchment, slot_of(moment), town.policy)


def test_a_nowcast_issued_just_after_a_slot_is_used_as_one_issued_at_its_end() -> None:
    coming = []
    for second in (0, 5):
        town = Town().configured()
        for minute in range(0, HOUR, 5):
            town.rain(0.0, minute)
            issued = MIDNIGHT + minute * MINUTE + second * SECOND
            town.pass_to(issued + 11 * SECOND)
            told = Nowcast(
                source="radar",
                id=issued.isoformat(),
                recorded_at=issued,
                gauge="RG1",
                issued_at=issued,
                step_min=5.0,
                mm=tuple(float(n) for n in range(12)),
            )
            town._take(told)
        coming.append(seen(town, 55).bins[0, 2:, 0])
    assert coming[1].sum() > 0.8 * coming[0].sum() > 0


def test_a_gauge_that_tells_each_quarter_of_an_hour_is_not_added_to_by_its_neighbours() -> None:
    town = Town().configured()
    for minute in range(5, 2 * HOUR + 5, 5):
        town.rain(1.0, minute)
        if minute % 15 == 0:
            town.rain(3.0, minute, gauge="RG2")
    own, other = seen(town, 2 * HOUR).windows.sum(1)
    assert abs(own - 24.0) < 1.5
    assert abs(other - 24.0) < 4.5


def test_a_crest_that_is_set_lower_while_it_spills_finds_the_spills_before_and_goes_on() -> None:
    town = Town().configured()
    minute = town.levels([3.0, 4.5, 4.5, 3.0, 3.0, *[5.0] * 6])
    town.configured(with_tank("2", crest_m=4.4))
    town.levels([4.6] * 20, start=minute)
    known = {each.spill_id: each for each in town.of(SpillRecord)}
    assert [each.end is None for each in sorted(known.values(), key=lambda each: each.start)] == [False, True]


def test_a_spill_of_a_site_that_is_taken_out_is_closed_and_says_that_nobody_knows_its_end() -> None:
    town = Town().configured()
    town.levels([3.0, 4.0, *[5.0] * 8], start=10 * HOUR)
    town.configured(configuration(sites=(PIPE,), version="2"))
    last = town.of(SpillRecord)[-1]
    assert (last.end, last.withdrawn, last.provisional) == (None, False, False)
    assert last.end_unknown == "T1 was taken out of the configuration while it spilled: nobody knows when that ended"
    assert sum(each.duration_s for each in last.counts) == 35 * 60
    assert not any(name.startswith("spill/") for name in town.parts.keys() | town.wakes.keys())
    town.configured()
    minute = town.levels([3.0, 4.0, 5.0, 5.0, 4.0, 4.0], start=12 * HOUR)
    again = [each for each in town.of(SpillRecord) if each.spill_id != last.spill_id]
    assert again[-1].end is not None and again[-1].end_unknown == "" and minute


def test_the_running_month_of_a_site_that_is_taken_out_is_told_up_to_then() -> None:
    town = Town().configured()
    minute = town.levels([1.0] * 60, start=0)
    minute = town.levels([1.0] * 60, start=minute + 10 * HOUR)
    town.pass_to(MIDNIGHT + minute * MINUTE)
    town.configured(configuration(sites=(PIPE,), version="2"))
    (month,) = town.of(Watched)
    assert (month.site.id, month.month) == ("T1", "2020-03")
    assert (month.start, month.end) == (MIDNIGHT, MIDNIGHT + minute * MINUTE)
    assert month.known_s == pytest.approx((minute - 605) * 60)


@pytest.mark.parametrize("levels_after", [0, 30])
def test_a_dry_spill_that_is_over_is_settled_when_its_site_is_taken_out(levels_after: int) -> None:
    town = Town().configured()
    town.levels([3.0, 4.0, 5.0, 5.0, 4.0, 4.0, *[4.0] * levels_after], start=10 * HOUR)
    assert town.of(SpillRecord)[-1].provisional
    town.configured(configuration(sites=(PIPE,), version="2"))
    last = town.of(SpillRecord)[-1]
    assert (last.provisional, last.end_unknown, last.end is None) == (False, "", False)


def test_the_spill_of_a_site_that_becomes_another_kind_goes_on_and_ends_when_its_level_falls() -> None:
    town = Town().configured()
    minute = town.levels([3.0, 4.0, 5.0, 5.0, 5.0])
    town.configured(with_tank("2", kind=SiteKind.MANHOLE))
    town.levels([5.0, 4.0, 4.0], start=minute)
    assert len({each.spill_id for each in town.of(SpillRecord)}) == 1
    assert town.of(SpillRecord)[-1].end == MIDNIGHT + (minute + 5) * MINUTE


def of_one_spill(*weirs: tuple[int, Weir | None]) -> SpillRecord:
    """What is said at last of a spill of two hours under weirs that are configured at these samples of it."""
    town = Town().configured(with_tank("0", weir=None))
    minute = town.levels([3.0, 4.0])
    for n in range(25):
        for at, weir in weirs:
            if at == n:
                town.configured(with_tank(f"{n} {weir}", weir=weir))
        minute = town.levels([5.1], start=minute)
    town.levels([4.0, 4.0], start=minute)
    return town.of(SpillRecord)[-1]


def test_a_weir_configured_in_a_spill_counts_for_all_of_it_that_its_samples_tell() -> None:
    whole = of_one_spill((0, Weir(k=2.0)))
    assert (whole.volume_m3, whole.volume_since) == (pytest.approx(2.0 * 0.1**1.5 * 2 * 3600, rel=0.05), None)
    assert of_one_spill((8, Weir(k=2.0))) == msgspec.structs.replace(whole, cause=ANY)


@pytest.mark.parametrize("before", [None, Weir(k=9.0)], ids=["none before", "another before"])
def test_what_went_over_before_a_weir_was_known_is_not_guessed_and_the_record_says_since_when_it_is(before: Weir | None) -> None:
    part = of_one_spill((0, before), (22, Weir(k=2.0)))
    assert part.volume_since is not None
    assert part.volume_since > part.start
    known_s = (part.end - part.volume_since).total_seconds()  # type: ignore[operator]
    assert part.volume_m3 == pytest.approx(2.0 * 0.1**1.5 * known_s, rel=0.05)


def test_a_weir_that_is_taken_away_in_a_spill_leaves_its_volume_unknown() -> None:
    part = of_one_spill((0, Weir(k=2.0)), (22, None))
    assert (part.volume_m3, part.volume_since, part.method) == (None, None, VolumeMethod.NOT_KNOWN)
