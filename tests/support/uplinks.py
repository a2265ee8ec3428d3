"""Messages as network servers publish them by MQTT, and the channels that know their devices."""

import json
from typing import Any

from talaia.contracts.vocabulary import Quantity
from talaia.waste.ingest.channels import Channel, Channels
from talaia.waste.ingest.units import Sensing

CHIRPSTACK = "application/7f1b/device/70b3d5499a1b2c3d/event/up"
THINGS_STACK = "v3/water@ttn/devices/tank-1/up"
OBSERVATIONS = "v1.1/Datastreams(42)/Observations"

CHANNELS = Channels(
    [
        Channel(
            site="T1",
            sensor="T1.level",
            quantity=Quantity.LEVEL,
            unit="mm",
            sensing=Sensing(mounting_height_m=5.0),
            device="70B3D5499A1B2C3D",
            field="distance",
            time_field="taken",
        ),
        Channel(site="T1", sensor="T1.flow", quantity=Quantity.FLOW, unit="L/s", device="tank-1", field="water.flow"),
        Channel(site="RG1", sensor="RG1.rain", quantity=Quantity.RAINFALL, unit="mm", datastream="42"),
    ]
)
CATCHMENT_OF = {"T1": "upper", "RG1": "upper"}


def chirpstack(payload: dict[str, Any] | None, second: int = 0, **changes: Any) -> bytes:
    """An uplink of ChirpStack v4, heard by two gateways, of which one has no clock."""
    said = {
        "deduplicationId": "3ac7e3c4-4401-4b8d-9386-a5c902f9202d",
        "time": f"2026-03-01T11:55:{second:02}.775023242+00:00",
        "deviceInfo": {"tenantName": "Water", "applicationName": "sewers", "deviceName": "T1", "devEui": "70b3d5499a1b2c3d"},
        "fCnt": 10,
        "fPort": 1,
        "data": "qg==",
        "object": payload,
        "rxInfo": [{"gatewayId": "a", "rssi": -57}, {"gatewayId": "b", "gwTime": f"2026-03-01T11:55:{second:02}.5+00:00"}],
    } | changes
    return json.dumps(said).encode()


def things_stack(payload: dict[str, Any] | None, **changes: Any) -> bytes:
    """An uplink of The Things Stack v3."""
    uplink = {
        "f_cnt": 10,
        "f_port": 1,
        "frm_payload": "qg==",
        "decoded_payload": payload,
        "rx_metadata": [{"gateway_ids": {"gateway_id": "a"}, "time": "2026-03-01T11:55:00.5Z", "rssi": -35}],
        "received_at": "2026-03-01T11:55:01Z",
    } | changes
    ids = {"device_id": "tank-1", "application_ids": {"application_id": "water"}, "dev_eui": "70B3D5499A1B2C3E"}
    return json.dumps({"end_device_ids": ids, "received_at": "2026-03-01T11:55:02Z", "uplink_message": uplink}).encode()


def observation(result: Any, **changes: Any) -> bytes:
    """An observation as a SensorThings server publishes it."""
    said = {
        "@iot.id": 7,
        "phenomenonTime": "2026-03-01T11:50:00Z/2026-03-01T11:55:00Z",
        "resultTime": "2026-03-01T11:55:03Z",
        "result": result,
    } | changes
    return json.dumps(said).encode()
