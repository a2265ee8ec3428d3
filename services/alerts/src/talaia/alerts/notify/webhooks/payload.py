"""What a webhook says: one change of one alarm, as a CloudEvent or as Alertmanager says it."""

import uuid
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from talaia.alerts.notify.webhooks.subscription import Format

TYPE = "city.talaia.alerts.alarm.changed.v1"
SOURCE = "talaia/alerts-api"
_STANDS = ("active", "off_delay")
_NO_TIME = "0001-01-01T00:00:00Z"
"""How Go, and so Alertmanager, writes that there is none."""


class Change(NamedTuple):
    """A change of an alarm. number: of the view's change; change_id: the same in every view; alarm: as JSON, as in a list."""

    number: int
    change_id: str
    at_ms: int
    alarm: str


class Payload(NamedTuple):
    """A body and its media type. webhook_id: of this change for this subscriber, also when it is sent again."""

    webhook_id: str
    media_type: str
    body: str


def payload(change: Change, subscription_id: str, form: Format) -> Payload:
    """What is sent to a subscriber of a change."""
    webhook_id = str(uuid.uuid5(uuid.UUID(subscription_id), change.change_id))
    alarm = msgspec.json.decode(change.alarm)
    if form is Format.ALERTMANAGER:
        return Payload(webhook_id, "application/json", _json(_alertmanager(alarm)))
    event = {
        "specversion": "1.0",
        "id": change.change_id,
        "source": SOURCE,
        "type": TYPE,
        "subject": alarm["alarm_id"],
        "time": alarm["changed_at"],
        "datacontenttype": "application/json",
        "data": alarm,
    }
    return Payload(webhook_id, "application/cloudevents+json", _json(event))


def _alertmanager(alarm: dict[str, Any]) -> dict[str, Any]:
    """Version 4 of Alertmanager's webhook. What an alarm is stays in its labels, what changes of it in its annotations."""
    status = "firing" if alarm["condition"] in _STANDS else "resolved"
    labels = {
        "alertname": alarm["kind"],
        "area": alarm["area"],
        "domain": alarm["domain"],
        "site": alarm["location"]["site"],
        "subject": alarm["subject"],
        "condition_id": alarm["condition_id"],
    }
    annotations = {
        "summary": alarm["title"],
        "severity": alarm["priority"],
        "state": alarm["shown"],
        "alarm_id": alarm["alarm_id"],
        "version": str(alarm["version"]),
    }
    alert = {
        "status": status,
        "labels": labels,
        "annotations": annotations,
        "startsAt": alarm["began_at"] or alarm["changed_at"],
        "endsAt": alarm["changed_at"] if status == "resolved" else _NO_TIME,
        "generatorURL": "",
        "fingerprint": uuid.uuid5(uuid.NAMESPACE_OID, alarm["alarm_id"]).hex[:16],
    }
    return {
        "version": "4",
        "groupKey": f'{{}}:{{condition_id="{alarm["condition_id"]}"}}',
        "truncatedAlerts": 0,
        "status": status,
        "receiver": "talaia",
        "groupLabels": {"condition_id": alarm["condition_id"]},
        "commonLabels": labels,
        "commonAnnotations": annotations,
        "externalURL": "",
        "alerts": [alert],
    }


def milliseconds(moment: datetime) -> int:
    """Since 1970, UTC."""
    return int(moment.timestamp() * 1000)


def _json(what: Any) -> str:
    return msgspec.json.encode(what).decode()
