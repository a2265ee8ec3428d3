"""What begins again and again, and what comes all at once: only worse news rings, and never more than a person can take."""

from support.story import AREA, CONDITION, DAWN, Story, kind
from talaia.alerts.model.parts import ALARM
from talaia.contracts.journal import Transition
from talaia.contracts.vocabulary import Priority


def chattering(**policy: object) -> Story:
    """Three activations within a minute."""
    return Story(kind(**policy)).began().ended().began().ended().began()


def burst(*conditions: str, **policy: object) -> Story:
    """All of these begin at one instant."""
    story = Story(kind(**policy), kind("waste.overflow_started", consequence_class="severe"))
    story.step_s = 0
    for condition in conditions:
        story.began(condition)
    return story


PUMPS = [f"waste.pump_failed/P{number}" for number in range(12)]
OVERFLOW = "waste.overflow_started/T1"


def moves(story: Story, region: str) -> list[tuple[str | None, str | None]]:
    entries: list[Transition] = [entry.data for entry in story.journal]
    return [(entry.from_, entry.to) for entry in entries if entry.region == region]


def test_the_third_beginning_within_ten_minutes_is_silent_and_the_list_says_so() -> None:
    story = chattering()
    assert (story.line().silent, story.listed()[CONDITION].chattering) == ("chattering", True)
    assert moves(story, "chatter") == [("quiet", "chattering")]


def test_what_is_exactly_ten_minutes_old_is_no_longer_counted() -> None:
    story = Story(kind()).began().ended().wait(280).began().ended().wait(280).began()
    assert story.line().announced == "new"


def test_a_slow_sensors_run_is_judged_over_ten_of_its_intervals() -> None:
    story = Story(kind(sampling_interval_s=300)).began().ended().wait(1_000).began().ended().wait(1_000).began()
    assert story.line().silent == "chattering"


def test_a_chattering_alarm_rings_when_it_is_worse_than_it_was_heard_at_and_only_once() -> None:
    story = chattering().ended().began(priority=Priority.CRITICAL)
    assert story.line().announced == "new"
    assert story.ended().began(priority=Priority.CRITICAL).line().silent == "chattering"


def test_half_an_hour_without_a_beginning_makes_it_quiet_again() -> None:
    story = chattering().ended().wait(1_789)
    assert story.state()["chattering"]
    story.wait(1)
    assert not story.state()["chattering"]
    assert moves(story, "chatter")[-1] == ("chattering", "quiet")
    assert story.began().line().announced == "new"


def test_each_beginning_of_a_chattering_alarm_starts_its_half_hour_anew() -> None:
    story = chattering().ended().wait(1_700).began().wait(1_700)
    assert story.state()["chattering"]


def test_the_sixth_bell_in_a_minute_waits_and_then_the_worst_rings_first() -> None:
    story = burst(*PUMPS[:7])
    story.began(OVERFLOW)
    assert [bell[0] for bell in story.bells()] == PUMPS[:5]
    story.wait(60)
    assert story.bells()[-1] == (OVERFLOW, "new")
    entry = story.journal[-1].data
    assert (entry.region, entry.event, entry.announced, entry.condition_id) == ("annunciation", "flood_minute", "new", OVERFLOW)
    assert story.wait(60).bells()[-1] == (PUMPS[5], "new")
    assert moves(story, "flood") == [("calm", "flood")]


def test_a_bell_a_minute_old_is_out_of_the_minute() -> None:
    story = burst(*PUMPS[:4])
    story.wait(59).began(PUMPS[4]).wait(1).began(PUMPS[5])
    assert story.line(PUMPS[5]).announced == "new"


def test_who_is_acknowledged_or_returned_does_not_wait() -> None:
    story = burst(*PUMPS[:8])
    story.act("acknowledge", PUMPS[5]).ended(PUMPS[6]).wait(60)
    assert story.bells()[-1] == (PUMPS[7], "new")
    assert len(story.wait(600).bells()) == 6


def test_who_waited_ten_minutes_is_no_longer_news() -> None:
    story = burst(*PUMPS)
    story.wait(3_600)
    assert len(story.bells()) == 10
    assert {story.state(pump)["acknowledgement"] for pump in PUMPS} == {"unacknowledged"}
    parts = story._fold.parts(AREA)
    assert not [name for name in parts if name.startswith(ALARM) and parts[name].memory.waiting]


def test_a_rise_of_the_last_who_waits_does_not_end_the_flood() -> None:
    story = burst(*PUMPS[:6])
    story.changed(PUMPS[5], priority=Priority.HIGH)
    assert moves(story, "flood") == [("calm", "flood")]
    assert story.wait(60).bells()[-1] == (PUMPS[5], "risen")


def test_who_waits_at_a_desk_that_a_new_register_takes_away_waits_at_the_new_one() -> None:
    story = burst(*PUMPS[:6])
    story.configured(kind(position="water"), version="2").changed(PUMPS[5], priority=Priority.HIGH)
    assert story.line(PUMPS[5]).announced == "risen"
    assert story.wait(60).bells()[-1] == (PUMPS[5], "risen")


def test_a_flood_is_over_when_nobody_waits_and_few_were_wanted_for_ten_minutes() -> None:
    story = burst(*PUMPS[:6])
    story.wait(599)
    assert moves(story, "flood") == [("calm", "flood")]
    story.wait(1)
    assert moves(story, "flood") == [("calm", "flood"), ("flood", "calm")]
    assert story.journal[-1].data.at.timestamp() - DAWN.timestamp() == 600


def test_a_kind_exempt_from_floods_rings_always_and_counts() -> None:
    story = burst(*PUMPS[:7], exempt_from_flood=True)
    assert len(story.bells()) == 7
    assert story.began(OVERFLOW).line(OVERFLOW).silent == "flood"


def test_a_flood_is_of_one_position() -> None:
    story = Story(kind(position="water"), kind("transit.gap", position="transit"))
    story.step_s = 0
    for pump in PUMPS[:7]:
        story.began(pump)
    assert story.began("transit.gap/L1").line("transit.gap/L1").announced == "new"


def test_a_priority_that_rises_while_waiting_rings_as_risen() -> None:
    story = burst(*PUMPS[:7])
    story.changed(PUMPS[6], priority=Priority.CRITICAL).wait(60)
    assert story.bells()[-1] == (PUMPS[6], "risen")


def test_nothing_that_a_flood_made_silent_is_lost() -> None:
    story = burst(*PUMPS)
    assert len(story.listed()) == 12
    silent = [entry.data.condition_id for entry in story.journal if entry.data.silent == "flood"]
    assert silent == PUMPS[5:]


def test_floods_of_two_positions_that_rise_at_one_word_are_two_entries_of_the_journal() -> None:
    gates = [f"waste.gate_stuck/G{number}" for number in range(6)]
    story = Story(kind(position="east"), kind("waste.gate_stuck", position="west"))
    story.step_s = 0
    for condition in (*PUMPS[:6], *gates):
        story.ended(condition)
    story.step_s = 60
    story.alive(*PUMPS[:6], *gates)
    assert moves(story, "flood") == [("calm", "flood")] * 2
    assert len({entry.id for entry in story.journal}) == len(story.journal)
