"""Conditions and the signals that tell of them: began, changed enough to matter, ended, realised."""

from datetime import datetime

from talaia.contracts.vocabulary import Priority, SignalState, Unit
from talaia.waste.decide import consequence, outlook
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.model.conditions import OVERFLOW_EXPECTED, OVERFLOW_STARTED, OVERFLOW_WATCH, Condition, Subject, guidance
from talaia.waste.model.outcomes import Evidence, Forecast, Rain, Signal
from talaia.waste.model.parts import SitePart
from talaia.waste.model.path import NO_PATH
from talaia.waste.model.policy import Policy, SignalPolicy


def tell(
    condition: Condition,
    state: SignalState,
    kind: str,
    subject: Subject,
    at: Circumstances,
    *,
    priority: Priority = Priority.LOW,
    probability: float | None = None,
    expected_at: datetime | None = None,
    became: str | None = None,
    evidence: Evidence | None = None,
) -> tuple[Condition, Signal]:
    """Say something of a condition; returns it as it stands then. Its priority only rises in one spell."""
    told = _after(condition, state, at, priority, probability, expected_at)
    return told, Signal(
        said_at=at.now,
        cause=at.cause,
        area=at.area,
        kind=kind,
        subject=subject,
        state=state,
        sequence=told.sequence,
        priority=told.priority,
        probability=probability,
        expected_at=expected_at,
        expires_at=told.expires_at,
        became=became,
        evidence=evidence,
        guidance=guidance(kind, subject.site),
    )


def _after(
    condition: Condition,
    state: SignalState,
    at: Circumstances,
    priority: Priority,
    probability: float | None,
    expected_at: datetime | None,
) -> Condition:
    stands = state in (SignalState.BEGAN, SignalState.CHANGED)
    before = condition.priority if condition.open else Priority.LOW
    return Condition(
        sequence=condition.sequence + 1,
        open=stands,
        began_at=at.now if state is SignalState.BEGAN else condition.began_at,
        expected_at=expected_at,
        expires_at=at.now + at.policy.signal.valid_for if stands else None,
        priority=max(before, priority, key=lambda each: each.rank),
        probability=probability,
    )


def must_renew(condition: Condition, now: datetime, policy: SignalPolicy) -> bool:
    """Whether the last word is about to expire."""
    return condition.expires_at is None or condition.expires_at - now <= policy.renew_before


def matters(condition: Condition, forecast: Forecast, priority: Priority, policy: SignalPolicy) -> bool:
    """Whether the forecast differs from what was last said by enough to say it."""
    if priority.rank > condition.priority.rank:
        return True
    risen = (forecast.probability or 0.0) - (condition.probability or 0.0)
    if not -2 * policy.moved_probability <= risen <= policy.moved_probability:
        return True
    if forecast.expected_at is None or condition.expected_at is None:
        return forecast.expected_at is not None
    moved = abs((forecast.expected_at - condition.expected_at).total_seconds()) / 60
    said_left = max((condition.expected_at - forecast.said_at).total_seconds() / 60, 0.0)
    return moved > policy.moved_min or moved > max(policy.moved_share * said_left, policy.moved_floor_min)


def evidence(
    part: SitePart, rule: str, rain: Rain, at: Circumstances, forecast: Forecast | None, **facts: float | str
) -> Evidence:
    """What supports a word on a site: readings with flags, rain window, path, thresholds, model."""
    learnt = (0 if part.model is None else part.model.learnt) if forecast is None else forecast.learnt_steps
    shown: dict[str, float | str] = {
        "rain_mm_30min": rain.own_mm_30min,
        "rain_mean_mm_30min": rain.mean_mm_30min,
        "learnt_steps": float(learnt),
    }
    shown |= consequence.facts(part.site, at.policy.signal)
    if forecast is not None:
        shown["slope_m_per_min"] = forecast.slope_m_per_min
        shown |= outlook.facts(forecast)
        if forecast.minutes_to_overflow is not None:
            shown["minutes_to_overflow"] = forecast.minutes_to_overflow
    return Evidence(
        rule=rule,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        model="" if forecast is None else f"{forecast.method.value} 1, learnt from {learnt} steps",
        levels=part.trail,
        rain=rain,
        thresholds=_thresholds(rule, part, at.policy),
        path=NO_PATH if forecast is None else forecast.path,
        facts=tuple(sorted((shown | facts).items())),
    )


def _thresholds(rule: str, part: SitePart, policy: Policy) -> tuple[tuple[str, float, Unit], ...]:
    crest_m, unit = part.site.crest_m, Unit.METRE
    forecast = policy.forecast
    reached_m = forecast.reach * crest_m
    from_m = reached_m if rule == OVERFLOW_WATCH else crest_m
    limits = {"warned_from": from_m, "held_from": forecast.hold * from_m, "reached_from": reached_m}
    if rule == OVERFLOW_EXPECTED:
        limits["clearance_a_step"] = forecast.clearance_a_step * crest_m
    if rule == OVERFLOW_STARTED:
        limits = {"starts_from": policy.signal.start * crest_m, "over_under": policy.signal.end * crest_m}
    elif part.flashy is not None:
        limits = {"warned_from": 100 * policy.flashy.warn, "held_from": 100 * policy.flashy.hold}
        unit = Unit.PERCENT
    return ("crest", crest_m, Unit.METRE), *((name, value, unit) for name, value in limits.items())
