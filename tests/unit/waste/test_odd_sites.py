"""Sites that nobody would build, sensors that nobody would buy, and configurations that change at the wrong moment."""

from datetime import timedelta

import msgspec
import pytest
from support.town import MIDNIGHT, MINUTE, SECOND, TANK, Town, configuration, measured
from support.wet_well import STATION, WetWell, pumping_town
from talaia.contracts import alerts
from talaia.contracts.envelope import Envelope, sequence
from talaia.contracts.vocabulary import Quantity
from talaia.stream.processor import Cause
from talaia.waste.decide.equipment.pump_degraded import with_cycle
from talaia.waste.model.catchment import Pump, Weir
from talaia.waste.model.outcomes import Assessed, Reading, Signal, SpillRecord
from talaia.waste.model.pumps import PumpPart
from talaia.waste.model.site_policy import EquipmentPolicy
from talaia.waste.worker import translate

HOUR = 60


def test_a_second_level_sensor_that_measures_at_the_same_moments_stops_no_pump_from_being_watched() -> None:
    well = WetWell().run(HOUR)
    for _ in range(2 * HOUR):
        well.run(1)
        well.town.tell(measured(Quantity.LEVEL, "PS1", round(well.level, 3), MIDNIGHT + well.minute * MINUTE, sensor="second"))
    assert all(pump.starts_today > 2 for pump in well.town.of(Assessed)[-1].pumps)


@pytest.mark.parametrize("flow", [0.0, -0.5])
def test_a_pump_that_never_moved_anything_is_not_said_to_wear(flow: float) -> None:
    part = PumpPart(site="PS1", pump="P1")
    for _ in range(30):
        part = with_cycle(part, flow, EquipmentPolicy())
    assert (part.flow, part.shortfall) == (flow, 0.0)


def test_evidence_of_a_station_of_many_pumps_is_not_more_than_readers_take() -> None:
    town = pumping_town(msgspec.structs.replace(STATION, pumps=many(6)))
    for minute in range(40):
        town.level(1.0 + minute % 5 / 50, minute, "PS1")
        for pump in many(6):
            switch(town, pump, minute, on=minute % 2)
    sent = [msgspec.to_builtins(each) for each in signals(town)]
    assert len(msgspec.convert(sent, list[alerts.Signalled], strict=False)) >= 6


def test_evidence_names_no_sensor_that_is_not_configured_any_more() -> None:
    town = pumping_town(msgspec.structs.replace(STATION, pumps=many(1)))
    for minute in range(40):
        town.level(1.0, minute, "PS1")
        switch(town, many(1)[0], minute, on=minute % 2)
    town.configured(
        configuration(sites=(msgspec.structs.replace(STATION, pumps=(Pump(id="P0", command="P0 cmd"),)),), version="2")
    )
    town.level(1.0, 40, "PS1")
    town.pass_to(MIDNIGHT + 75 * MINUTE)
    assert msgspec.convert([msgspec.to_builtins(each) for each in signals(town)], list[alerts.Signalled], strict=False)


def many(pumps: int) -> tuple[Pump, ...]:
    return tuple(Pump(id=f"P{n}", command=f"P{n} cmd", running=f"P{n} run") for n in range(pumps))


def switch(town: Town, pump: Pump, minute: int, on: int) -> None:
    for sensor, quantity in ((pump.command, Quantity.PUMP_COMMAND), (pump.running, Quantity.PUMP_RUNNING)):
        town.tell(measured(quantity, "PS1", float(on), MIDNIGHT + minute * MINUTE, sensor=sensor))


def signals(town: Town) -> list[Envelope]:
    """As they travel."""
    cause = Cause("waste.measurements.v1", 0, 0, sequence(0))
    return [translate.message("upper", each, cause, "0.1.0").event for each in town.of(Signal)]


@pytest.mark.parametrize("every_s", [1, 5, 20, 30])
def test_the_record_of_spills_stays_small_however_often_a_level_is_told_and_however_much_it_chatters(every_s: int) -> None:
    site = msgspec.structs.replace(TANK, id="T" * 100, weir=Weir(k=2.0))
    town = Town().configured(configuration(sites=(site,)))
    for n in range(400):
        level = 5.1 if n % 4 < 2 else 4.0
        town.tell(measured(Quantity.LEVEL, site.id, level, MIDNIGHT + n * every_s * SECOND, sensor="s" * 50))
    assert town.restarted().parts == town.parts
    spills = {each.spill_id: each for each in town.of(SpillRecord)}
    assert len(spills) == 100


def test_levels_that_a_gateway_kept_for_weeks_are_read_and_forgotten() -> None:
    town, now = Town().configured(), MIDNIGHT + timedelta(days=20)
    town.pass_to(now)
    for n in range(4 * 48):
        taken = MIDNIGHT + n * timedelta(minutes=30)
        town.tell(measured(Quantity.LEVEL, "T1", 1.0, taken, after=now - taken))
    assert len(town.of(Reading)) == 4 * 48
    assert "dry/T1" not in town.parts
