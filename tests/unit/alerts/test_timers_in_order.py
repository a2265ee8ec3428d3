"""Timers: each at its own due time, at one instant in one order, and what is stopped never fires."""

from support.story import Story, kind

QUICK, SLOW = "waste.quick/A", "waste.slow/B"


def fired(story: Story) -> list[str]:
    return [look.cause.id for look in story.step_looks if look.cause.type == "timer"]


def test_a_timer_fires_at_its_own_time_not_when_the_next_event_comes() -> None:
    story = Story(kind(on_delay_s=60)).began()
    due = story.now.timestamp() + 60
    assert story.wait(600).line().at.timestamp() == due


def test_at_one_instant_what_marks_comes_before_what_rings_and_what_returns_before_what_asks() -> None:
    story = Story(kind("waste.quick", on_delay_s=60), kind("waste.slow", off_delay_s=60, acknowledgement_expires_min=2))
    story.began(SLOW).act("acknowledge", SLOW).wait(50).ended(SLOW)
    story.wait(60)
    assert fired(story) == ["off_delay_over"]
    assert story.shown(SLOW) == "NORMAL"


def test_an_expiry_at_the_end_of_a_delay_marks_before_it_rings() -> None:
    story = Story(kind(on_delay_s=60)).began(expires_s=60).wait(60)
    assert fired(story) == ["expired", "on_delay_over"]
    assert (story.state()["freshness"], story.shown()) == ("stale", "UNACKNOWLEDGED")


def test_timers_of_one_name_fire_by_condition() -> None:
    story = Story(kind("waste.quick", on_delay_s=60))
    story.step_s = 0
    story.began("waste.quick/B").began(QUICK).wait(60)
    assert [look.condition_id for look in story.step_looks] == [QUICK, "waste.quick/B"]


def test_a_delay_that_was_stopped_never_fires() -> None:
    story = Story(kind(on_delay_s=60)).began().ended().wait(600)
    assert not fired(story)
    assert story.bells() == []


def test_a_delay_begun_anew_counts_from_its_new_beginning() -> None:
    story = Story(kind(on_delay_s=60)).began().ended().began().wait(59)
    assert story.bells() == []
    assert story.wait(1).bells() == [("waste.pump_failed/P1", "new")]


def test_an_acknowledgement_begun_anew_lasts_its_whole_time() -> None:
    story = Story(kind(acknowledgement_expires_min=5)).began().act("acknowledge")
    story.wait(200).act("unacknowledge").act("acknowledge").wait(299)
    assert story.shown() == "ACKNOWLEDGED"
    assert story.wait(1).shown() == "UNACKNOWLEDGED"


def test_a_timer_that_is_started_anew_and_due_again_at_one_instant_is_journalled_twice_under_two_ids() -> None:
    story = Story(kind()).alive().began(expires_s=10).began(expires_s=-5)
    expired = [entry.id for entry in story.journal if entry.data.event == "expired"]
    assert len(set(expired)) == 2
