"""What sources say to the alarm worker, as tests need it: signals with evidence, that a source is alive, the register."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec import UNSET
from talaia.contracts.alerts import (
    Alarm,
    AlarmStands,
    Alive,
    Evidence,
    Expectation,
    Location,
    PolicyConfigured,
    Presence,
    Sample,
    Signal,
    Signalled,
    Threshold,
)
from talaia.contracts.catalogue import ACTS, ALARMS, SIGNALS
from talaia.contracts.envelope import sequence
from talaia.contracts.register import PriorityMatrix, Register, RegisterEntry
from talaia.contracts.vocabulary import Flag, Priority, SignalState
from talaia.stream.processor import Message

AREA = "demo"
SOURCE = "waste-worker"
MINUTE = timedelta(minutes=1)
AT = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
TITLES = {
    "waste.overflow_expected": "Overflow expected",
    "waste.overflow_started": "Overflowing",
    "waste.level_high": "Level high",
}


def alive(at: datetime, *open_conditions: str, source: str = SOURCE, area: str = AREA) -> Message:
    """A source says that it is alive."""
    said = Presence(release="0.1.0", open=list(open_conditions))
    event = Alive(id=f"alive {source} {at.isoformat()}", source=source, time=at, recordedtime=at, data=said)
    return Message(SIGNALS, area, event)


def signal(
    site: str,
    at: datetime,
    state: SignalState = SignalState.BEGAN,
    *,
    kind: str = "waste.overflow_expected",
    priority: Priority = Priority.HIGH,
    in_min: float | None = None,
    evidence: Evidence | None = None,
    guidance: str | None = None,
    subject: str | None = None,
    source: str = SOURCE,
    area: str = AREA,
    probability: float | None = None,
) -> Message:
    """A source says something of one condition of one site."""
    data = Signal(
        condition_id=f"{kind}/{site}",
        kind=kind,
        subject=subject or site,
        location=Location(site=site),
        state=state,
        priority=priority,
        probability=UNSET if probability is None else probability,
        expected_at=UNSET if in_min is None else at + timedelta(minutes=in_min),
        expires_at=at + timedelta(minutes=30),
        evidence=evidence or UNSET,
        guidance=guidance or UNSET,
    )
    event = Signalled(id=f"{kind}/{site}/{state}/{at.isoformat()}", source=source, time=at, recordedtime=at, data=data)
    return Message(SIGNALS, area, event)


def overflow_evidence(at: datetime, crest_m: float = 5.0, last_m: float = 4.0) -> Evidence:
    """An hour of a tank that fills, and half an hour of its path."""
    levels = [
        Sample(time=at - (12 - n) * 5 * MINUTE, value=1.7 if n < 6 else 1.7 + (last_m - 1.7) * (n - 5) / 7, unit="m")
        for n in range(13)
    ]
    levels[3] = Sample(time=levels[3].time, value=4.4, unit="m", flag=Flag.FAIL)
    rain = [Sample(time=at - (8 - n) * 5 * MINUTE, value=mm, unit="mm") for n, mm in enumerate((0.4, 1.2, 3.1, 2.6, 0.8))]
    path = [
        Expectation(
            time=at + n * 5 * MINUTE,
            value=min(last_m + (crest_m - last_m) * n / 5, crest_m + 0.1),
            unit="m",
            low=last_m,
            high=min(last_m + (crest_m - last_m) * n / 4, crest_m + 0.1),
        )
        for n in range(1, 7)
    ]
    return Evidence(
        rule="waste.overflow_expected",
        rule_version="1",
        configuration="9f2c1d0ab34e5f6789",
        model="grey_box 1, learnt from 2880 steps",
        readings=levels + rain,
        thresholds=[Threshold(name="crest", value=crest_m, unit="m"), Threshold(name="warned_from", value=4.75, unit="m")],
        forecast=path,
        facts={"rain_mm_30min": 8.4, "slope_m_per_min": 0.066, "minutes_to_overflow": 24.0},
    )


def now() -> datetime:
    """The wall's time: what the page compares ages with."""
    return datetime.now(UTC)  # noqa: TID251


def register(at: datetime, area: str = AREA, zone: str = "Europe/Madrid", webhook_networks: Sequence[str] = ()) -> Message:
    """The area's alarm policy, with the kinds that `signal` speaks of."""
    said = Register(
        area=area,
        zone=zone,
        hash="5b1c9d0e7a",
        valid_from=at,
        decided_by="engineer",
        priority=PriorityMatrix(minutes=[10.0, 60.0], classes={"minor": [Priority.LOW] * 3, "major": [Priority.MEDIUM] * 3}),
        kinds=[_kind(kind, title) for kind, title in TITLES.items()],
        webhook_networks=list(webhook_networks),
    )
    event = PolicyConfigured(id=f"policy {at.isoformat()}", source="cli", time=at, recordedtime=at, data=said)
    return Message(ACTS, area, event)


def _kind(kind: str, title: str) -> RegisterEntry:
    return RegisterEntry(
        kind=kind,
        title={"en": title},
        domain="waste",
        purpose="Tell in time.",
        cause="Rain.",
        consequence="Sewage in the river.",
        response="Look at the gate.",
        time_to_respond_min=30,
        consequence_class="minor",
    )


def stands(
    number: int,
    alarm_id: str = "a1",
    shown: str = "UNACKNOWLEDGED",
    priority: Priority = Priority.HIGH,
    left_min: int | None = None,
    began_min: int = 0,
    title: str = "Overflow expected",
    site: str = "T1",
    stale: bool = False,
) -> Message:
    """The worker says how an alarm stands after the input of this number."""
    alarm = Alarm(
        alarm_id=alarm_id,
        area="demo",
        condition_id=f"waste.overflow_expected/{alarm_id}",
        kind="waste.overflow_expected",
        title=title,
        subject=f"Tank {site}",
        location=Location(site=site),
        source="waste-worker",
        shown=shown,
        condition="active",
        freshness="stale" if stale else "fresh",
        design="free",
        acknowledgement="unacknowledged",
        shelf="unshelved",
        service="in_service",
        priority=priority,
        position="control",
        activation_id=None,
        activations=1,
        version=number,
        unrationalised=False,
        began_at=AT + timedelta(minutes=began_min),
        changed_at=AT + timedelta(minutes=number),
        announced_at=None,
        expected_at=UNSET if left_min is None else AT + timedelta(minutes=left_min),
    )
    time = AT + timedelta(minutes=number)
    event = AlarmStands(id=f"e{number}", source="s", time=time, recordedtime=time, sequence=sequence(number), data=alarm)
    return Message(ALARMS, alarm_id, event)
