"""Alarms that stand, as alerts of Alertmanager: with labels, and with what hides them."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from sqlmodel import Session

from talaia.alerts.api.alertmanager_answers import AlertGroup, AlertStatus, GettableAlert, Receiver
from talaia.alerts.api.desk import Desk
from talaia.alerts.api.filters import AlertFilters, matchers, receivers
from talaia.alerts.api.silencing import held
from talaia.alerts.ingest.external import GENERATOR_URL, RESOLVE_TIMEOUT, STARTS_AT
from talaia.alerts.ingest.matchers import fits, labels_of, mark_of
from talaia.alerts.view import queries
from talaia.alerts.view.importance import ASIDE, OPEN
from talaia.alerts.view.queries import Wanted
from talaia.alerts.view.silences import Held
from talaia.alerts.view.tables import AlarmRow

STANDS = ("active", "off_delay", "latched")
"""States of a condition in which its alarm is an alert: what returned and waits to be acknowledged is none."""
MOST = 20_000
STALE = "nobody said it again in time: it may be over"


def alerts(desk: Desk, session: Session, wanted: AlertFilters) -> list[GettableAlert]:
    """What stands and is asked for, by fingerprint. Raises Problem."""
    fitting, positions = matchers(wanted.filter), receivers(wanted.receiver)
    now, silences = held(desk, session)
    active = [one for one in silences.values() if one.state(now) == "active"]
    rows = list(_standing(session))
    marks = {alarm["condition_id"]: mark_of(labels_of(alarm)) for alarm, _ in rows}
    found = []
    for alarm, detail in rows:
        labels = labels_of(alarm)
        status = _status(alarm, labels, active, marks)
        if fitting.match(labels) and positions.match({"receiver": alarm["position"]}) and _is_wanted(status, wanted):
            found.append(_alert(alarm, detail, labels, status, now))
    return sorted(found, key=lambda alert: alert.fingerprint)


def grouped(found: list[GettableAlert]) -> list[AlertGroup]:
    """By name and position."""
    groups: dict[tuple[str, str], list[GettableAlert]] = {}
    for alert in found:
        groups.setdefault((alert.labels["alertname"], alert.receivers[0].name), []).append(alert)
    return [
        AlertGroup(labels={"alertname": alertname}, receiver=Receiver(name=position), alerts=some)
        for (alertname, position), some in sorted(groups.items())
    ]


def _standing(session: Session) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Alarms that stand: what a list shows of them, and the rest."""
    for row in queries.alarms(session, Wanted(state=(*OPEN, *ASIDE)), MOST):
        alarm = msgspec.json.decode(row.document)
        if alarm["condition"] in STANDS:
            yield alarm, _detail(row)


def _detail(row: AlarmRow) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(row.detail)
    return found


def _status(alarm: dict[str, Any], labels: dict[str, str], active: list[Held], marks: dict[str, str]) -> AlertStatus:
    silenced: list[str] = []
    shelved = alarm.get("shelved")
    if shelved is not None and shelved.get("silence"):
        silenced = sorted({shelved["silence"], *(one.silence.silence_id for one in active if _hides(one, alarm, labels))})
    elif shelved is not None:
        silenced = ["shelved"]
    if alarm["service"] == "out_of_service":
        silenced.append("out_of_service")
    cause = alarm.get("suppressed_by")
    hidden = alarm["design"] != "free"
    inhibited = [marks.get(cause, cause) if cause else "released_soon"] if hidden else []
    state = "suppressed" if silenced or inhibited else "active"
    return AlertStatus.model_validate({"state": state, "silencedBy": silenced, "inhibitedBy": inhibited})


def _hides(one: Held, alarm: dict[str, Any], labels: dict[str, str]) -> bool:
    matching = (fits(each.name, each.value, each.is_regex, each.is_equal, labels) for each in one.silence.matchers)
    return one.area == alarm["area"] and all(matching)


def _is_wanted(status: AlertStatus, wanted: AlertFilters) -> bool:
    if status.state == "active":
        return wanted.active
    return (wanted.silenced or not status.silencedBy) and (wanted.inhibited or not status.inhibitedBy)


def _alert(
    alarm: dict[str, Any], detail: dict[str, Any], labels: dict[str, str], status: AlertStatus, now: datetime
) -> GettableAlert:
    said = _annotations(alarm, detail)
    return GettableAlert.model_validate(
        {
            "labels": labels,
            "annotations": said,
            "receivers": [{"name": alarm["position"]}],
            "fingerprint": mark_of(labels),
            "startsAt": said.pop(STARTS_AT, None) or alarm["began_at"] or alarm["changed_at"],
            "updatedAt": alarm["changed_at"],
            "endsAt": alarm.get("expires_at") or now + RESOLVE_TIMEOUT,
            "status": status,
            "generatorURL": said.pop(GENERATOR_URL, None),
        }
    )


def _annotations(alarm: dict[str, Any], detail: dict[str, Any]) -> dict[str, str]:
    """Those with which it came; of one of our alarms what it is and what to do. A stale one says so."""
    stale = {"stale": STALE} if alarm["freshness"] == "stale" else {}
    if alarm.get("labels"):
        return {name: str(value) for name, value in (detail.get("evidence") or {}).get("facts", {}).items()} | stale
    said = {"summary": f"{alarm['title']}: {alarm['subject']}", "description": detail.get("guidance") or ""} | stale
    return {name: text for name, text in said.items() if text}
