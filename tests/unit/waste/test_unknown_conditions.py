"""Of a condition that nobody can tell of any more it is said that it is unknown, before its word expires."""

import msgspec
import pytest
from support.town import MIDNIGHT, MINUTE, TANK, Town, configuration, measured
from support.wet_well import WetWell
from talaia.contracts.vocabulary import Quantity, SignalState
from talaia.waste.model.conditions import condition_id
from talaia.waste.model.outcomes import Alive, Signal

HOUR = 60
SPILLING = [3.0, 4.0, 5.0, 5.01, 5.0, 5.02, 5.0]


def reason(signal: Signal) -> str:
    return str(dict(signal.evidence.facts).get("reason", "")) if signal.evidence is not None else ""


def of_kind(town: Town, kind: str) -> list[Signal]:
    return [each for each in town.of(Signal) if each.kind == kind]


def ran_out_unsaid(town: Town) -> set[str]:
    """Conditions that were listed as open after their word had expired, and nobody had said that they are unknown."""
    last: dict[str, Signal] = {}
    found: set[str] = set()
    for said in town.said:
        if isinstance(said, Signal):
            last[condition_id(said.kind, said.subject.id)] = said
        elif isinstance(said, Alive):
            expired = {name for name in said.open if last[name].expires_at < said.said_at}  # type: ignore[operator]
            found |= {name for name in expired if "unknown" not in reason(last[name])}
    return found


def test_an_overflow_of_a_site_that_falls_silent_is_said_to_be_unknown_once_and_goes_on_when_it_speaks_again() -> None:
    town = Town().configured()
    minute = town.levels(SPILLING)
    town.pass_to(MIDNIGHT + 10 * HOUR * MINUTE)
    assert ran_out_unsaid(town) == set()
    words = of_kind(town, "waste.overflow_started")
    assert [("unknown" in reason(each)) for each in words[-2:]] == [False, True]
    assert (words[-1].state, words[-1].expires_at) == (SignalState.CHANGED, words[-1].said_at)
    assert words[-1].said_at < words[-2].expires_at  # type: ignore[operator]
    town.levels([5.0, 5.01, 4.0, 4.0], minute + 10 * HOUR)
    assert [each.state.value for each in of_kind(town, "waste.overflow_started")[len(words) :]] == ["changed", "ended"]


def test_whatever_stands_at_a_station_that_falls_silent_is_said_to_be_unknown() -> None:
    well = WetWell().run(5 * HOUR)
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    well.town.pass_to(well.town.now + 5 * HOUR * MINUTE)
    assert ran_out_unsaid(well.town) == set()
    assert "unknown" in reason(of_kind(well.town, "waste.pump_failed")[-1])


@pytest.mark.parametrize("level_is", ["silent", "bad"])
def test_what_is_unknown_at_a_station_without_a_level_stays_so_through_the_heartbeat_of_its_switches(level_is: str) -> None:
    well = WetWell().run(5 * HOUR)
    well.broken = {"P1"}
    town = well.until(asked="P1").run(3).town
    died = well.minute
    for hour in range(1, 12):
        at = MIDNIGHT + (died + hour * HOUR) * MINUTE
        town.tell(measured(Quantity.PUMP_COMMAND, "PS1", 1.0, at, sensor="PS1.P1.cmd"))
        town.tell(measured(Quantity.PUMP_RUNNING, "PS1", 0.0, at, sensor="PS1.P1.run"))
        if level_is == "bad" and hour > 2:
            town.level(99.0, died + hour * HOUR + 1, "PS1", sensor="PS1.level")
    words = [each for each in of_kind(town, "waste.pump_failed") if each.said_at > MIDNIGHT + (died + 2 * HOUR) * MINUTE]
    assert words == []
    assert "unknown" in reason(of_kind(town, "waste.pump_failed")[-1])
    well.minute += 12 * HOUR
    well.run(10)
    assert [each.state for each in of_kind(town, "waste.pump_failed")][-1] is SignalState.CHANGED
    assert "unknown" not in reason(of_kind(town, "waste.pump_failed")[-1])


def test_gas_and_a_battery_that_fall_silent_are_said_to_be_unknown() -> None:
    town = Town().configured()
    for value, minute in ((12.0, 0), (9.0, 1)):
        town.tell(measured(Quantity.BATTERY, "T1", value, MIDNIGHT + minute * MINUTE))
        town.tell(measured(Quantity.GAS_H2S, "T1", 12.0, MIDNIGHT + minute * MINUTE))
    for hour in range(1, 60):
        town.tell(measured(Quantity.BATTERY, "T1", 9.0, MIDNIGHT + hour * HOUR * MINUTE))
    town.pass_to(MIDNIGHT + 120 * HOUR * MINUTE)
    assert ran_out_unsaid(town) == set()
    assert {"unknown" in reason(of_kind(town, kind)[-1]) for kind in ("waste.gas_high", "waste.battery_low")} == {True}


def test_what_is_renewed_is_never_said_to_be_unknown_however_seldom_its_level_is_told() -> None:
    town = Town().configured(configuration(sites=(msgspec.structs.replace(TANK, high_level_m=3.5),)))
    for minute in range(0, 30 * HOUR, 15):
        level = 4.0 if minute < 26 * HOUR else 5.0 + minute % 2 / 100
        town.level(level + minute % 30 / 1000, minute)
        town.rain(0.0, minute)
    assert {"waste.level_high", "waste.overflow_started", "waste.dry_weather_spill"} <= {each.kind for each in town.of(Signal)}
    assert ran_out_unsaid(town) == set()
    assert not [each for each in town.of(Signal) if "unknown" in reason(each)]
