"""What holds of alarms whatever happens."""

from collections import Counter
from datetime import timedelta

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from support.story import AREA, Story, kind
from talaia.alerts.decide.incidents import root
from talaia.alerts.decide.ledger import Ledger
from talaia.alerts.decide.members import members
from talaia.alerts.model.incident import INCIDENT
from talaia.alerts.model.parts import ALARM, AlarmPart
from talaia.alerts.model.shown import shown
from talaia.contracts.alerts import Acted, Alive, Signalled
from talaia.contracts.register import Mask
from talaia.contracts.vocabulary import MaskScope, Priority, Role, SignalState, Verb

KINDS = (
    kind("waste.pump_failed"),
    kind("waste.level_high", on_delay_s=30, off_delay_s=60, acknowledgement_expires_min=2),
    kind("waste.gas_high", consequence_class="major", latching=True, acknowledges_itself_on_return=True),
    kind("waste.battery_low", consequence_class="minor", exempt_from_flood=True),
    kind("waste.door_fault", count_n=2, count_within_s=90, needs_acknowledgement=False),
)
CONDITIONS = [f"{each.kind}/{subject}" for each in KINDS for subject in ("A", "B")] + ["waste.unheard_of/X"]
condition = st.sampled_from(CONDITIONS)
ON_INCIDENTS = (Verb.CLOSE_INCIDENT, Verb.MERGE, Verb.SPLIT)
ON_ALARMS = [verb for verb in Verb if verb not in (*ON_INCIDENTS, Verb.RETIRE_SOURCE)]
MASKS = (Mask(cause="waste.pump_failed", hides=["*"], scope=MaskScope.SAME_SITE, release_delay_s=30),)
MEMORY = 8


