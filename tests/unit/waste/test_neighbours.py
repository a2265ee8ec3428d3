"""What is told of a blockage or a dry-weather spill names the sites next to it in the sewer, and how each stands then."""

import pytest
from msgspec.structs import replace
from support.town import MIDNIGHT, MINUTE, PIPE, TANK, Town, configuration
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.neighbours import neighbours
from talaia.waste.model.dry import Compared, DryPart, dry_part
from talaia.waste.model.outcomes import Signal
from talaia.waste.model.policy import Policy

HOUR_MIN = 60
DAY_MIN = 24 * HOUR_MIN
HIGH = replace(PIPE, id="CSO1", downstream="T1")
LOW = replace(PIPE, id="CSO2", downstream="CSO1")
TOWN = configuration(sites=(HIGH, LOW, replace(PIPE, id="CSO3", downstream="CSO1"), TANK))
ZERO_M = PIPE.crest_m - 60
SUSPECTED = DryPart(
    zero_m=ZERO_M,
    half_hour=round(MIDNIGHT.timestamp()) // 1_800 - 2,
    compared=(Compared(round(MIDNIGHT.timestamp()) // 1_800 - 2, 59_900, 59_200.0, 20.0, 500.0),),
    cusum=500.0,
)
AT = Circumstances(MIDNIGHT + HOUR_MIN * MINUTE, "cause", "city", "hash 1", Policy())


def test_a_blockage_names_the_next_sites_with_level_and_state() -> None:
    town = Town(Policy()).configured(TOWN)
    town.parts[dry_part("CSO1")] = SUSPECTED
    usual = Compared(SUSPECTED.half_hour, 59_150, 59_250.0, 20.0)
    town.parts[dry_part("CSO2")] = DryPart(zero_m=ZERO_M, compared=(usual,))
    for minute in range(5, HOUR_MIN, 5):
        town.rain(0.0, minute)
        town.level(0.9, minute, "CSO1")
        town.level(0.15 + minute % 3 / 1000, minute, "CSO2")
        town.level(2.0 + minute % 3 / 1000, minute, "T1")
    said = next(each for each in town.of(Signal, "CSO1") if each.kind == "waste.blockage_suspected")
    assert said.evidence is not None
    facts = dict(said.evidence.facts)
    assert facts["downstream"] == "T1 normal"
    assert facts["upstream"] == "CSO2 normal, CSO3 unknown"
    beside = {each.sensor: each.value for each in said.evidence.observations}
    assert beside["T1 level"] == pytest.approx(2.0, abs=0.003)
    assert beside["CSO2 level"] == pytest.approx(0.15, abs=0.003)
    assert beside["CSO2 usual level"] == pytest.approx(0.25)
    assert not [name for name in beside if name.startswith("CSO3")]


def test_a_dry_weather_spill_names_them_too() -> None:
    town = Town(Policy()).configured(TOWN)
    for minute in range(0, DAY_MIN + 12 * HOUR_MIN, 30):
        town.rain(0.0, minute)
        town.level(0.2 + minute % 90 / 1e4, minute, "CSO1")
    town.level(0.2, DAY_MIN + 12 * HOUR_MIN, "CSO1")
    town.levels([4.0, 4.5, 4.9, 5.05, 5.1, 5.1, 5.05], start=DAY_MIN + 12 * HOUR_MIN + 5)
    said = next(each for each in town.of(Signal, "T1") if each.kind == "waste.dry_weather_spill")
    assert said.evidence is not None
    facts = dict(said.evidence.facts)
    assert (facts["downstream"], facts["upstream"]) == ("not configured", "CSO1 normal")
    assert "CSO1 level" in {each.sensor for each in said.evidence.observations}


@pytest.mark.parametrize(
    ("levels", "state"),
    [([1.0] * 4, "normal"), ([1.0, 2.0, 3.0, 4.0, 4.4, 4.7], "warning"), ([4.8, 5.0, 5.1, 5.1, 5.1], "overflowing")],
)
def test_a_neighbour_stands_as_its_conditions_say(levels: list[float], state: str) -> None:
    town = Town(Policy()).configured(TOWN)
    town.levels(levels, start=20)
    assert neighbours(HIGH, town.parts, AT).facts["downstream"] == f"T1 {state}"


def test_of_a_main_with_many_sewers_eight_are_shown_in_the_order_of_their_ids() -> None:
    sites = [replace(PIPE, id=f"CSO{n}", downstream="T1") for n in range(10, 30)]
    town = Town(Policy()).configured(configuration(sites=(TANK, *reversed(sites))))
    told = str(neighbours(TANK, town.parts, AT).facts["upstream"])
    assert told.startswith("CSO10 unknown, CSO11 unknown")
    assert told.endswith("CSO17 unknown, and 12 more")
