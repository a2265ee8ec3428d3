"""The score of a site's forecasts goes on with each slot: verdicts are said, and a rule that is wrong too often is demoted."""

from datetime import datetime

import msgspec

from talaia.contracts.vocabulary import Priority, Rule, SignalState
from talaia.waste.decide import overflow
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.rules import Closed
from talaia.waste.decide.scoring.verdicts import Judged, at_overflow, at_slot, is_advisory
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.decide.standing import any_open
from talaia.waste.model.conditions import FORECAST_ADVISORY, Condition, condition_id, of_site
from talaia.waste.model.outcomes import Evidence, Outcome, Scored, Step
from talaia.waste.model.parts import Part, SitePart, site_part
from talaia.waste.model.policy import Policy
from talaia.waste.model.score import Foreseen, ScorePart, score_part


def score(told: Closed) -> Step:
    """What became of the forecasts of each site by now, and whether its rules alarm or advise."""
    changed: dict[str, Part | None] = {}
    said: list[Outcome] = []
    for site in told.sites:
        before = told.parts.get(score_part(site.site.id))
        assert before is None or isinstance(before, ScorePart)
        foreseen = site.watched.open or site.expected.open or site.started.open
        if foreseen or not (before is None or _is_quiet(before)):
            step = _scored(before or ScorePart(site=site.site.id), site, told)
            changed |= step.changed
            said += step.outcomes
    return Step(changed=changed, outcomes=tuple(said))


def _is_quiet(part: ScorePart) -> bool:
    """Nothing waits for its verdict, and no rule is advisory."""
    waits = part.spilling or any(rule.spell is not None for rule in part.rules.values())
    return not waits and not any_open(part.conditions)


def _scored(before: ScorePart, site: SitePart, told: Closed) -> Step:
    at = told.of(site)
    part, judged = _after_slot(before, site, at.now, at.policy)
    said: list[Outcome] = [_said(site, rule, each, at) for rule, verdicts in judged.items() for each in verdicts]
    part, advisory, words = _advisory(part, site, at)
    changed: dict[str, Part | None] = {} if part == before else {score_part(part.site): part}
    if advisory != site.advisory:
        place = site_part(part.site)
        known = told.parts[place]
        assert isinstance(known, SitePart)
        changed[place] = msgspec.structs.replace(known, advisory=advisory)
    return Step(changed=changed, outcomes=(*said, *words))


def _foreseen_since(site: SitePart, rule: Rule) -> datetime | None:
    """Since when an overflow is foreseen or there; a warning foresees what a watch does."""
    conditions = (site.started, site.expected) if rule is Rule.WARNING else (site.started, site.expected, site.watched)
    began = [condition.began_at for condition in conditions if condition.open and condition.began_at is not None]
    return min(began, default=None)


def _after_slot(part: ScorePart, site: SitePart, now: datetime, policies: Policy) -> tuple[ScorePart, dict[Rule, list[Judged]]]:
    policy, spilling, until = policies.score, site.started.open, part.overflow_until
    began_at = _crossed_at(site, policies) if spilling and not part.spilling else None
    if began_at is not None and until is not None and began_at - until <= policy.same_overflow:
        began_at = None
    rules: dict[Rule, Foreseen] = {}
    judged: dict[Rule, list[Judged]] = {}
    for rule in Rule:
        foreseen = part.rules.get(rule, Foreseen())
        verdicts: list[Judged] = []
        if began_at is not None:
            foreseen, verdicts = at_overflow(foreseen, began_at, policy)
        foreseen, more = at_slot(foreseen, _foreseen_since(site, rule), spilling, now, policy)
        rules[rule], judged[rule] = foreseen, verdicts + more
    until = now if part.spilling and not spilling else until
    return msgspec.structs.replace(part, rules=rules, spilling=spilling, overflow_until=until), judged


def _crossed_at(site: SitePart, policy: Policy) -> datetime | None:
    """When the level of an overflow crossed the crest: before it was said, so that nobody foresees what is there already."""
    said_at = site.started.began_at
    crossed = overflow.crossed_at(site.trail, site.site.crest_m, policy.signal)
    return said_at if said_at is None else min(crossed, said_at)


def _said(site: SitePart, rule: Rule, judged: Judged, at: Circumstances) -> Scored:
    return Scored(
        said_at=at.now,
        cause=f"{at.cause} {rule.value} {judged.verdict.value}",
        site=site.site,
        rule=rule,
        verdict=judged.verdict,
        foreseen_at=judged.foreseen_at,
        overflow_at=judged.overflow_at,
        configuration=at.configuration,
    )


def _advisory(part: ScorePart, site: SitePart, at: Circumstances) -> tuple[ScorePart, tuple[Rule, ...], list[Outcome]]:
    policy, advisory, said = at.policy.score, [], []
    for rule, limit in ((Rule.WARNING, policy.warning_limit), (Rule.WATCH, policy.watch_limit)):
        foreseen = part.rules.get(rule, Foreseen())
        demoted = is_advisory(foreseen, rule in site.advisory, limit, policy)
        if demoted:
            advisory.append(rule)
        name = condition_id(FORECAST_ADVISORY, f"{part.site}/{rule.value}")
        condition, word = _demotion(part.conditions.get(name, Condition()), demoted, rule, foreseen, limit, site, at)
        if word is not None:
            part = msgspec.structs.replace(part, conditions=part.conditions | {name: condition})
            said.append(word)
    return part, tuple(advisory), said


def _demotion(
    condition: Condition, demoted: bool, rule: Rule, foreseen: Foreseen, limit: float, site: SitePart, at: Circumstances
) -> tuple[Condition, Outcome | None]:
    if not (demoted or condition.open):
        return condition, None
    if demoted and condition.open and not must_renew(condition, at.now, at.policy.signal):
        return condition, None
    state = SignalState.BEGAN if not condition.open else SignalState.CHANGED if demoted else SignalState.ENDED
    facts = (
        ("false_alarms", float(sum(foreseen.recent))),
        ("limit_share", limit),
        ("of_the_last", float(len(foreseen.recent))),
        ("rule", rule.value),
    )
    why = Evidence(
        rule=FORECAST_ADVISORY,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        thresholds=(("false_alarms_share_over", limit, "1"), ("least_judged", float(at.policy.score.enough), "1")),
        facts=facts,
    )
    subject = of_site(site.site, rule.value)
    return tell(condition, state, FORECAST_ADVISORY, subject, at, priority=Priority.LOW, evidence=why)
