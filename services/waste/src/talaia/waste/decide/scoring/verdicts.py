"""Which spells of a forecast came true, which were false, and which overflows nobody foresaw.

Counted as in contingency tables of forecast verification (Wilks, Statistical Methods in the Atmospheric Sciences,
chapter 8): an overflow that was foreseen is a hit and one that was not a miss; a spell without one is a false alarm.
"""

from datetime import datetime
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import Verdict
from talaia.waste.model.policy import ScorePolicy
from talaia.waste.model.score import Foreseen, Spell


class Judged(NamedTuple):
    """A verdict; foreseen_at: since when the overflow was foreseen; overflow_at: when it began."""

    verdict: Verdict
    foreseen_at: datetime | None = None
    overflow_at: datetime | None = None


def at_overflow(rule: Foreseen, overflow_at: datetime, policy: ScorePolicy) -> tuple[Foreseen, list[Judged]]:
    """An overflow began: was it foreseen, and not so long before that it says nothing of this one?"""
    spell = rule.spell
    if spell is None or spell.since >= overflow_at or _ended_before(spell, overflow_at, policy):
        return rule, [Judged(Verdict.MISS, overflow_at=overflow_at)]
    if overflow_at - spell.since > policy.longest_lead:
        judged = [Judged(Verdict.MISS, overflow_at=overflow_at)]
        if not spell.true:
            judged.append(Judged(Verdict.FALSE_ALARM, foreseen_at=spell.since))
            rule = _with(rule, false=True, policy=policy)
    else:
        judged = [Judged(Verdict.HIT, spell.since, overflow_at)]
        rule = _with(rule, false=False, policy=policy)
    return msgspec.structs.replace(rule, spell=msgspec.structs.replace(spell, true=True)), judged


def _ended_before(spell: Spell, overflow_at: datetime, policy: ScorePolicy) -> bool:
    return spell.until is not None and overflow_at - spell.until > policy.late_by


def at_slot(
    rule: Foreseen, stands_since: datetime | None, spilling: bool, now: datetime, policy: ScorePolicy
) -> tuple[Foreseen, list[Judged]]:
    """A slot passed. stands_since: since when an overflow is foreseen, None while none is; one that spills is true."""
    spell = rule.spell
    if stands_since is not None:
        if spell is None:
            spell = Spell(stands_since, true=spilling)
        elif spell.until is not None or spilling > spell.true:
            spell = Spell(spell.since, true=spell.true or spilling)
        return (rule if spell is rule.spell else msgspec.structs.replace(rule, spell=spell)), []
    if spell is None:
        return rule, []
    if spell.until is None:
        return msgspec.structs.replace(rule, spell=Spell(spell.since, now, spell.true)), []
    if now - spell.until <= (policy.same_spell if spell.true else policy.comes_true_within):
        return rule, []
    rule = msgspec.structs.replace(rule, spell=None)
    if spell.true:
        return rule, []
    return _with(rule, false=True, policy=policy), [Judged(Verdict.FALSE_ALARM, foreseen_at=spell.since)]


def _with(rule: Foreseen, *, false: bool, policy: ScorePolicy) -> Foreseen:
    return msgspec.structs.replace(rule, recent=(*rule.recent, false)[-policy.recent :])


def is_advisory(rule: Foreseen, advisory: bool, limit: float, policy: ScorePolicy) -> bool:
    """Whether too many of a rule's last spells were false alarms: then it advises and does not alarm."""
    if len(rule.recent) < policy.enough:
        return advisory
    return sum(rule.recent) / len(rule.recent) > limit
