"""Alertmanager's API v2: alerts in and out, their groups, receivers, and what this is."""

import asyncio
from importlib.metadata import version
from typing import Annotated

from fastapi import APIRouter, Body, Query, Request

from talaia.alerts.api import filters
from talaia.alerts.api.alertmanager_answers import (
    AlertGroup,
    AlertmanagerStatus,
    ClusterStatus,
    Config,
    GettableAlert,
    PostableAlert,
    Receiver,
    Taken,
    VersionInfo,
)
from talaia.alerts.api.alerts import alerts, grouped
from talaia.alerts.api.desk import AtDesk, Desk
from talaia.alerts.ingest.external import Misfit, Posted, signal
from talaia.alerts.view import registers, silences
from talaia.contracts.vocabulary import Role
from talaia.stream.processor import Message
from talaia.web.access import GuardedRoute, require
from talaia.web.principal import Principal, Scope
from talaia.web.problem import Fault, Problem, declared
from talaia.web.view_app import Reading

router = APIRouter(prefix="/api/v2", tags=["alertmanager"], route_class=GuardedRoute)
VIEWER = [require(Role.VIEWER)]
LIKE = "0.25.0"
"""The Alertmanager beside which this is tested; its tools ask for the version."""
MOST_ALERTS = 1_000
DEFAULT_POSITION = "control"
_UNSAID_YEAR = 1970
"""Go's clients send year 1 or 1970 for a time that is not said."""


@router.get("/alerts", dependencies=VIEWER, responses=declared(400), response_model_exclude_none=True)
def listed(desk: AtDesk, session: Reading, wanted: Annotated[filters.Wanted, Query()]) -> list[GettableAlert]:
    """Alarms that stand, as alerts: those that came from outside with their labels, ours with labels of their own."""
    return alerts(desk, session, wanted)


@router.post("/alerts", responses=declared(400, 503))
async def posted(
    desk: AtDesk,
    who: Annotated[Principal, require(Role.OPERATOR, Scope.INGEST)],
    body: Annotated[list[PostableAlert], Body(max_length=MOST_ALERTS)],
) -> Taken:
    """Take alerts in; of some that cannot be taken the others are. The worker judges them: they are alarms a moment later."""
    messages, faults = await asyncio.to_thread(_signals, desk, who.name, body)
    await desk.sender.send(messages)
    if faults:
        taken = f"{len(messages)} of {len(body)} alerts were taken."
        raise Problem(400, "alert", f"Some alerts do not fit, see faults; {taken}", faults=faults)
    return Taken(taken=len(messages))


@router.get("/alerts/groups", dependencies=VIEWER, responses=declared(400), response_model_exclude_none=True)
def groups(desk: AtDesk, session: Reading, wanted: Annotated[filters.AlertFilters, Query()]) -> list[AlertGroup]:
    """The same by alertname and position."""
    return grouped(alerts(desk, session, wanted))


@router.get("/receivers", dependencies=VIEWER)
def positions(session: Reading) -> list[Receiver]:
    """Who is told: the positions of the registers."""
    named = {entry.position for register in registers.registers(session, None) for entry in register.kinds}
    return [Receiver(name=name) for name in sorted(named | {DEFAULT_POSITION})]


@router.get("/status", dependencies=VIEWER)
def status(request: Request, session: Reading) -> AlertmanagerStatus:
    """What this is: no Alertmanager, but one that answers like it."""
    names = "".join(f"- name: {receiver.name}\n" for receiver in positions(session))
    return AlertmanagerStatus(
        cluster=ClusterStatus(),
        versionInfo=VersionInfo(
            version=LIKE, revision="", branch=f"talaia-{version('talaia-alerts')}", buildUser="talaia", buildDate="", goVersion=""
        ),
        config=Config(original=f"route:\n  receiver: {DEFAULT_POSITION}\n  group_by: [alertname]\nreceivers:\n{names}"),
        uptime=request.app.state.started,
    )


def _signals(desk: Desk, who: str, body: list[PostableAlert]) -> tuple[list[Message], list[Fault]]:
    """Alerts as signals, and what is wrong with the others."""
    now = desk.moment()
    with desk.view.session() as session:
        areas = silences.areas(session)
    messages, faults = [], []
    for index, alert in enumerate(body):
        try:
            messages.append(signal(_said(alert), areas=areas, source=f"talaia/alerts/alertmanager/{who}", now=now))
        except Misfit as misfit:
            faults.append(Fault(where=f"body/{index}", what=str(misfit)))
    return messages, faults


def _said(alert: PostableAlert) -> Posted:
    starts_at, ends_at = (None if at is None or at.year <= _UNSAID_YEAR else at for at in (alert.startsAt, alert.endsAt))
    return Posted(alert.labels, alert.annotations or {}, starts_at, ends_at, alert.generatorURL)
