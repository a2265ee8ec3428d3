"""What a configuration takes away is gone: no part, no timer, no listed condition of it stays."""

import msgspec
import pytest
from support.town import MIDNIGHT, MINUTE, PIPE, TANK, Town, configuration, measured
from support.wet_well import STATION, WetWell
from talaia.contracts.vocabulary import Quantity, SiteKind
from talaia.waste.decide.standing import counted
from talaia.waste.model.catchment import SensorSpec, Site, Weir
from talaia.waste.model.outcomes import Alive
from talaia.waste.model.parts import CatchmentPart, SitePart

DAY = 24 * 60
SHARED = ("catchment", "flashy", "rain", "outlook")
"""What sites share, by kind: it tells of none of them."""


def lived_in() -> Town:
    """A town of a tank, a pipe and a station in which everything was heard of, and much stands."""
    tank = msgspec.structs.replace(TANK, weir=Weir(k=2.0), high_level_m=3.0)
    town = Town().configured(configuration(sites=(tank, PIPE, STATION)))
    town.tell(measured(Quantity.BATTERY, TANK.id, 12.0, MIDNIGHT))
    well = WetWell(town).run(5 * 60)
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    town.tell(measured(Quantity.MAINS_POWER, STATION.id, 1.0, MIDNIGHT + well.minute * MINUTE))
    minute = float(well.minute - well.minute % 5 + 5)
    for n in range(36):
        town.rain(0.4 * (n < 4), minute)
        for site, level in ((TANK.id, 5.0 + n % 2 / 100), (PIPE.id, 0.2)):
            town.level(level, minute, site)
        for quantity, value in ((Quantity.GAS_H2S, 12.0), (Quantity.BATTERY, 1.0), (Quantity.FLOW, 0.1)):
            town.tell(measured(quantity, TANK.id, value, MIDNIGHT + minute * MINUTE))
        minute += 5
    return town


def left_of(town: Town, *places: str) -> set[str]:
    """Names of parts, timers and listed conditions that tell of other places than these."""
    catchment = town.parts["catchment"]
    assert isinstance(catchment, CatchmentPart)
    assert counted(town.parts) == catchment.open
    names = {*town.parts, *town.wakes, *catchment.open}
    return {name for name in names if name.split("/")[0] not in SHARED and name.split("/")[1] not in (*places, "upper")}


@pytest.fixture(scope="module")
def before() -> Town:
    return lived_in()


def test_the_town_is_lived_in(before: Town) -> None:
    kinds = {name.partition("/")[0] for name in before.parts}
    assert {"site", "sensor", "gauge", "score", "pump", "station", "dry", "profile", "gas", "battery", "spill"} <= kinds
    open_kinds = {name.partition("/")[0].removeprefix("waste.") for name in before.of(Alive)[-1].open}
    assert {"gas_high", "battery_low", "pump_failed", "overflow_started"} <= open_kinds


@pytest.mark.parametrize("sites", [(), (PIPE,), (STATION,), (TANK,)], ids=["none", "the pipe", "the station", "the tank"])
@pytest.mark.parametrize("gauges", [("RG1",), ("RG1", "RG2"), ("RG1", "RG3")])
@pytest.mark.parametrize("area", ["city", "county"])
def test_of_sites_and_gauges_that_are_taken_out_nothing_stays(
    before: Town, sites: tuple[Site, ...], gauges: tuple[str, ...], area: str
) -> None:
    town = before.restarted().configured(configuration(sites=sites, gauges=gauges, area=area, version="2"))
    assert left_of(town, *gauges, *(site.id for site in sites)) == set()
    town.pass_to(town.now + DAY * MINUTE)
    assert left_of(town, *gauges, *(site.id for site in sites)) == set()
    assert all(name in town.parts for name in town.wakes)


def test_of_pumps_that_are_taken_out_nothing_stays(before: Town) -> None:
    town = before.restarted().configured(
        configuration(sites=(TANK, PIPE, msgspec.structs.replace(STATION, pumps=())), version="2")
    )
    assert not [name for name in (*town.parts, *counted(town.parts)) if name.startswith(("pump/", "waste.pump_"))]


def test_of_a_site_that_becomes_another_kind_only_its_levels_and_its_record_stay(before: Town) -> None:
    pipe = msgspec.structs.replace(TANK, kind=SiteKind.PIPE_CSO)
    town = before.restarted().configured(configuration(sites=(pipe, PIPE, STATION), version="2"))
    assert {name for name in town.parts if name.split("/")[1:2] == ["T1"]} == {"site/T1", "spill/T1"}
    assert not [name for name in counted(town.parts) if name.split("/")[1] == "T1"]


def test_of_sensors_that_are_taken_out_nothing_stays_and_of_those_that_nobody_configured_all() -> None:
    named = {"old": Quantity.LEVEL, "h2s": Quantity.GAS_H2S, "cell": Quantity.BATTERY, "kept": Quantity.LEVEL}
    specs = tuple(SensorSpec(id=name, quantity=quantity, interval_s=300.0) for name, quantity in named.items())
    town = Town().configured(configuration(sites=(msgspec.structs.replace(TANK, sensors=specs),)))
    for minute in range(5, 60, 5):
        for quantity, value, sensor in (
            (Quantity.LEVEL, 1.0 + minute / 1000, "old"),
            (Quantity.LEVEL, 1.0 + minute / 1000, "kept"),
            (Quantity.LEVEL, 1.0 + minute / 1000, "stranger"),
            (Quantity.GAS_H2S, 12.0, "h2s"),
            (Quantity.GAS_H2S, 12.0, "sniffer"),
            (Quantity.BATTERY, 12.0, "cell"),
        ):
            town.tell(measured(quantity, "T1", value, MIDNIGHT + minute * MINUTE, sensor=sensor))
    town.pass_to(MIDNIGHT + 120 * MINUTE)
    town.configured(configuration(sites=(msgspec.structs.replace(TANK, sensors=specs[-1:]),), version="2"))
    town.pass_to(MIDNIGHT + 300 * MINUTE)
    site = town.parts["site/T1"]
    assert isinstance(site, SitePart)
    assert sorted(site.sensors) == ["kept", "stranger"]
    names = {*town.parts, *town.wakes, *counted(town.parts)}
    assert not [name for name in names if name.endswith(("/old", "/h2s", "/cell"))]
    assert {"waste.sensor_silent/T1/stranger", "waste.sensor_silent/T1/kept", "waste.gas_high/T1/sniffer"} <= names
