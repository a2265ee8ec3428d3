"""Sites that nobody would build, sensors that nobody would buy, and configurations that change at the wrong moment."""

from support.town import MIDNIGHT, MINUTE, measured
from support.wet_well import WetWell
from talaia.contracts.vocabulary import Quantity
from talaia.waste.model.outcomes import Assessed

HOUR = 60


def test_a_second_level_sensor_that_measures_at_the_same_moments_stops_no_pump_from_being_watched() -> None:
    well = WetWell().run(HOUR)
    for _ in range(2 * HOUR):
        well.run(1)
        well.town.tell(measured(Quantity.LEVEL, "PS1", round(well.level, 3), MIDNIGHT + well.minute * MINUTE, sensor="second"))
    assert all(pump.starts_today > 2 for pump in well.town.of(Assessed)[-1].pumps)
