"""The topics of alarms."""

from datetime import timedelta

from talaia.contracts import alerts, handovers, incidents, journal, silences
from talaia.contracts.catalogue.topic import Changelog, Cleanup, Topic
from talaia.contracts.vocabulary import Access

SIGNALS = Topic(
    name="alerts.signals.v1",
    purpose="A condition began, changed or ended, with evidence; a source is alive",
    owner="alerts",
    key="area",
    events=(alerts.Signalled, alerts.Alive, alerts.SignalsTick),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("waste-worker", "alerts-worker", "alerts api", "cli"),
    read_by=("alerts-worker", "alerts api", "waste api"),
)
ACTS = Topic(
    name="alerts.acts.v1",
    purpose="A person acknowledged, noted, silenced ...; the alarm policy; shift handovers and their signatures",
    owner="alerts",
    key="area",
    events=(
        *(alerts.Acted, alerts.PolicyConfigured, handovers.HandoverPrepared, handovers.HandoverSigned),
        *(silences.Silenced, silences.Unsilenced),
    ),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=400),
    access=Access.RESTRICTED,
    personal_data="subject of the person who acted",
    written_by=("alerts api", "cli"),
    read_by=("alerts-worker", "alerts api"),
)
ALARMS = Topic(
    name="alerts.alarms.v1",
    purpose="The alarm as it stands",
    owner="alerts",
    key="alarm",
    events=(alerts.AlarmStands,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.OPERATIONAL,
    personal_data="subject of the person who acknowledged",
    written_by=("alerts-worker",),
    read_by=("alerts api",),
)
JOURNAL = Topic(
    name="alerts.journal.v1",
    purpose="Every transition, who and why: the audit trail",
    owner="alerts",
    key="area",
    events=(journal.Journalled,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=400),
    access=Access.RESTRICTED,
    personal_data="subject of the person who acted",
    written_by=("alerts-worker",),
    read_by=("alerts api",),
)

INCIDENTS = Topic(
    name="alerts.incidents.v1",
    purpose="Alarms that belong together, and which of them came first",
    owner="alerts",
    key="incident",
    events=(incidents.IncidentStands,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("alerts-worker",),
    read_by=("alerts api",),
)

TOPICS = (SIGNALS, ACTS, ALARMS, JOURNAL, INCIDENTS)
CHANGELOG = Changelog(worker="alerts-worker", inputs=(SIGNALS, ACTS))
