"""Every row of `alarm_states.csv` in the regions that act, taken in a story of its own."""

from collections.abc import Callable

import pytest
from support.story import Story, kind
from talaia.alerts.decide.annunciation import RULES
from talaia.alerts.decide.play import REGIONS
from talaia.alerts.model.table import Row, table
from talaia.contracts.alerts import Location
from talaia.contracts.register import Mask
from talaia.contracts.vocabulary import MaskScope, Priority, Role

Told = Callable[[], Story]
FORECAST, ACTUAL = "waste.overflow_expected/T1", "waste.overflow_started/T1"
HIGH, LOW = Priority.HIGH, Priority.LOW


def pump(**policy: object) -> Story:
    """A story of pumps with this policy."""
    return Story(kind(**policy))


def active(**policy: object) -> Story:
    return pump(**policy).began()


def on_delay() -> Story:
    return pump(on_delay_s=60).began()


def off_delay(**policy: object) -> Story:
    return active(off_delay_s=300, **policy).ended()


def latched() -> Story:
    return active(latching=True).ended()


def stale() -> Story:
    return pump().alive().began(expires_s=5).wait(5)


def silent() -> Story:
    return pump().alive().began().wait(180)


def acknowledged(**policy: object) -> Story:
    return active(**policy).act("acknowledge")


def forecast() -> Story:
    return Story(kind("waste.overflow_expected"), kind("waste.overflow_started")).began(FORECAST)


def burst(number: int) -> Story:
    """So many pumps at one instant."""
    story = pump()
    story.step_s = 0
    for each in range(number):
        story.began(f"waste.pump_failed/{each}")
    return story


def overdue() -> Story:
    """The acknowledgement runs out while the condition is on its way out."""
    return acknowledged(off_delay_s=300, **EXPIRING).wait(240).ended().wait(60)


POWER = "waste.power_failed/P1"
CRITICAL = Priority.CRITICAL


def masked(*more: Mask, release_delay_s: float = 0.0, by: str = "*", **policy: object) -> Story:
    """A story in which a power failure hides what else is wrong at its site."""
    mask = Mask(cause="waste.power_failed", hides=[by], scope=MaskScope.SAME_SITE, release_delay_s=release_delay_s)
    return Story(kind("waste.power_failed"), kind("waste.comms_lost"), kind(**policy), masks=[mask, *more])


def held(**said: object) -> Story:
    return masked(**said).began(POWER).began()


def releasing(**said: object) -> Story:
    return held(release_delay_s=300, **said).ended(POWER)


def twice_held() -> Story:
    other = Mask(cause="waste.comms_lost", hides=["waste.pump_failed"], scope=MaskScope.SAME_SITE)
    return masked(other).began(POWER).began("waste.comms_lost/P1").began()


def named_and_released() -> Story:
    """What was critical is hidden by name alone: another cause with a wildcard cannot take it back."""
    other = Mask(cause="waste.comms_lost", hides=["*"], scope=MaskScope.SAME_SITE)
    return masked(other, by="waste.pump_failed", release_delay_s=300).began(POWER).began(priority=CRITICAL).ended(POWER)


def shelved(**policy: object) -> Story:
    return active(**policy).shelve()


def out(**said: object) -> Story:
    return active().take_out(**said)


EXPIRING = {"acknowledgement_expires_min": 5}
COUNT = {"count_n": 2, "count_within_s": 60}
PUMP = "waste.pump_failed/P1"

