"""In what state pumps are: said by the step, kept by the view, shown by the API."""

from pathlib import Path

import msgspec
from support.town import MIDNIGHT, MINUTE, configuration
from support.waste_api import waste_api
from support.waste_events import configured
from support.web import client
from support.wet_well import STATION, WetWell, pumping_town
from talaia.contracts.envelope import sequence
from talaia.stream.processor import Cause, Message
from talaia.waste.model.outcomes import Assessed
from talaia.waste.worker import translate

HOUR = 60


def messages(well: WetWell, catchment: str = "c1") -> list[Message]:
    """What was said of the station's pumps, as on the bus."""
    said = well.town.of(Assessed)
    causes = [Cause("waste.measurements.v1", 3, n, sequence(n)) for n in range(len(said))]
    return [translate.message(catchment, each, cause, "0.1.0") for each, cause in zip(said, causes, strict=True)]


def test_each_cycle_of_a_pump_tells_its_flow_hours_and_starts_of_the_day() -> None:
    well = WetWell().run(8 * HOUR)
    last = well.town.of(Assessed)[-1]
    first, second = last.pumps
    assert (first.pump, second.pump, first.conditions, last.conditions) == ("P1", "P2", (), ())
    for pump in last.pumps:
        assert pump.flow_m_per_min is not None
        assert abs(pump.flow_m_per_min - 0.21) < 0.02
    assert 3.5 < first.running_h + second.running_h < 4.5
    assert abs(first.starts_today - second.starts_today) <= 1


def test_starts_are_counted_anew_at_midnight_where_the_city_is() -> None:
    told = msgspec.structs.replace(configuration(sites=(STATION,)), zone="Etc/GMT-2")
    well = WetWell(pumping_town().configured(msgspec.structs.replace(told, hash="another"))).run(21 * HOUR + 50)
    before = well.town.of(Assessed)[-1].pumps[0].starts_today
    well.run(2 * HOUR)
    assert well.town.of(Assessed)[-1].moment > MIDNIGHT + 22 * HOUR * MINUTE
    assert well.town.of(Assessed)[-1].pumps[0].starts_today < 5 < before


def test_a_failed_pump_is_told_with_its_condition_until_it_runs() -> None:
    well = WetWell().run(3 * HOUR)
    well.broken = {"P1"}
    well.until(asked="P1").run(3)
    failed = well.town.of(Assessed)[-1].pumps[0]
    assert (failed.conditions, failed.asked, failed.running) == (("waste.pump_failed",), True, False)
    well.broken = set()
    well.run(HOUR)
    assert well.town.of(Assessed)[-1].pumps[0].conditions == ()


async def test_the_api_shows_the_pumps_of_configured_sites_as_they_stand(tmp_path: Path) -> None:
    told = messages(WetWell().run(4 * HOUR))
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("PS1"), *told])
    async with client(app) as asking:
        shown = (await asking.get("/v1/equipment")).json()["items"]
    assert [(site["site"], [pump["pump"] for pump in site["pumps"]]) for site in shown] == [("PS1", ["P1", "P2"])]
    pump = shown[0]["pumps"][0]
    assert pump["flow_m3_per_s"] == pump["flow_m_per_min"] * 14.0 / 60
    assert pump["conditions"] == []


async def test_the_pumps_of_a_site_that_is_not_configured_any_more_are_not_shown(tmp_path: Path) -> None:
    told = messages(WetWell().run(3 * HOUR))
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", [configured("T1"), *told])
    async with client(app) as asking:
        assert (await asking.get("/v1/equipment")).json()["items"] == []


async def test_the_pumps_of_a_site_that_moved_to_another_catchment_are_as_that_one_says(tmp_path: Path) -> None:
    told = messages(WetWell().run(4 * HOUR))
    elsewhere = messages(WetWell().run(4 * HOUR), "c2")[0]
    moved = [*told, configured(at=5), configured("PS1", catchment="c2", at=6), elsewhere]
    app, _ = waste_api(f"sqlite:///{tmp_path}/view.sqlite", moved)
    async with client(app) as asking:
        shown = (await asking.get("/v1/equipment")).json()["items"]
    assert [(site["site"], site["catchment"]) for site in shown] == [("PS1", "c2")]
