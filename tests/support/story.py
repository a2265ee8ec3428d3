"""A story of alarms, told step by step: the alerts worker's own fold, its clock ten seconds further at each step."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec import UNSET
from talaia.alerts.model.identity import alarm_id_of
from talaia.alerts.model.outcomes import Look
from talaia.alerts.model.shown import shown
from talaia.alerts.worker.stream import AlertsProcessor
from talaia.contracts.alerts import (
    Act,
    Acted,
    Alarm,
    AlarmStands,
    Alive,
    Evidence,
    Location,
    PolicyConfigured,
    Presence,
    Signal,
    Signalled,
    SignalsTick,
)
from talaia.contracts.catalogue import ACTS, ALARMS, INCIDENTS, JOURNAL, SIGNALS, Topic
from talaia.contracts.envelope import Envelope
from talaia.contracts.incidents import Incident, IncidentStands
from talaia.contracts.journal import Journalled
from talaia.contracts.register import Mask, Place, PriorityMatrix, Register, RegisterEntry
from talaia.contracts.vocabulary import Clock, Priority, Role, SignalState, Verb
from talaia.stream.folding.fold import PartitionFold
from talaia.stream.folding.memory import StoredRecord
from talaia.stream.folding.records import Reject, Slice
from talaia.stream.partitioning import partition_of

AREA = "harbour"
SOURCE = "waste"
CONDITION = "waste.pump_failed/P1"
DAWN = datetime(2026, 3, 2, 6, tzinfo=UTC)
MATRIX = PriorityMatrix(
    minutes=[10.0],
    classes={
        "minor": [Priority.LOW, Priority.LOW],
        "moderate": [Priority.MEDIUM, Priority.LOW],
        "major": [Priority.HIGH, Priority.MEDIUM],
        "severe": [Priority.CRITICAL, Priority.HIGH],
    },
)


def kind(name: str = "waste.pump_failed", consequence_class: str = "moderate", **policy: Any) -> RegisterEntry:
    """An entry of the register: five minutes to respond."""
    words = dict.fromkeys(("purpose", "cause", "consequence", "response"), "as on the sheet")
    return RegisterEntry(
        kind=name,
        title={"en": name},
        domain="waste",
        time_to_respond_min=5.0,
        consequence_class=consequence_class,
        **words,
        **policy,
    )


class Story:
    """What happens in one area, and what came of it. sent: everything so far, for telling it again; step_s: between steps."""

    def __init__(self, *kinds: RegisterEntry, masks: Iterable[Mask] = (), places: Iterable[Place] = ()) -> None:
        self.now = DAWN
        self.step_s = 10.0
        self.looks: list[Look] = []
        self.alarms: list[Alarm] = []
        self.journal: list[Journalled] = []
        self.incidents: list[Incident] = []
        self.rejects: list[Reject] = []
        self.sent: list[tuple[Topic, Envelope]] = []
        self.changelog: dict[bytes, bytes] = {}
        self.step_looks: list[Look] = []
        self._count = 0
        self._fold = self._new_fold()
        if kinds:
            self.configured(*kinds, masks=masks, places=places)

    # -- what happens

    def began(self, condition: str = CONDITION, **said: Any) -> "Story":
        return self.signal(SignalState.BEGAN, condition, **said)

    def changed(self, condition: str = CONDITION, **said: Any) -> "Story":
        return self.signal(SignalState.CHANGED, condition, **said)

    def ended(self, condition: str = CONDITION, **said: Any) -> "Story":
        return self.signal(SignalState.ENDED, condition, **said)

    def realised(self, condition: str = CONDITION, **said: Any) -> "Story":
        return self.signal(SignalState.REALISED, condition, **said)

    def signal(
        self,
        state: SignalState,
        condition: str = CONDITION,
        *,
        source: str = SOURCE,
        late_s: float = 0.0,
        expires_s: float | None = None,
        **said: Any,
    ) -> "Story":
        """A word of a condition. late_s: how long ago it happened; expires_s: how long it is good for."""
        self._pass()
        name, _, subject = condition.partition("/")
        data = Signal(
            condition_id=condition,
            kind=name,
            subject=subject,
            location=said.pop("location", Location(site=subject)),
            state=state,
            expires_at=UNSET if expires_s is None else self.now + timedelta(seconds=expires_s),
            **said,
        )
        time = self.now - timedelta(seconds=late_s)
        return self.send(SIGNALS, Signalled(id=self._id(), source=source, time=time, recordedtime=self.now, data=data))

    def alive(self, *conditions: str, source: str = SOURCE, late_s: float = 0.0, **page: str) -> "Story":
        """A source says that it is alive, and which conditions are open. page: after, until: of which ids alone."""
        self._pass()
        time = self.now - timedelta(seconds=late_s)
        data = Presence(release="1", open=list(conditions), **page)
        return self.send(SIGNALS, Alive(id=self._id(), source=source, time=time, recordedtime=self.now, data=data))

    def act(self, verb: str, *conditions: str, role: Role = Role.OPERATOR, **said: Any) -> "Story":
        """A person acts on the alarms of some conditions."""
        self._pass()
        otherwise = said.pop("nothing", (CONDITION,))
        data = Act(
            verb=Verb(verb),
            alarms=[alarm_id_of(AREA, condition) for condition in conditions or otherwise],
            who="operator-7",
            role=role,
            position="control",
            **said,
        )
        return self.send(ACTS, Acted(id=self._id(), source="api", time=self.now, recordedtime=self.now, data=data))

    def act_on_incident(self, verb: str, of: str, *conditions: str, **said: Any) -> "Story":
        """A person acts on the incident of a condition, perhaps on some alarms of it. into: a condition of the other one."""
        if "into" in said:
            said["into"] = self.incident(said["into"]).incident_id
        return self.act(verb, *conditions, nothing=(), incident=self.incident(of).incident_id, **said)

    def shelve(self, *conditions: str, hours: float = 1.0, reason: str = "crew on site", **said: Any) -> "Story":
        """Put alarms on the shelf, for so long from the step's own time on."""
        until = self.now + timedelta(seconds=self.step_s, hours=hours)
        return self.act("shelve", *conditions, until=until, reason=reason, **said)

    def take_out(self, *conditions: str, review_h: float | None = None, reason: str = "sensor replaced", **said: Any) -> "Story":
        """Take alarms out of service, by a supervisor; review_h: looked at again after so long."""
        review_at = UNSET if review_h is None else self.now + timedelta(seconds=self.step_s, hours=review_h)
        role = said.pop("role", Role.SUPERVISOR)
        return self.act("take_out_of_service", *conditions, role=role, reason=reason, review_at=review_at, **said)

    def configured(
        self,
        *kinds: RegisterEntry,
        version: str = "1",
        masks: Iterable[Mask] = (),
        places: Iterable[Place] = (),
        strict: bool = False,
    ) -> "Story":
        """A register is adopted."""
        register = Register(
            area=AREA,
            hash=version,
            valid_from=self.now,
            decided_by="engineer-1",
            priority=MATRIX,
            kinds=list(kinds),
            masks=list(masks),
            places=list(places),
            strict=strict,
        )
        event = PolicyConfigured(id=self._id(), source="city", time=self.now, recordedtime=self.now, data=register)
        return self.send(ACTS, event)

    def wait(self, seconds: float) -> "Story":
        """Time passes."""
        self.now += timedelta(seconds=seconds)
        return self.send(SIGNALS, SignalsTick(id=self._id(), source="tick", time=self.now, recordedtime=self.now))

    def again(self, back: int = 1) -> "Story":
        """The message that was sent so many messages ago comes once more, recorded later."""
        self._pass()
        topic, event = self.sent[-back]
        return self.send(topic, msgspec.structs.replace(event, recordedtime=self.now))

    def send(self, topic: Topic, event: Envelope) -> "Story":
        """Put an event through the worker's fold."""
        self.sent.append((topic, event))
        return self.put(topic, msgspec.json.encode(event))

    def put(self, topic: Topic, value: bytes) -> "Story":
        """Put bytes through the worker's fold, whatever they are."""
        self.step_looks = []
        key = AREA.encode()
        offset = self._fold.offsets.get(topic.name, -1) + 1
        records = [StoredRecord(offset, 0, key, value, ())]
        taken = 0
        while not taken:
            cut = self._fold.apply(topic.name, records)
            taken = cut.taken
            self._take(cut)
        return self

    def restart(self) -> "Story":
        """The worker is started anew, from the encoded parts alone."""
        progress = self._fold.progress()
        self._fold = self._new_fold()
        for record, value in self.changelog.items():
            self._fold.restore(record, value)
        self._fold.offsets, self._fold.clock = dict(progress.offsets), progress.clock
        self._fold.restored()
        return self

    # -- what came of it

    def line(self, condition: str = CONDITION) -> Look:
        """What the last input or timer that named the condition came to."""
        return next(look for look in reversed(self.looks) if look.condition_id == condition)

    def state(self, condition: str = CONDITION) -> dict[str, Any]:
        """How the alarm of a condition stands."""
        alarm = self.line(condition).alarm
        assert alarm is not None
        return msgspec.structs.asdict(alarm.standing) | {"shown": shown(alarm.standing), "version": alarm.version}

    def shown(self, condition: str = CONDITION) -> str:
        return str(self.state(condition)["shown"])

    def incident(self, condition: str = CONDITION) -> Incident:
        """The incident to which the alarm of a condition belongs, as it was told of last."""
        known = {incident.incident_id: incident for incident in self.incidents}
        found = known[self.listed()[condition].incident_id or ""]
        while found.merged_into:
            found = known[found.merged_into]
        return found

    def bells(self) -> list[tuple[str, str]]:
        """All that rang: which condition, as what."""
        return [(look.condition_id or "", look.announced) for look in self.looks if look.announced]

    def listed(self) -> Mapping[str, Alarm]:
        """The list as its readers have it: the newest of each alarm."""
        return {alarm.condition_id: alarm for alarm in self.alarms}

    def entries(self) -> list[bytes]:
        """The journal as bytes, without the fields that name offsets."""
        return [msgspec.json.encode(msgspec.structs.replace(entry, cause=UNSET, sequence=UNSET)) for entry in self.journal]

    def _take(self, cut: Slice) -> None:
        self.rejects += cut.rejects
        for record, value in cut.changed.items():
            if value is None:
                self.changelog.pop(record, None)
            else:
                self.changelog[record] = value
        for said in cut.messages:
            if said.topic == ALARMS.name:
                self.alarms.append(msgspec.json.decode(said.value, type=AlarmStands).data)
            elif said.topic == JOURNAL.name:
                self.journal.append(msgspec.json.decode(said.value, type=Journalled))
            elif said.topic == INCIDENTS.name:
                self.incidents.append(msgspec.json.decode(said.value, type=IncidentStands).data)

    def _pass(self) -> None:
        self.now += timedelta(seconds=self.step_s)

    def _id(self) -> str:
        self._count += 1
        return f"message-{self._count}"

    def _see(self, look: Look) -> None:
        self.looks.append(look)
        self.step_looks.append(look)

    def _new_fold(self) -> PartitionFold:
        return PartitionFold(AlertsProcessor(watch=self._see), partition_of(AREA.encode(), SIGNALS.partitions), Clock.REPLAY)


EVIDENCE = Evidence(rule="level_high", rule_version="1")
