"""What the waste service's step refuses: each with a reason, and nothing has changed."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, SECOND, TANK, Town, configuration, measured
from talaia.contracts.vocabulary import Quantity, Unit
from talaia.waste.decide.step import advance
from talaia.waste.model.catchment import Pump, SensorSpec
from talaia.waste.model.events import Configuration, Measurement, Refused, Wake
from talaia.waste.model.outcomes import Reading
from talaia.waste.model.parts import GaugePart, SitePart
from talaia.waste.model.policy import Policy


def having(*things: Pump | str) -> Configuration:
    """A tank with pumps, or sensors of the level."""
    pumps = tuple(thing for thing in things if isinstance(thing, Pump))
    sensors = tuple(SensorSpec(id=thing, quantity=Quantity.LEVEL) for thing in things if isinstance(thing, str))
    return configuration(sites=[msgspec.structs.replace(TANK, pumps=pumps, sensors=sensors)])


def level(**changes: object) -> Measurement:
    return msgspec.structs.replace(measured(Quantity.LEVEL, "T1", 1.0, MIDNIGHT + 5 * MINUTE), **changes)


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (level(site="T9"), "unknown_site"),
        (level(site="RG1"), "unknown_site"),
        (level(value=float("nan")), "not_finite"),
        (level(value=float("-inf")), "not_finite"),
        (level(unit=Unit.MILLIMETRE), "unit"),
        (level(recorded_at=MIDNIGHT + 3 * MINUTE), "from_the_future"),
        (level(time=MIDNIGHT - timedelta(days=31)), "too_old"),
        (level(sensor="é" * 199), "names_too_long"),
        (level(sensor="s" * 158), "names_too_long"),
    ],
)
def test_a_measurement_that_cannot_be_is_refused_with_its_reason(told: Measurement, reason: str) -> None:
    town = Town().configured()
    town.pass_to(MIDNIGHT + 2 * MINUTE)
    before = town.restarted().parts
    with pytest.raises(Refused) as refused:
        town.tell(told)
    assert refused.value.reason == reason
    assert len(refused.value.detail) > 10
    assert town.restarted().parts == before
    assert town.level(1.0, 60)


@pytest.mark.parametrize("told", [level(), Wake(("site/T1",))])
def test_nothing_is_taken_in_before_the_catchment_is_configured(told: Measurement | Wake) -> None:
    with pytest.raises(Refused, match="unknown_site"):
        advance({}, told, Policy(), MIDNIGHT)


def test_a_minute_from_the_future_is_still_taken() -> None:
    assert Town().configured().tell(level(recorded_at=MIDNIGHT + 4 * MINUTE))


def test_rain_measured_at_a_site_is_a_reading_and_no_rain_of_a_gauge() -> None:
    town = Town().configured()
    town.rain(1.0, 5, "T1")
    assert [each.measurement.site for each in town.of(Reading)] == ["T1"]
    assert town.parts["gauge/RG1"] == GaugePart(gauge="RG1")


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (configuration(sites=[TANK, TANK]), "named_twice"),
        (configuration(gauges=["RG1", "RG1"]), "named_twice"),
        (configuration(gauges=["RG7"]), "unknown_gauge"),
        (configuration(sites=[msgspec.structs.replace(TANK, guidance="é" * 2000)]), "too_large"),
        (configuration(sites=[msgspec.structs.replace(TANK, id="T" * 101)]), "too_large"),
        (configuration(area="a" * 101), "too_large"),
        (configuration(sites=[msgspec.structs.replace(TANK, id="T/1")]), "divided_id"),
        (configuration(gauges=["RG1", "RG/2"]), "divided_id"),
        (having(Pump(id="P/1")), "divided_id"),
        (having(Pump(id="P1", command="P1/cmd")), "divided_id"),
        (having("a/b"), "divided_id"),
        (having(Pump(id="P" * 158)), "too_large"),
        (having("s" * 158), "too_large"),
        (configuration(gauges=["RG1", *(f"{n} {'x' * 190}" for n in range(70))]), "too_large"),
    ],
)
def test_a_configuration_that_cannot_be_is_refused_and_the_one_before_stands(told: Configuration, reason: str) -> None:
    town = Town().configured(configuration(version="0"))
    with pytest.raises(Refused) as refused:
        town.configured(told)
    assert refused.value.reason == reason
    assert town.level(1.0, 5)


def test_a_site_takes_four_sensors_and_refuses_a_fifth() -> None:
    town = Town().configured()
    for n in range(4):
        town.level(1.0, 5, sensor=f"sensor {n}")
    with pytest.raises(Refused, match="too_many_sensors"):
        town.level(1.0, 6, sensor="sensor 4")


def test_a_new_sensor_takes_the_place_of_one_that_was_silent_for_an_hour() -> None:
    town = Town().configured()
    town.rain(1.0, 5, sensor="old")
    with pytest.raises(Refused, match="too_many_sensors"):
        town.rain(1.0, 10, sensor="new")
    assert town.rain(1.0, 70, sensor="new")


def test_a_sensor_never_heard_in_time_gives_way_at_once() -> None:
    town = Town().configured()
    town.level(1.0, 60)
    town.rain(1.0, 5, sensor="late", after=60 * MINUTE)
    assert town.rain(1.0, 70, sensor="new")


def test_a_part_stays_under_its_limit_whatever_is_written_into_it() -> None:
    policy, face = Policy(), "\N{GRINNING FACE}"
    site = msgspec.structs.replace(TANK, id=face * policy.id_characters, guidance="x")
    site = msgspec.structs.replace(site, guidance="x" * (policy.site_bytes - 1 - len(msgspec.msgpack.encode(site))))
    town = Town().configured(configuration(sites=[site]))
    sensors = [str(number) + face * (policy.thing_characters - policy.id_characters - 2) for number in range(4)]
    for n in range(110):
        town.rain(1.0, 5 + 5 * n, source="s", id="i", sensor=sensors[0])
        for sensor in sensors:
            town.level(1.0 + 3.0 * (n == 109), 5 + 5 * n + 1e-6, site.id, sensor=sensor, source="s", id="i")
        town.pass_to(town.now + MINUTE)
    part = town.parts[f"site/{site.id}"]
    assert isinstance(part, SitePart)
    assert part.model is not None
    assert all(sensor.pending for sensor in part.sensors.values())
    town.restarted()


names = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=40)


@settings(max_examples=30)
@given(
    site=st.sampled_from(["T1", "CSO1", "RG1", "RG2", "nowhere"]),
    sensor=names,
    quantity=st.sampled_from(list(Quantity)),
    value=st.floats(),
    unit=st.sampled_from(list(Unit)),
    minute=st.floats(-60 * 24 * 40, 60),
    quality=names,
)
def test_whatever_is_measured_is_judged_or_refused_and_the_next_reading_is_taken(
    site: str, sensor: str, quantity: Quantity, value: float, unit: Unit, minute: float, quality: str
) -> None:
    town = Town().configured()
    told = Measurement(
        source="anyone",
        id="1",
        time=MIDNIGHT + minute * MINUTE,
        recorded_at=MIDNIGHT + 8 * MINUTE,
        site=site,
        sensor=sensor,
        quantity=quantity,
        value=value,
        unit=unit,
        quality=quality,
    )
    try:
        assert len(town.tell(told)) >= 1
    except Refused as refused:
        assert refused.reason
    town.pass_to(MIDNIGHT + 9 * MINUTE + SECOND)
    town.level(1.0, 15)
    town.restarted()