STORIES: dict[str, Told] = {
    "condition.normal.began.1": lambda: pump(**COUNT).began(),
    "condition.normal.began.2": lambda: pump().began(),
    "condition.normal.began.3": lambda: pump(on_delay_s=60).began(),
    "condition.normal.changed.1": lambda: pump(**COUNT).began().changed(),
    "condition.normal.changed.2": lambda: pump().changed(),
    "condition.normal.changed.3": lambda: pump(on_delay_s=60).changed(),
    "condition.normal.ended": lambda: pump().ended(),
    "condition.normal.realised": lambda: pump().realised(became=ACTUAL),
    "condition.normal.reset": lambda: active().ended().act("reset"),
    "condition.on_delay.began": lambda: on_delay().began(),
    "condition.on_delay.changed": lambda: on_delay().changed(),
    "condition.on_delay.ended": lambda: on_delay().ended(),
    "condition.on_delay.realised": lambda: on_delay().realised(),
    "condition.on_delay.reset": lambda: on_delay().act("reset"),
    "condition.on_delay.on_delay_over": lambda: on_delay().wait(60),
    "condition.active.began.1": lambda: active().began(priority=Priority.CRITICAL),
    "condition.active.began.2": lambda: active().began(),
    "condition.active.changed.1": lambda: active().changed(priority=HIGH),
    "condition.active.changed.2": lambda: active().changed(priority=LOW),
    "condition.active.ended.1": lambda: active(off_delay_s=300).ended(),
    "condition.active.ended.2": lambda: active(latching=True).ended(),
    "condition.active.ended.3": lambda: active().ended(),
    "condition.active.realised": lambda: active().realised(became=ACTUAL),
    "condition.active.reset": lambda: active().act("reset"),
    "condition.off_delay.began.1": lambda: off_delay().began(priority=HIGH),
    "condition.off_delay.began.2": lambda: off_delay().began(),
    "condition.off_delay.changed.1": lambda: off_delay().changed(priority=HIGH),
    "condition.off_delay.changed.2": lambda: off_delay().changed(),
    "condition.off_delay.ended": lambda: off_delay().ended(),
    "condition.off_delay.realised": lambda: off_delay().realised(),
    "condition.off_delay.reset": lambda: off_delay().act("reset"),
    "condition.off_delay.off_delay_over.1": lambda: off_delay(latching=True).wait(300),
    "condition.off_delay.off_delay_over.2": lambda: off_delay().wait(300),
    "condition.latched.began": lambda: latched().began(),
    "condition.latched.changed": lambda: latched().changed(),
    "condition.latched.ended": lambda: latched().ended(),
    "condition.latched.realised": lambda: latched().realised(became=ACTUAL),
    "condition.latched.reset.1": lambda: latched().act("acknowledge").act("reset"),
    "condition.latched.reset.2": lambda: latched().act("reset"),
    "freshness.fresh.signal": lambda: active().changed(expires_s=60),
    "freshness.fresh.expired": lambda: pump().began(expires_s=60).wait(60),
    "freshness.fresh.source_silent.1": silent,
    "freshness.fresh.source_silent.2": lambda: pump().alive().began().ended().wait(180),
    "freshness.fresh.source_alive.1": lambda: pump().alive().began().alive(),
    "freshness.fresh.source_alive.2": lambda: pump().alive().began().ended().alive(PUMP),
    "freshness.fresh.source_alive.3": lambda: pump().alive().began().alive(PUMP),
    "freshness.stale.signal": lambda: stale().changed(),
    "freshness.stale.expired": lambda: pump().alive().began(expires_s=400).wait(180).wait(220),
    "freshness.stale.source_silent": lambda: stale().wait(180),
    "freshness.stale.source_alive.1": lambda: silent().alive(),
    "freshness.stale.source_alive.2": lambda: silent().alive(PUMP),
    "freshness.stale.source_alive.3": lambda: stale().alive(PUMP),
    "design.free.cause_began.1": lambda: masked().began().began(POWER),
    "design.free.cause_began.2": lambda: masked(exempt_from_masks=True).began().began(POWER),
    "design.free.cause_ended": lambda: masked(exempt_from_masks=True).began().began(POWER).ended(POWER),
    "design.free.new_activation.1": held,
    "design.free.new_activation.2": lambda: masked().began(),
    "design.free.re_alarm": lambda: masked().began().changed(priority=HIGH),
    "design.held.cause_began": lambda: held().began("waste.power_failed/P1/feeder", location=Location(site="P1")),
    "design.held.cause_ended.1": lambda: twice_held().ended(POWER),
    "design.held.cause_ended.2": releasing,
    "design.held.cause_ended.3": lambda: held().ended(POWER),
    "design.held.new_activation.1": lambda: held().ended().began(),
    "design.held.new_activation.2": lambda: held().ended().began(priority=CRITICAL),
    "design.held.re_alarm.1": lambda: held().changed(priority=HIGH),
    "design.held.re_alarm.2": lambda: held().changed(priority=CRITICAL),
    "design.releasing.cause_began.1": lambda: releasing().began(POWER),
    "design.releasing.cause_began.2": lambda: named_and_released().began("waste.comms_lost/P1"),
    "design.releasing.cause_ended": lambda: named_and_released().began("waste.comms_lost/P1").ended("waste.comms_lost/P1"),
    "design.releasing.new_activation.1": lambda: releasing().ended().began(priority=CRITICAL),
    "design.releasing.new_activation.2": lambda: releasing().ended().began(),
    "design.releasing.re_alarm.1": lambda: releasing().changed(priority=CRITICAL),
    "design.releasing.re_alarm.2": lambda: releasing().changed(priority=HIGH),
    "design.releasing.release_over": lambda: releasing().wait(300),
    "shelf.unshelved.shelve.1": shelved,
    "shelf.unshelved.shelve.2": lambda: active().shelve(reason=" "),
    "shelf.unshelved.unshelve": lambda: active().act("unshelve"),
    "shelf.unshelved.returned": lambda: active().ended(),
    "shelf.shelved.shelve.1": lambda: shelved().shelve(hours=2),
    "shelf.shelved.shelve.2": lambda: shelved().shelve(hours=9),
    "shelf.shelved.unshelve": lambda: shelved().act("unshelve"),
    "shelf.shelved.returned.1": lambda: active().shelve(one_shot=True).ended(),
    "shelf.shelved.returned.2": lambda: shelved().ended(),
    "shelf.shelved.shelf_over": lambda: shelved().wait(3_600),
    "service.in_service.take_out_of_service.1": out,
    "service.in_service.take_out_of_service.2": lambda: out(reason=""),
    "service.in_service.return_to_service": lambda: active().act("return_to_service", role=Role.SUPERVISOR),
    "service.out_of_service.take_out_of_service.1": lambda: out(review_h=1).wait(3_600).take_out(),
    "service.out_of_service.take_out_of_service.2": lambda: out().take_out(review_h=-1),
    "service.out_of_service.return_to_service": lambda: out().act("return_to_service", role=Role.SUPERVISOR),
    "service.out_of_service.review_over": lambda: out(review_h=1).wait(3_600),
    "acknowledgement.acknowledged.new_activation.1": lambda: pump().began(),
    "acknowledgement.acknowledged.new_activation.2": lambda: pump(needs_acknowledgement=False).began(),
    "acknowledgement.acknowledged.re_alarm.1": lambda: acknowledged().changed(priority=HIGH),
    "acknowledgement.acknowledged.re_alarm.2": lambda: active(needs_acknowledgement=False).changed(priority=HIGH),
    "acknowledgement.acknowledged.reentry.1": lambda: overdue().changed(),
    "acknowledgement.acknowledged.reentry.2": lambda: off_delay().act("acknowledge").changed(),
    "acknowledgement.acknowledged.returned": lambda: acknowledged().ended(),
    "acknowledgement.acknowledged.hand_over": lambda: acknowledged().realised(became=ACTUAL),
    "acknowledgement.acknowledged.acknowledge.1": lambda: acknowledged().act("acknowledge"),
    "acknowledgement.acknowledged.acknowledge.2": lambda: acknowledged().ended().act("acknowledge"),
    "acknowledgement.acknowledged.unacknowledge.1": lambda: acknowledged().act("unacknowledge"),
    "acknowledgement.acknowledged.unacknowledge.2": lambda: acknowledged().ended().act("unacknowledge"),
    "acknowledgement.acknowledged.acknowledgement_over.1": lambda: acknowledged(**EXPIRING).wait(300),
    "acknowledgement.acknowledged.acknowledgement_over.2": overdue,
    "acknowledgement.unacknowledged.new_activation": lambda: active().ended().began(),
    "acknowledgement.unacknowledged.re_alarm": lambda: active().changed(priority=HIGH),
    "acknowledgement.unacknowledged.reentry": lambda: off_delay().began(),
    "acknowledgement.unacknowledged.returned.1": lambda: active(acknowledges_itself_on_return=True).ended(),
    "acknowledgement.unacknowledged.returned.2": lambda: active().ended(),
    "acknowledgement.unacknowledged.hand_over": lambda: active().realised(became=ACTUAL),
    "acknowledgement.unacknowledged.acknowledge.1": lambda: active(**EXPIRING).act("acknowledge"),
    "acknowledgement.unacknowledged.acknowledge.2": lambda: active().act("acknowledge"),
    "acknowledgement.unacknowledged.unacknowledge": lambda: active().act("unacknowledge"),
}
RINGING: dict[str, tuple[Told, str | None, str | None]] = {
    "annunciation.new_activation.1": (held, None, "suppressed_by_design"),
    "annunciation.new_activation.2": (lambda: active(diagnostic=True), None, "diagnostic"),
    "annunciation.new_activation.3": (
        lambda: forecast().realised(FORECAST, became=ACTUAL).began(ACTUAL),
        None,
        "handed_over",
    ),
    "annunciation.new_activation.4": (lambda: active().ended().began().ended().began(), None, "chattering"),
    "annunciation.new_activation.5": (lambda: burst(6), None, "flood"),
    "annunciation.new_activation.6": (active, "new", None),
    "annunciation.re_alarm": (lambda: active().changed(priority=HIGH), "risen", None),
    "annunciation.repeat": (lambda: acknowledged(**EXPIRING).wait(300), "repeated", None),
    "annunciation.released.1": (lambda: shelved().act("unshelve"), None, None),
    "annunciation.released.2": (lambda: pump().ended().shelve().began().act("unshelve"), "released", None),
    "annunciation.flood_minute": (lambda: burst(6).wait(60), "new", None),
    "annunciation.returned": (lambda: active().ended(), None, None),
}
SHOWN: dict[str, Told] = {
    "shown.UNACKNOWLEDGED": active,
    "shown.ACKNOWLEDGED": acknowledged,
    "shown.LATCHED_UNACKNOWLEDGED": latched,
    "shown.LATCHED": lambda: latched().act("acknowledge"),
    "shown.RETURNED_UNACKNOWLEDGED": lambda: active().ended(),
    "shown.NORMAL": lambda: acknowledged().ended(),
    "shown.OUT_OF_SERVICE": lambda: held().shelve().take_out(),
    "shown.SUPPRESSED_BY_DESIGN": lambda: held().shelve(),
    "shown.SHELVED": shelved,
}
QUIET = {
    "freshness.fresh.source_alive.3",
    "freshness.stale.source_alive.3",
    "design.free.cause_began.2",
    "design.free.cause_ended",
    "design.held.cause_began",
    "design.held.cause_ended.1",
    "design.releasing.cause_began.2",
    "design.releasing.cause_ended",
}
"""A source that is alive says nothing of what it finds as it left it, nor does a cause of what it does not change."""
ROWS = {row.name: row for row in table().rows}


