"""What network servers and SensorThings servers publish by MQTT, as the door reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from support.hostile import BODIES, Body
from support.uplinks import (
    CATCHMENT_OF,
    CHANNELS,
    CHIRPSTACK,
    OBSERVATIONS,
    THINGS_STACK,
    chirpstack,
    observation,
    things_stack,
)
from talaia.contracts.vocabulary import Quantity
from talaia.contracts.waste import Measured
from talaia.stream.processor import Message
from talaia.waste.ingest.channels import Channel, Channels
from talaia.waste.ingest.deliveries import LONGEST_BYTES, Delivery, take
from talaia.waste.ingest.intake import Intake, Tally
from talaia.waste.ingest.uplinks import filters

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HEARD = datetime(2026, 3, 1, 11, 55, 0, 500_000, tzinfo=UTC)


class Door:
    """An intake and what it counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.intake = Intake("talaia/waste/mqtt", CATCHMENT_OF, Tally(self.registry))

    def take(self, topic: str, payload: bytes) -> list[Message]:
        return take(Delivery(topic, payload, lambda: None), CHANNELS, self.intake, NOW)

    def counted(self, outcome: str) -> float:
        return self.registry.get_sample_value("talaia_waste_door_items_total", {"outcome": outcome}) or 0.0

    def counted_in_all(self) -> float:
        [family] = list(self.registry.collect())
        return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))


def only(messages: list[Message]) -> Measured:
    [message] = messages
    assert isinstance(message.event, Measured)
    return message.event


def test_a_distance_in_an_uplink_of_chirpstack_becomes_a_level_at_the_time_its_gateway_heard_it() -> None:
    event = only(Door().take(CHIRPSTACK, chirpstack({"distance": 1_200, "battery": 3.6})))
    assert (event.subject, event.data.sensor, event.data.value) == ("T1", "T1.level", pytest.approx(3.8))
    assert (event.data.original_value, event.data.original_unit) == (1_200, "mm")
    assert (event.time, event.recordedtime) == (HEARD, NOW)


def test_a_nested_field_in_an_uplink_of_the_things_stack_is_found() -> None:
    event = only(Door().take(THINGS_STACK, things_stack({"water": {"flow": 20.0}})))
    assert (event.data.sensor, event.data.value, event.time) == ("T1.flow", pytest.approx(0.02), HEARD)


@pytest.mark.parametrize("taken", ["2026-03-01T11:50:00Z", "2026-03-01T12:50:00+01:00", 1_772_365_800])
def test_the_devices_own_time_counts_where_the_city_file_names_it(taken: str | int) -> None:
    event = only(Door().take(CHIRPSTACK, chirpstack({"distance": 1_200, "taken": taken})))
    assert event.time == datetime(2026, 3, 1, 11, 50, tzinfo=UTC)


@pytest.mark.parametrize("taken", [None, "", "noon", True, [], 1e300, 10**400])
def test_where_the_device_says_no_time_that_of_the_gateway_counts(taken: Any) -> None:
    assert only(Door().take(CHIRPSTACK, chirpstack({"distance": 1_200, "taken": taken}))).time == HEARD


def test_where_no_gateway_has_a_clock_that_of_the_server_counts() -> None:
    event = only(Door().take(CHIRPSTACK, chirpstack({"distance": 1_200}, rxInfo=[{"gatewayId": "a"}])))
    assert event.time == datetime(2026, 3, 1, 11, 55, 0, 775_023, tzinfo=UTC)
    event = only(Door().take(THINGS_STACK, things_stack({"water": {"flow": 20.0}}, rx_metadata=[])))
    assert event.time == datetime(2026, 3, 1, 11, 55, 1, tzinfo=UTC)


def test_an_uplink_that_is_delivered_twice_is_one_event_twice() -> None:
    door = Door()
    first, second = (only(door.take(CHIRPSTACK, chirpstack({"distance": 1_200}))) for _ in range(2))
    assert (first.source, first.id) == (second.source, second.id)
    assert first.id != only(door.take(CHIRPSTACK, chirpstack({"distance": 1_200}, second=1))).id


def test_of_an_observation_over_an_interval_its_end_counts() -> None:
    event = only(Door().take(OBSERVATIONS, observation(0.4)))
    assert (event.subject, event.data.value) == ("RG1", 0.4)
    assert event.time == datetime(2026, 3, 1, 11, 55, tzinfo=UTC)


def test_of_an_observation_without_phenomenon_time_the_result_time_counts_and_its_quality_is_kept() -> None:
    event = only(Door().take(OBSERVATIONS, observation(0.4, phenomenonTime=None, resultQuality="suspect")))
    assert (event.time, event.data.quality) == (datetime(2026, 3, 1, 11, 55, 3, tzinfo=UTC), "suspect")


