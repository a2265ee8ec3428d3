"""Storm nights in the demo city, from the sensor to the operator and back."""

import pytest
from support.incident import City

pytestmark = pytest.mark.broker


@pytest.mark.timeout(240)
def test_a_rising_tank_is_announced_before_it_spills_acknowledged_and_over_when_it_has_emptied(city: City) -> None:
    for minute, level_m in enumerate([2.6, 2.6, 2.8, 3.2, 3.7, 4.2, 4.6]):
        city.at(f"02:{5 * minute:02d}").tank("T1").stands_at(level_m)
        city.gauge("RG4").reads(2.0)
    alarm = city.within("5 min").operators_see("waste.overflow_expected", "T1", shown="UNACKNOWLEDGED")
    assert alarm["title"] and alarm["expected_at"] > alarm["began_at"]

    city.operator_acknowledges(alarm)
    city.operators_see("waste.overflow_expected", "T1", shown="ACKNOWLEDGED")

    for minute, level_m in enumerate([3.9, 3.6, 3.2, 2.8, 2.4, 2.0]):
        city.at(f"03:{5 * minute:02d}").tank("T1").stands_at(level_m)
    city.within("60 min").operators_see("waste.overflow_expected", "T1", shown="NORMAL")
    regions = [(entry["region"], entry["to"]) for entry in city.history(alarm)]
    assert ("condition", "active") in regions
    assert ("acknowledgement", "acknowledged") in regions
    assert ("condition", "normal") in regions
    city.all_that_travelled_is_as_its_contract_says()


@pytest.mark.timeout(240)
def test_workers_killed_in_the_middle_of_the_storm_change_nothing_for_the_operator(city: City) -> None:
    for minute, level_m in enumerate([2.6, 2.6, 2.8, 3.1]):
        city.at(f"02:{5 * minute:02d}").tank("T2").stands_at(level_m)
    city.workers_are_killed()
    for minute, level_m in enumerate([3.4, 3.7, 4.0], 4):
        city.at(f"02:{5 * minute:02d}").tank("T2").stands_at(level_m)
    city.workers_come_back()
    alarm = city.within("5 min").operators_see("waste.overflow_expected", "T2", shown="UNACKNOWLEDGED")
    assert alarm["activations"] == 1