def test_every_row_has_a_story() -> None:
    assert {*STORIES, *RINGING, *SHOWN} == set(ROWS)


def test_every_word_of_the_table_has_code_and_no_code_is_without_a_word() -> None:
    for region in REGIONS:
        rows = [row for row in table().rows if row.region == region.name]
        assert {guard for row in rows for guard in row.guards} == set(region.guards)
        assert {effect for row in rows for effect in row.effects} == set(region.effects)
    assert set(RULES) <= set(ROWS)


@pytest.mark.parametrize("name", STORIES)
def test_row(name: str) -> None:
    row, story = ROWS[name], STORIES[name]()
    state = story.state()[row.region]
    assert state == row.to
    if name in QUIET:
        assert not [look for look in story.step_looks if look.condition_id == PUMP]
        return
    look = next(look for look in story.step_looks if name in look.rows)
    assert (look.refused is None) == (_said(row, "refuse") is None)
    assert _said(row, "refuse") in (look.refused, "with")  # the rule that was broken
    assert look.answer == _said(row, "answer")
    if note := _said(row, "note"):
        assert note in look.notes
    cause = look.cause.id
    entries = [entry.data for entry in story.journal if entry.data.cause_id == cause and entry.data.region == row.region]
    moves = [(entry.event, entry.from_, entry.to) for entry in entries if entry.at == look.at]
    assert ((row.event, row.state, row.to) in moves) == row.journalled