@pytest.mark.parametrize(
    ("topic", "payload", "reason"),
    [
        (CHIRPSTACK, chirpstack(None), "no_field"),
        (THINGS_STACK, things_stack(None), "no_field"),
        (CHIRPSTACK, chirpstack({}), "no_field"),
        (CHIRPSTACK, chirpstack({"distance": [1]}), "no_field"),
        (CHIRPSTACK, chirpstack({"distance": "far"}), "schema"),
        (CHIRPSTACK, chirpstack({"distance": 10**400}), "not_finite"),
        (CHIRPSTACK, chirpstack({"distance": 1}, time="2019-03-01T00:00:00Z", rxInfo=[]), "too_old"),
        (CHIRPSTACK, chirpstack({"distance": 1}, deviceInfo={"devEui": "0000000000000000"}), "unknown_device"),
        (THINGS_STACK, things_stack({"flow": 20.0}), "no_field"),
        (OBSERVATIONS.replace("42", "43"), observation(0.4), "unknown_datastream"),
        (OBSERVATIONS, observation(0.4, phenomenonTime="yesterday"), "schema"),
        (OBSERVATIONS, observation(0.4, phenomenonTime=None, resultTime=None), "schema"),
        (OBSERVATIONS, observation({"wet": True}), "schema"),
        ("application/1/device/2/event/join", b"{}", "unknown_topic"),
        (CHIRPSTACK, b" " * (LONGEST_BYTES + 1), "too_long"),
    ],
)
def test_what_cannot_be_taken_is_counted_by_its_reason(topic: str, payload: bytes, reason: str) -> None:
    door = Door()
    assert door.take(topic, payload) == []
    assert (door.counted(reason), door.counted_in_all()) == (1, 1)


@pytest.mark.parametrize("topic", [CHIRPSTACK, THINGS_STACK, OBSERVATIONS])
@pytest.mark.parametrize("body", BODIES, ids=lambda body: body.what)
def test_after_any_hostile_payload_the_door_still_works(body: Body, topic: str) -> None:
    door = Door()
    assert door.take(topic, body.content) == []
    assert door.counted_in_all() == 1
    only(door.take(CHIRPSTACK, chirpstack({"distance": 1_200})))


anything = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["distance", "taken", "flow"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(["distance", "taken", "water"]), anything))
def test_whatever_a_device_says_is_taken_or_counted(payload: dict[str, Any]) -> None:
    door = Door()
    taken = door.take(CHIRPSTACK, chirpstack(payload)) + door.take(THINGS_STACK, things_stack(payload))
    assert door.counted("failed") == 0
    assert (door.counted("accepted"), door.counted_in_all()) == (len(taken), 2)


def test_what_is_subscribed_to_follows_from_the_city_file() -> None:
    assert filters(CHANNELS) == ["application/+/device/+/event/up", "v3/+/devices/+/up", "+/Datastreams(42)/Observations"]


def test_a_field_that_says_too_much_leaves_the_others_of_its_payload() -> None:
    channels = Channels([*CHANNELS.by_device["70b3d5499a1b2c3d"], channel("pump", Quantity.PUMP_RUNNING, "1")])
    door = Door()
    payload = chirpstack({"distance": 1_200, "pump": "neither on nor off, I believe"})
    [message] = take(Delivery(CHIRPSTACK, payload, lambda: None), channels, door.intake, NOW)
    assert isinstance(message.event, Measured)
    assert message.event.data.value == pytest.approx(3.8)
    assert door.counted("schema") == 1


def test_a_device_whose_name_is_its_eui_is_heard_once() -> None:
    info = {"devEui": "70b3d5499a1b2c3d", "deviceName": "70B3D5499A1B2C3D"}
    only(Door().take(CHIRPSTACK, chirpstack({"distance": 1_200}, deviceInfo=info)))


def channel(field: str, quantity: Quantity, unit: str) -> Channel:
    return Channel(site="T1", sensor=f"T1.{field}", quantity=quantity, unit=unit, device="70B3D5499A1B2C3D", field=field)


def test_a_datastream_with_a_name_is_heard_in_quotes_and_one_whose_server_is_asked_is_not_heard() -> None:
    channels = Channels([Channel(site="RG1", sensor="RG1.rain", quantity=Quantity.RAINFALL, unit="mm", datastream="o'rain")])
    assert filters(channels) == ["+/Datastreams('o''rain')/Observations"]
    assert filters(channels, datastreams=False) == []
    door = Door()
    take(Delivery("v1.1/Datastreams('o''rain')/Observations", observation(0.4), lambda: None), channels, door.intake, NOW)
    assert door.counted("accepted") == 1


@pytest.mark.parametrize("name", ["a+b", "#", "site/rain"])
def test_a_datastream_that_no_topic_can_name_is_refused_with_the_cure_and_may_be_asked_for(name: str) -> None:
    channels = Channels([Channel(site="RG1", sensor="RG1.rain", quantity=Quantity.RAINFALL, unit="mm", datastream=name)])
    with pytest.raises(ValueError, match=r"ask its server by \[sensorthings\]"):
        filters(channels)
    assert filters(channels, datastreams=False) == []
