"""A slot was forecast: an overflow is expected within half an hour (warning) or an hour (watch), and both conditions say so.

One of them stands at a time: a watch becomes a warning as a warning becomes an overflow, so that nobody is rung twice.
"""

import msgspec

from talaia.contracts.vocabulary import Method, Priority, Rule, SignalState
from talaia.waste.decide import grey_box_evidence, rain
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.consequence import urgency, weighed
from talaia.waste.decide.signals import evidence, matters, must_renew, tell
from talaia.waste.model.conditions import (
    OVERFLOW_EXPECTED,
    OVERFLOW_STARTED,
    OVERFLOW_WATCH,
    Condition,
    condition_id,
    of_site,
)
from talaia.waste.model.outcomes import Evidence, Forecast, Outcome
from talaia.waste.model.parts import SitePart

RULES = {OVERFLOW_WATCH: Rule.WATCH, OVERFLOW_EXPECTED: Rule.WARNING}
_ADVISORY = {"advisory": "too many of this rule's last forecasts here were false alarms"}


def concerns(part: SitePart, issued: Forecast) -> bool:
    """Whether an overflow is expected, or was said to be: else a forecast leads to no word."""
    return issued.watch or part.watched.open or part.expected.open


def expecting(part: SitePart, view: rain.RainView, at: Circumstances, issued: Forecast) -> tuple[SitePart, list[Outcome]]:
    """The site after a forecast, and what is to be said of the overflow to come."""
    became = condition_id(OVERFLOW_EXPECTED, part.site.id) if issued.warning else None
    watch = issued.watch and not issued.warning
    watched, of_watch = _stands(part.watched, OVERFLOW_WATCH, watch, part, view, at, issued, became)
    expected, of_warning = _stands(part.expected, OVERFLOW_EXPECTED, issued.warning, part, view, at, issued)
    said = [*of_watch, *of_warning]
    return (msgspec.structs.replace(part, expected=expected, watched=watched) if said else part), said


def _stands(
    condition: Condition,
    kind: str,
    wanted: bool,
    part: SitePart,
    view: rain.RainView,
    at: Circumstances,
    issued: Forecast,
    became: str | None = None,
) -> tuple[Condition, list[Outcome]]:
    if not (wanted or condition.open):
        return condition, []
    signal = at.policy.signal
    advisory = RULES[kind] in part.advisory
    priority = urgency(issued.minutes_to_overflow, part.site, signal)
    if kind == OVERFLOW_WATCH:
        priority = weighed(Priority.LOW, part.site, signal)
    if advisory:
        priority = Priority.LOW
    state, expected_at = SignalState.BEGAN, issued.expected_at
    if condition.open:
        expected_at = issued.expected_at or condition.expected_at
        state = SignalState.CHANGED if wanted else SignalState.REALISED if became else SignalState.ENDED
        if wanted and not (matters(condition, issued, priority, signal) or must_renew(condition, at.now, signal)):
            return condition, []
    told, said = tell(
        condition,
        state,
        kind,
        of_site(part.site),
        at,
        priority=priority,
        probability=issued.probability,
        expected_at=expected_at,
        became=became,
        evidence=foreseen(part, kind, view, at, issued, **(_ADVISORY if advisory else {})),
    )
    return told, [said]


def foreseen(
    part: SitePart, rule: str, view: rain.RainView, at: Circumstances, issued: Forecast | None, **told: float | str
) -> Evidence:
    """What supports a word on a site by a forecast of it, and what that follows from."""
    fallen = rain.evidence(view, part.site.gauge)
    if issued is None or issued.method is not Method.GREY_BOX or part.model is None:
        return evidence(part, rule, fallen, at, issued, **told)
    why = evidence(part, rule, fallen, at, issued, **told, **grey_box_evidence.facts(part, view, at.policy.forecast))
    return msgspec.structs.replace(why, model=f"{why.model}, coefficients {grey_box_evidence.version(part.model, view)}")


def nothing_expected(part: SitePart, at: Circumstances, why: Evidence, started: bool) -> tuple[SitePart, list[Outcome]]:
    """The site with neither warning nor watch: what was expected came true (started), or nobody can know any more."""
    became = condition_id(OVERFLOW_STARTED, part.site.id) if started else None
    state = SignalState.REALISED if started else SignalState.ENDED
    conditions = {"watched": part.watched, "expected": part.expected}
    said: list[Outcome] = []
    for field, kind in (("watched", OVERFLOW_WATCH), ("expected", OVERFLOW_EXPECTED)):
        if conditions[field].open:
            conditions[field], word = tell(conditions[field], state, kind, of_site(part.site), at, became=became, evidence=why)
            said.append(word)
    return msgspec.structs.replace(part, **conditions), said