@pytest.mark.parametrize("name", RINGING)
def test_row_of_annunciation(name: str) -> None:
    tell, announced, silent = RINGING[name]
    look = tell().step_looks[-1]
    assert (look.announced, look.silent) == (announced, silent)
    assert (name in look.rows) == bool(announced or silent)


@pytest.mark.parametrize("name", SHOWN)
def test_row_of_shown(name: str) -> None:
    assert SHOWN[name]().shown() == name.removeprefix("shown.")


@pytest.mark.parametrize("end", [lambda story: story.alive(), lambda story: story.wait(180)], ids=["alive", "silent"])
def test_what_one_alarm_does_to_another_is_not_undone_when_the_others_turn_comes(end: Callable[[Story], Story]) -> None:
    """The source's word, or its silence, ends the cause and with it what it hides, then asks the alarm that was hidden."""
    story = masked().alive().began(POWER).began()
    before = len(story.alarms)
    story = end(story)
    assert story.state()["design"] == "free"
    versions = [look.alarm.version for look in story.step_looks if look.condition_id == PUMP and look.alarm is not None]
    assert versions == sorted(set(versions))
    assert len(versions) == 2
    told = [alarm.version for alarm in story.alarms[before:] if alarm.condition_id == PUMP]
    assert told == [versions[-1]]


def test_an_act_of_a_viewer_is_refused_before_the_table() -> None:
    story = active().act("acknowledge", role=Role.VIEWER)
    assert story.line().refused == "role"
    assert story.line().rows == ()


def _said(row: Row, word: str) -> str | None:
    """What an effect says: its second word."""
    return next((effect.split()[1] for effect in row.effects if effect.split()[0] == word), None)
