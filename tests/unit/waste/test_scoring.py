"""The service scores its own forecasts, and a rule that is wrong too often advises instead of alarming."""

from datetime import timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.town import MIDNIGHT, MINUTE, Town
from talaia.contracts.vocabulary import Priority, Rule, SignalState, Verdict
from talaia.waste.decide.scoring.verdicts import at_overflow, at_slot, is_advisory
from talaia.waste.model.outcomes import Scored, Signal
from talaia.waste.model.policy import ScorePolicy
from talaia.waste.model.score import Foreseen, Spell, score_part

POLICY = ScorePolicy()
RISING = [1.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5]
SPILLING = [5.0, 5.01, 5.0, 5.02, 5.0]
FALLING = [4.8, 4.6, 4.2, 3.6, 3.0, 2.4, 1.8]
DRY = [1.0, 1.0] * 10


def at(minute: float):
    return MIDNIGHT + minute * MINUTE


def verdicts(town: Town, rule: Rule = Rule.WARNING) -> list[Verdict]:
    return [each.verdict for each in town.of(Scored) if each.rule is rule]


def test_a_warning_that_came_true_is_a_hit_with_its_lead_and_never_a_false_alarm_as_well() -> None:
    town = Town().configured()
    after = town.levels(RISING + SPILLING + FALLING)
    town.levels(DRY, after)
    for rule in Rule:
        [hit] = [each for each in town.of(Scored) if each.rule is rule]
        assert hit.verdict is Verdict.HIT
        assert hit.foreseen_at is not None
        assert hit.overflow_at is not None
        assert timedelta() < hit.overflow_at - hit.foreseen_at < timedelta(hours=1)
    watch, warning = (next(each for each in town.of(Scored) if each.rule is rule) for rule in (Rule.WATCH, Rule.WARNING))
    assert watch.foreseen_at <= warning.foreseen_at


def test_a_lead_counts_to_the_crossing_of_the_crest_and_not_to_the_word_that_told_of_it() -> None:
    town = Town().configured()
    after = town.levels(RISING + SPILLING + FALLING)
    town.levels(DRY, after)
    crossed = at(5 * len(RISING) + 2.5)
    assert [each.overflow_at for each in town.of(Scored)] == [crossed, crossed]


def test_a_warning_that_came_between_the_crossing_and_the_word_that_told_of_it_is_none() -> None:
    town = Town().configured()
    town.levels([1.0, 1.01, 1.0, 4.95, 5.01, 5.0, 5.02, *FALLING, *DRY])
    assert verdicts(town) == verdicts(town, Rule.WATCH) == [Verdict.MISS]


def test_a_warning_without_overflow_is_a_false_alarm_an_hour_after_it_ended() -> None:
    town = Town().configured()
    after = town.levels([*RISING[:-1], 4.2, 4.0, 3.5, 3.0, 2.5, 2.0, 1.5])
    assert verdicts(town) == []
    town.levels(DRY, after)
    [false] = [each for each in town.of(Scored) if each.rule is Rule.WARNING]
    ended = next(each for each in town.of(Signal) if each.kind.endswith("expected") and each.state is SignalState.ENDED)
    assert (false.verdict, false.overflow_at) == (Verdict.FALSE_ALARM, None)
    assert timedelta(minutes=60) < false.said_at - ended.said_at <= timedelta(minutes=65)


def test_an_overflow_that_nobody_foresaw_is_a_miss() -> None:
    town = Town().configured()
    town.levels([1.0, 1.01, 1.0, 5.0, 5.01, 5.0, 5.02, *FALLING, *DRY])
    assert verdicts(town) == verdicts(town, Rule.WATCH) == [Verdict.MISS]


def test_an_overflow_that_begins_again_soon_is_the_same_one() -> None:
    town = Town().configured()
    town.levels([*RISING, *SPILLING, 4.8, 4.8, 4.9, *SPILLING, *FALLING, *DRY])
    assert verdicts(town) == [Verdict.HIT]


def test_another_process_scores_on_from_its_bytes() -> None:
    whole, first = Town().configured(), Town().configured()
    storm = [*RISING, *SPILLING, *FALLING, *DRY]
    whole.levels(storm)
    after = first.levels(storm[:11])
    second = first.restarted()
    second.levels(storm[11:], after)
    assert [*first.of(Scored), *second.of(Scored)] == whole.of(Scored)


