"""Units at the waste service's door."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from talaia.contracts.vocabulary import UNIT_OF, Quantity
from talaia.waste.ingest.units import FACTORS, NotANumber, Sensing, UnknownUnit, number, on_the_bus, units_of

KNOWN = [(quantity, unit) for quantity, units in FACTORS.items() for unit in units]


@pytest.mark.parametrize(
    ("quantity", "value", "unit", "expected"),
    [
        (Quantity.LEVEL, 1250.0, "mm", 1.25),
        (Quantity.LEVEL, 125.0, "cm", 1.25),
        (Quantity.LEVEL, 10.0, "ft", 3.048),
        (Quantity.LEVEL, 12.0, "in", 0.3048),
        (Quantity.RAINFALL, 2.0, "in", 50.8),
        (Quantity.FLOW, 3.6, "m3/h", 0.001),
        (Quantity.FLOW, 20.0, "L/s", 0.02),
        (Quantity.FLOW, 1.0, "MGD", 0.0438126364),
        (Quantity.FLOW, 1.0, "CFS", 0.028316846592),
        (Quantity.VELOCITY, 10.0, "ft/s", 3.048),
        (Quantity.PUMP_POWER, 7_500.0, "W", 7.5),
        (Quantity.BATTERY, 3_600.0, "mV", 3.6),
        (Quantity.GAS_CH4, 0.44, "%vol", 10.0),
        (Quantity.GAS_O2, 20.9, "%vol", 20.9),
    ],
)
def test_a_value_becomes_what_the_standard_says(quantity: Quantity, value: float, unit: str, expected: float) -> None:
    assert on_the_bus(quantity, value, unit) == pytest.approx(expected, rel=1e-8)


@given(st.sampled_from(KNOWN), st.floats(-1e6, 1e6))
def test_there_and_back_is_where_it_was(known: tuple[Quantity, str], value: float) -> None:
    quantity, unit = known
    assert on_the_bus(quantity, value, unit) / FACTORS[quantity][unit] == pytest.approx(value)


@pytest.mark.parametrize("quantity", list(Quantity))
def test_a_quantity_in_its_own_unit_stays_as_it_is(quantity: Quantity) -> None:
    assert on_the_bus(quantity, 0.1 + 0.2, UNIT_OF[quantity].value) == 0.1 + 0.2


@given(st.sampled_from(list(Quantity)), st.text(max_size=10))
def test_a_unit_that_is_not_known_is_refused_with_those_that_are(quantity: Quantity, unit: str) -> None:
    if unit not in units_of(quantity):
        with pytest.raises(UnknownUnit) as refused:
            on_the_bus(quantity, 1.0, unit)
        assert all(known in str(refused.value) for known in units_of(quantity))


@pytest.mark.parametrize(
    ("value", "unit", "sensing", "expected_mm"),
    [
        (12.0, "mm/h", Sensing(interval_s=300), 1.0),
        (1.0, "in/h", Sensing(interval_s=3_600), 25.4),
        (3.0, "tips", Sensing(mm_per_tip=0.2), 0.6),
    ],
)
def test_rain_as_a_rate_or_as_tips_becomes_the_depth_that_fell(
    value: float, unit: str, sensing: Sensing, expected_mm: float
) -> None:
    assert on_the_bus(Quantity.RAINFALL, value, unit, sensing) == pytest.approx(expected_mm)


@pytest.mark.parametrize(("unit", "lacking"), [("mm/h", "interval_s"), ("tips", "mm_per_tip")])
def test_what_cannot_be_read_without_knowing_the_sensor_is_refused_with_what_is_lacking(unit: str, lacking: str) -> None:
    with pytest.raises(UnknownUnit, match=lacking):
        on_the_bus(Quantity.RAINFALL, 1.0, unit)


def test_a_sensor_that_looks_down_tells_the_level_by_its_mounting_height() -> None:
    assert on_the_bus(Quantity.LEVEL, 1_200.0, "mm", Sensing(mounting_height_m=5.0)) == pytest.approx(3.8)


@pytest.mark.parametrize("value", [True, "4.1", "on"])
def test_a_number_in_words_is_refused(value: bool | str) -> None:
    with pytest.raises(NotANumber, match="level is a number"):
        number(Quantity.LEVEL, value)


@pytest.mark.parametrize(
    ("value", "state"), [(1.0, 1.0), (0.0, 0.0), (True, 1.0), (False, 0.0), ("ON", 1.0), (" off", 0.0), ("true", 1.0)]
)
def test_what_is_on_or_off_may_be_said_in_words(value: float | bool | str, state: float) -> None:
    assert number(Quantity.PUMP_RUNNING, value) == state


@pytest.mark.parametrize("value", [0.5, 2.0, -1.0, "", "yes and no"])
def test_what_is_neither_on_nor_off_is_refused(value: float | str) -> None:
    with pytest.raises(NotANumber, match="mains_power is 0 or 1, on or off"):
        number(Quantity.MAINS_POWER, value)