class Desk(RuleBasedStateMachine):
    """An area in which anything may happen; the worker may be started anew anywhere."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story(*KINDS, masks=MASKS)

    @rule(
        state=st.sampled_from(SignalState),
        of=condition,
        priority=st.sampled_from([None, *Priority]),
        expires_s=st.sampled_from([None, -5.0, 20.0, 300.0]),
        late_s=st.sampled_from([0.0, 10.0, 45.0]),
        source=st.sampled_from(["waste", "outside"]),
        became=condition,
    )
    def signal(
        self,
        state: SignalState,
        of: str,
        priority: Priority | None,
        expires_s: float | None,
        late_s: float,
        source: str,
        became: str,
    ) -> None:
        said: dict[str, object] = {"priority": priority} if priority else {}
        if state is SignalState.REALISED:
            said["became"] = became
        self.story.signal(state, of, source=source, late_s=late_s, expires_s=expires_s, **said)

    @rule(conditions=st.sets(condition, max_size=4), late_s=st.sampled_from([0.0, 10.0]))
    def alive(self, conditions: set[str], late_s: float) -> None:
        self.story.alive(*sorted(conditions), late_s=late_s)

    @rule(
        verb=st.sampled_from(ON_ALARMS),
        conditions=st.sets(condition, min_size=1, max_size=3),
        role=st.sampled_from(Role),
        version=st.sampled_from([None, 1, 3]),
        minutes=st.sampled_from([None, -5, 5, 60]),
        one_shot=st.booleans(),
    )
    def act(self, verb: Verb, conditions: set[str], role: Role, version: int | None, minutes: int | None, one_shot: bool) -> None:
        said: dict[str, object] = {} if version is None else {"if_version": version}
        if minutes is not None:
            end = self.story.now + timedelta(minutes=minutes)
            said |= {"until": end, "review_at": end, "reason": "crew on site", "one_shot": one_shot}
        self.story.act(verb, *sorted(conditions), role=role, text="seen", **said)

    @rule(
        verb=st.sampled_from(ON_INCIDENTS),
        of=condition,
        others=st.sets(condition, min_size=1, max_size=3),
        into=st.none() | condition,
        role=st.sampled_from(Role),
    )
    def act_on_incident(self, verb: Verb, of: str, others: set[str], into: str | None, role: Role) -> None:
        known = {each for each, alarm in self.story.listed().items() if alarm.incident_id}
        if of in known and (into in known or (into is None and verb is not Verb.MERGE)):
            said = {} if into is None or verb is Verb.CLOSE_INCIDENT else {"into": into}
            self.story.act_on_incident(verb, of, *sorted(others), role=role, **said)

    @rule(
        source=st.sampled_from(["waste", "outside", "nobody"]), reason=st.sampled_from(["", "gone"]), role=st.sampled_from(Role)
    )
    def retire(self, source: str, reason: str, role: Role) -> None:
        said = {"reason": reason} if reason else {}
        self.story.act(Verb.RETIRE_SOURCE, nothing=(), retired_source=source, role=role, **said)

    @rule(state=st.sampled_from([SignalState.BEGAN, SignalState.ENDED]))
    def all_at_once(self, state: SignalState) -> None:
        self.story.step_s = 0
        for each in CONDITIONS:
            self.story.signal(state, each)
        self.story.step_s = 10.0

    @rule(seconds=st.sampled_from([5.0, 30.0, 60.0, 180.0, 600.0]))
    def wait(self, seconds: float) -> None:
        self.story.wait(seconds)

    @rule()
    def restart(self) -> None:
        self.story.restart()

    @precondition(lambda self: self.story.sent)
    @rule(back=st.integers(1, MEMORY))
    def nothing_follows_from_a_message_that_comes_twice(self, back: int) -> None:
        told = [event for _, event in self.story.sent[-back:]][:1]
        if back > len(self.story.sent) or not isinstance(told[0], Signalled | Acted | Alive):
            return
        before = len(self.story.alarms), len(self.story.journal)
        self.story.step_s = 0
        self.story.again(back)
        self.story.step_s = 10.0
        assert (len(self.story.alarms), len(self.story.journal)) == before

    @invariant()
    def nothing_active_and_unacknowledged_is_missing_from_the_list(self) -> None:
        listed = self.story.listed()
        parts = self.story._fold.parts(AREA)
        for name in parts:
            if name.startswith(ALARM):
                alarm = parts[name]
                assert isinstance(alarm, AlarmPart)
                seen = listed[alarm.condition_id]
                assert (seen.version, seen.shown) == (alarm.version, shown(alarm.standing))
                standing = alarm.standing
                suppressed = (standing.shelf, standing.design, standing.service) != ("unshelved", "free", "in_service")
                if standing.condition in ("active", "off_delay") and standing.acknowledgement == "unacknowledged":
                    assert suppressed or seen.shown == "UNACKNOWLEDGED"

    @invariant()
    def every_alarm_of_an_open_activation_belongs_to_one_unmerged_incident(self) -> None:
        parts = self.story._fold.parts(AREA)
        ledger = Ledger(AREA, parts, self.story.now)
        standing: Counter[str] = Counter()
        for name in parts:
            if name.startswith(ALARM):
                alarm = parts[name]
                if alarm.standing.condition != "normal" and alarm.standing.incident_id is not None:
                    of = root(ledger, alarm.standing.incident_id)
                    assert of is not None
                    assert alarm.condition_id in members(ledger, of)
                if alarm.memory.counted_in is not None:
                    of = root(ledger, alarm.memory.counted_in)
                    assert of is not None
                    standing[of.incident_id] += 1
        for name in parts:
            if name.startswith(INCIDENT):
                assert parts[name].standing == standing[parts[name].incident_id]

    @invariant()
    def a_desk_hears_no_more_than_ten_bells_in_ten_minutes(self) -> None:
        rung = [look.at for look in self.story.looks if look.announced and "battery_low" not in str(look.condition_id)]
        assert all(later - earlier >= timedelta(minutes=10) for earlier, later in zip(rung, rung[10:], strict=False))

    @invariant()
    def a_flood_counts_who_waits_and_nobody_waits_without_one(self) -> None:
        parts = self.story._fold.parts(AREA)
        waiting = [name for name in parts if name.startswith(ALARM) and parts[name].memory.waiting is not None]
        flood = parts.get("flood/control")
        assert len(waiting) == (flood.waiting if flood else 0)
        assert not waiting or flood.on
        for name in waiting:
            assert parts[name].standing.condition in ("active", "off_delay")

    @invariant()
    def versions_start_at_one_and_rise_with_every_change(self) -> None:
        known: dict[str, AlarmPart] = {}
        for look in self.story.looks:
            if look.alarm is not None:
                before = known.get(look.alarm.alarm_id)
                changed = before is None or look.alarm.standing != before.standing
                assert look.alarm.version == (before.version if before else 0) + changed
                known[look.alarm.alarm_id] = look.alarm
        told: dict[str, int] = {}
        for alarm in self.story.alarms:
            assert alarm.version > told.get(alarm.alarm_id, 0)
            told[alarm.alarm_id] = alarm.version

    @invariant()
    def timers_run_only_in_the_state_that_started_them(self) -> None:
        parts = self.story._fold.parts(AREA)
        for name in parts:
            if name.startswith(ALARM):
                standing, timers = parts[name].standing, parts[name].memory.timers
                assert "on_delay_over" not in timers or standing.condition == "on_delay"
                assert ("chatter_over" in timers) == standing.chattering
                assert "off_delay_over" not in timers or standing.condition == "off_delay"
                assert "expired" not in timers or standing.condition in ("on_delay", "active")
                assert "acknowledgement_over" not in timers or (
                    standing.acknowledgement == "acknowledged" and standing.condition in ("active", "off_delay")
                )

    def teardown(self) -> None:
        """The same log again, by a worker that never stopped: the same journal, the same state."""
        again = Story()
        for topic, event in self.story.sent:
            again.send(topic, event)
        assert again.entries() == self.story.entries()
        assert len({entry.id for entry in again.journal}) == len(again.journal)
        assert again.changelog == self.story.changelog
        assert not self.story.rejects


TestAlarmLaws = Desk.TestCase
TestAlarmLaws.settings = settings(max_examples=30, stateful_step_count=40, deadline=None)