@pytest.mark.parametrize(
    ("spell", "verdict"),
    [
        (None, Verdict.MISS),
        (Spell(at(70)), Verdict.HIT),
        (Spell(at(60), at(86)), Verdict.HIT),
        (Spell(at(60), at(84)), Verdict.MISS),
        (Spell(at(100)), Verdict.MISS),
        (Spell(at(-81)), Verdict.MISS),
    ],
)
def test_a_spell_foresees_an_overflow_that_comes_in_it_or_soon_after_it(spell: Spell | None, verdict: Verdict) -> None:
    assert at_overflow(Foreseen(spell=spell), at(100), POLICY)[1][0].verdict is verdict


def test_one_that_stood_for_hours_is_a_false_alarm_besides() -> None:
    rule, judged = at_overflow(Foreseen(spell=Spell(at(-81))), at(100), POLICY)
    assert [each.verdict for each in judged] == [Verdict.MISS, Verdict.FALSE_ALARM]
    assert rule.recent == (True,)


@given(st.lists(st.sampled_from(["quiet", "foreseen", "spilling"]), max_size=200))
def test_whatever_happens_each_overflow_has_one_verdict_and_each_spell_one_at_most(slots: list[str]) -> None:
    rule, spilling, since, hits, misses, false, overflows, spells = Foreseen(), False, None, 0, 0, 0, 0, 0
    for n, slot in enumerate(slots):
        now = at(5 * n)
        begins = slot == "spilling" and not spilling
        spilling = slot == "spilling"
        since = None if slot == "quiet" else since or now
        judged = []
        if begins:
            overflows += 1
            rule, judged = at_overflow(rule, now, POLICY)
        spells += rule.spell is None and since is not None
        rule, more = at_slot(rule, since, spilling, now, POLICY)
        said = [each.verdict for each in judged + more]
        hits, misses, false = (
            total + said.count(verdict)
            for total, verdict in ((hits, Verdict.HIT), (misses, Verdict.MISS), (false, Verdict.FALSE_ALARM))
        )
    assert hits + misses == overflows
    assert false <= spells
    assert len(rule.recent) <= POLICY.recent


def test_a_rule_with_few_verdicts_stays_what_it_is() -> None:
    assert not is_advisory(Foreseen(recent=(True,) * 9), False, 0.35, POLICY)
    assert is_advisory(Foreseen(recent=(False,) * 9), True, 0.35, POLICY)
    assert is_advisory(Foreseen(recent=(True,) * 4 + (False,) * 6), False, 0.35, POLICY)
    assert not is_advisory(Foreseen(recent=(True,) * 3 + (False,) * 7), True, 0.35, POLICY)


def test_a_rule_that_was_wrong_too_often_says_so_and_warns_with_low_priority_until_it_is_right_again() -> None:
    town = Town().configured()
    after = town.levels([*RISING, *SPILLING, *FALLING, *DRY])
    name = score_part("T1")
    part = town.parts[name]
    wrong = Foreseen(recent=(True,) * 10)
    town.parts[name] = msgspec.structs.replace(part, rules={Rule.WARNING: wrong, Rule.WATCH: Foreseen()})
    after = town.levels(RISING + SPILLING + FALLING, after)
    told = [each for each in town.of(Signal) if each.kind == "waste.forecast_advisory"]
    assert (told[0].state, told[0].subject.id, told[0].priority) == (SignalState.BEGAN, "T1/warning", Priority.LOW)
    assert told[0].evidence is not None
    facts = dict(told[0].evidence.facts)
    assert (facts["false_alarms"], facts["of_the_last"], facts["limit_share"]) == (10.0, 10.0, POLICY.warning_limit)
    warned = [each for each in town.of(Signal) if each.kind == "waste.overflow_expected" and each.said_at > told[0].said_at]
    began = next(each for each in warned if each.state is SignalState.BEGAN)
    assert began.priority is Priority.LOW
    assert began.evidence is not None
    assert "advisory" in dict(began.evidence.facts)
    right = Foreseen(recent=(False,) * 20)
    town.parts[name] = msgspec.structs.replace(town.parts[name], rules={Rule.WARNING: right, Rule.WATCH: Foreseen()})
    town.levels(DRY, after)
    assert [each.state for each in town.of(Signal) if each.kind == "waste.forecast_advisory"][-1] is SignalState.ENDED
