"""Pumps and their power: what fails, what wears, what is used wrongly; late feedback alone is no failure."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, Town, configuration, measured
from support.wet_well import PUMPS, STATION, WetWell, pumping_town
from talaia.contracts.vocabulary import Priority, Quantity
from talaia.waste.model.catchment import Content, Pump, Site
from talaia.waste.model.outcomes import Assessed, Signal
from talaia.waste.model.parts import Part
from talaia.waste.model.policy import Policy
from talaia.waste.model.site_policy import EquipmentPolicy

HOUR = 60
LATE = timedelta(minutes=40)


def told(town: Town) -> list[tuple[str, str, str]]:
    """Subject, kind and state of what was said of pumps and power, renewals left out."""
    equipment = [each for each in town.of(Signal, "PS1") if each.kind.startswith(("waste.pump", "waste.power"))]
    words = [(each.subject.id, each.kind.removeprefix("waste."), each.state.value) for each in equipment]
    return [word for word in words if word[2] != "changed"]


def without_feedback(site: Site = STATION) -> Site:
    return msgspec.structs.replace(site, pumps=tuple(msgspec.structs.replace(pump, running="") for pump in PUMPS))


@pytest.fixture
def well() -> WetWell:
    """A station that has run for some hours."""
    return WetWell().run(5 * HOUR)


def test_of_pumps_that_take_turns_nothing_is_said(well: WetWell) -> None:
    well.run(5 * HOUR)
    assert told(well.town) == []


def test_a_pump_that_does_not_start_is_told_within_three_minutes_and_over_when_it_runs(well: WetWell) -> None:
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began")]
    well.run(2 * HOUR).broken = set()
    well.until(asked="P1").run(2)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began"), ("PS1/P1", "pump_failed", "ended")]


def test_the_evidence_of_a_failed_pump_shows_command_feedback_and_level(well: WetWell) -> None:
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    signal = next(each for each in well.town.of(Signal, "PS1") if each.kind == "waste.pump_failed")
    why = signal.evidence
    assert signal.priority is Priority.MEDIUM
    assert why is not None
    facts = dict(why.facts)
    assert facts["told_by"] == "level"
    assert float(facts["slope_before_m_per_min"]) - float(facts["slope_after_m_per_min"]) < float(facts["least_bend_m_per_min"])
    assert why.levels[-1].time - why.levels[0].time == 11 * MINUTE
    assert {each.sensor for each in why.observations} == {sensor for pump in PUMPS for sensor in pump.sensors}


def test_feedback_that_is_merely_late_is_no_failure(well: WetWell) -> None:
    for pump in ("P1", "P2", "P1"):
        well.until(asked=("P2" if pump == "P1" else "P1"))
        well.late = {f"PS1.{pump}.run": LATE}
        well.run(HOUR)
    assert told(well.town) == []


def test_the_end_of_a_command_that_is_merely_late_is_no_failure(well: WetWell) -> None:
    well.until(asked="P1").run(1)
    well.late = {"PS1.P1.cmd": LATE}
    well.run(2 * HOUR)
    assert told(well.town) == []


def test_a_pump_that_stops_by_itself_halfway_is_told_within_three_minutes(well: WetWell) -> None:
    well.until(asked="P1").run(2).broken = {"P1"}
    well.run(4)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began")]


def test_pumps_that_all_stand_still_lack_power_and_do_not_fail(well: WetWell) -> None:
    well.until(asked="P1").run(2).power = False
    well.run(HOUR)
    assert ("PS1", "power_failed", "began") in told(well.town)
    well.power = True
    well.run(HOUR)
    assert told(well.town)[-1] == ("PS1", "power_failed", "ended")
    assert [word for word in told(well.town) if word[2] == "began"][-1] == ("PS1", "power_failed", "began")


def test_pumps_that_fail_one_after_the_other_have_power(well: WetWell) -> None:
    well.broken = {"P1"}
    well.until(asked="P1").until(asked="P2").run(3)
    well.broken = {"P1", "P2"}
    well.run(HOUR)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began"), ("PS1/P2", "pump_failed", "began")]


def test_a_sensor_of_the_mains_tells_of_the_power_at_once(well: WetWell) -> None:
    for minute, value in ((5 * HOUR + 1, 1.0), (5 * HOUR + 2, 0.0), (5 * HOUR + 9, 1.0)):
        well.town.tell(measured(Quantity.MAINS_POWER, "PS1", value, MIDNIGHT + minute * MINUTE))
    assert told(well.town) == [("PS1", "power_failed", "began"), ("PS1", "power_failed", "ended")]


def test_mains_that_are_off_are_told_until_they_are_on_again_though_the_feedback_of_a_pump_is_stuck_at_on(well: WetWell) -> None:
    well.until(asked="P1").run(1)
    gone = well.minute + 1
    well.town.tell(measured(Quantity.MAINS_POWER, "PS1", 0.0, MIDNIGHT + gone * MINUTE))
    for minute in range(gone + 2, gone + HOUR, 10):
        well.town.tell(measured(Quantity.PUMP_RUNNING, "PS1", 1.0, MIDNIGHT + minute * MINUTE, sensor="PS1.P1.run"))
        well.town.level(1.6 + minute / 1000, minute + 1, "PS1", sensor="PS1.level")
    assert told(well.town) == [("PS1", "power_failed", "began")]
    signals = [each for each in well.town.of(Signal, "PS1") if each.kind == "waste.power_failed"]
    assert "doubt" not in dict(signals[0].evidence.facts)  # type: ignore[union-attr]
    assert "running" in str(dict(signals[-1].evidence.facts)["doubt"])  # type: ignore[union-attr]
    well.town.tell(measured(Quantity.MAINS_POWER, "PS1", 1.0, MIDNIGHT + (gone + HOUR) * MINUTE))
    assert told(well.town)[1:] == [("PS1", "power_failed", "ended")]


def test_a_pump_that_fails_is_told_while_the_mains_are_off_and_pumps_start_all_the_same(well: WetWell) -> None:
    well.town.tell(measured(Quantity.MAINS_POWER, "PS1", 0.0, MIDNIGHT + (well.minute + 1) * MINUTE))
    well.run(2 * HOUR).broken = {"P1"}
    well.until(asked="P1").run(3)
    assert told(well.town) == [("PS1", "power_failed", "began"), ("PS1/P1", "pump_failed", "began")]


def test_a_pump_without_feedback_fails_when_its_start_does_not_bend_the_level() -> None:
    well = WetWell(pumping_town(without_feedback())).run(5 * HOUR)
    assert told(well.town) == []
    well.broken = {"P1"}
    well.until(asked="P1").run(4)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began")]
    well.broken = set()
    well.until(asked="P1").run(4)
    assert told(well.town)[1:] == [("PS1/P1", "pump_failed", "ended")]


@pytest.mark.parametrize("area_m2", [14.0, None])
def test_a_pump_that_moves_two_thirds_of_what_it_did_is_degraded_with_or_without_an_area(area_m2: float | None) -> None:
    well = WetWell(pumping_town(msgspec.structs.replace(STATION, area_m2=area_m2)))
    well.town.policy = Policy(equipment=EquipmentPolicy(judged_from=8))
    well.run(6 * HOUR).flows["P2"] *= 0.66
    well.run(4 * HOUR)
    assert told(well.town) == [("PS1/P2", "pump_degraded", "began")]
    signal = next(each for each in well.town.of(Signal, "PS1") if each.kind == "waste.pump_degraded")
    facts = dict(signal.evidence.facts)  # type: ignore[union-attr]
    assert facts["flow_m_per_min"] == pytest.approx(0.66 * 0.21, rel=0.1)
    assert isinstance(facts["flow_m3_per_s"], str) == (area_m2 is None)
    well.flows["P2"] = 0.21
    well.run(7 * HOUR)
    assert told(well.town)[1:] == [("PS1/P2", "pump_degraded", "ended")]


@given(st.lists(st.tuples(st.floats(0.1, 2), st.floats(0.5, 50)), min_size=1, max_size=8), st.floats(0, 0.999), st.data())
def test_the_area_of_a_table_is_the_growth_of_its_content_at_that_level(
    steps: list[tuple[float, float]], within: float, data: st.DataObject
) -> None:
    rows = [Content(level_m=0.0, content_m3=0.0)]
    for height, area in steps:
        rows.append(Content(level_m=rows[-1].level_m + height, content_m3=rows[-1].content_m3 + height * area))
    site = msgspec.structs.replace(STATION, area_m2=None, volumes=tuple(rows))
    n = data.draw(st.integers(0, len(steps) - 1))
    assert site.area_at(rows[n].level_m + within * 0.999 * steps[n][0]) == pytest.approx(steps[n][1], rel=1e-6)
    assert site.area_at(-1.0) == pytest.approx(steps[0][1], rel=1e-6)
    assert site.area_at(rows[-1].level_m + 1.0) == pytest.approx(steps[-1][1], rel=1e-6)


def test_a_table_of_contents_tells_what_a_pump_moves_as_an_area_does() -> None:
    table = (Content(level_m=0.0, content_m3=0.0), Content(level_m=4.0, content_m3=56.0))
    by_area = WetWell(pumping_town()).run(2 * HOUR).town
    by_table = WetWell(pumping_town(msgspec.structs.replace(STATION, area_m2=None, volumes=table))).run(2 * HOUR).town
    usual = [each.pumps[0].usual_flow_m_per_min for each in by_table.of(Assessed)]
    assert usual == [each.pumps[0].usual_flow_m_per_min for each in by_area.of(Assessed)]
    assert usual[0] == pytest.approx(0.05 * 60 / 14)


def test_a_pump_that_runs_for_two_hours_is_told_until_it_rests(well: WetWell) -> None:
    well.inflow = 0.215
    well.run(3 * HOUR)
    assert ("PS1/P1", "pump_long_run", "began") in told(well.town) or ("PS1/P2", "pump_long_run", "began") in told(well.town)
    well.inflow = 0.1
    well.run(HOUR)
    assert told(well.town)[-1][1:] == ("pump_long_run", "ended")


def test_a_pump_that_runs_long_because_another_one_fails_is_not_told_besides(well: WetWell) -> None:
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    well.inflow = 0.212
    well.run(4 * HOUR)
    assert told(well.town) == [("PS1/P1", "pump_failed", "began")]
    well.broken = set()
    well.run(4)
    assert [word[1:] for word in told(well.town)[1:]] == [("pump_failed", "ended"), ("pump_long_run", "began")]


def test_a_pump_that_starts_again_and_again_is_told() -> None:
    town = pumping_town()
    for minute in range(1, 60):
        sample = measured(Quantity.PUMP_RUNNING, "PS1", float(minute % 2), MIDNIGHT + minute * MINUTE, sensor="PS1.P1.run")
        town.tell(sample)
    assert ("PS1/P1", "pump_many_starts", "began") in told(town)


def test_a_pump_that_is_never_asked_is_told_until_it_is(well: WetWell) -> None:
    well.order = ["P1"]
    well.run(4 * HOUR)
    assert told(well.town) == [("PS1/P2", "pump_never_duty", "began")]
    well.order = ["P2"]
    well.run(HOUR)
    assert told(well.town)[1:] == [("PS1/P2", "pump_never_duty", "ended")]


def test_a_pump_that_is_not_configured_any_more_has_no_conditions(well: WetWell) -> None:
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    well.town.configured(configuration(sites=(msgspec.structs.replace(STATION, pumps=PUMPS[1:]),), version="2"))
    assert told(well.town)[-1] == ("PS1/P1", "pump_failed", "ended")
    assert "pump/PS1/P1" not in well.town.parts
    assert "pump/PS1/P2" in well.town.parts


def test_a_failed_pump_stays_failed_over_a_restart_and_all_of_its_station_fits_into_its_state(well: WetWell) -> None:
    well.run(10 * HOUR).broken = {"P1"}
    well.until(asked="P1").run(3)
    well.town = well.town.restarted()
    well.run(20)
    assert told(well.town) == []
    assert sum(len(msgspec.msgpack.encode(part)) for name, part in well.town.parts.items() if "PS1" in name) <= 16_384
    encoded = msgspec.msgpack.encode(well.town.parts["pump/PS1/P1"])
    assert msgspec.msgpack.decode(encoded, type=Part) == well.town.parts["pump/PS1/P1"]


def test_power_that_a_pump_takes_is_feedback_where_there_is_no_other() -> None:
    site = msgspec.structs.replace(STATION, pumps=(Pump(id="P1", command="PS1.P1.cmd", power="PS1.P1.kw"),))
    town = pumping_town(site)
    for minute, kilowatt in ((1, 0.0), (2, 7.5), (5, 7.4), (9, 0.05)):
        town.tell(measured(Quantity.PUMP_POWER, "PS1", kilowatt, MIDNIGHT + minute * MINUTE, sensor="PS1.P1.kw"))
    part = town.parts["pump/PS1/P1"]
    assert part.ran_s == 7 * 60  # type: ignore[union-attr]
