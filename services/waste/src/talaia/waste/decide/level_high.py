"""A level over the limit that the city set for its site; not said while a warning or an overflow says more."""

from talaia.contracts.vocabulary import Priority, Unit
from talaia.waste.decide import overflow
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open
from talaia.waste.decide.levels import waits
from talaia.waste.decide.rules import Closed
from talaia.waste.model.catchment import Site
from talaia.waste.model.conditions import LEVEL_HIGH, of_site
from talaia.waste.model.outcomes import Evidence, Signal, Step
from talaia.waste.model.parts import Part, SitePart, site_part
from talaia.waste.model.policy import Policy


def level_high(told: Closed) -> Step:
    """When a slot is closed: two samples running over the limit begin it, two under it, with some margin, end it.

    While the newest waits to be judged it is as it was: a lone spike is no second sample.
    """
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    for site in told.sites:
        if site.site.high_level_m is None and not site.conditions:
            continue
        name = site_part(site.site.id)
        part = told.parts[name]
        assert isinstance(part, SitePart)
        after, words = _held(part, told)
        if words:
            changed[name] = after
            said += words
    return Step(changed=changed, outcomes=tuple(said))


def _held(part: SitePart, told: Closed) -> tuple[SitePart, tuple[Signal, ...]]:
    subject, policy = of_site(part.site), told.at.policy
    was_high = is_open(part, LEVEL_HIGH, subject)
    masked = part.expected.open or part.started.open
    high = part.site.high_level_m is not None and not masked and _high(part, was_high, policy)
    if not (high or was_high):
        return part, ()
    at = told.of(part)
    return hold(part, LEVEL_HIGH, subject, high, at, lambda: _why(part, masked, at), priority=Priority.MEDIUM)


def _high(part: SitePart, was_high: bool, policy: Policy) -> bool:
    pair = overflow.last_two(part.trail, policy.signal)
    limit_m, over_under_m = _limits_m(part.site, policy)
    if pair is None or waits(*pair):
        return was_high
    levels = [sample.value for sample in pair]
    return max(levels) >= over_under_m if was_high else min(levels) >= limit_m


def _limits_m(site: Site, policy: Policy) -> tuple[float, float]:
    assert site.high_level_m is not None
    return site.high_level_m, site.high_level_m - policy.signal.high_margin * (site.crest_m - site.bottom_m)


def _why(part: SitePart, masked: bool, at: Circumstances) -> Evidence:
    thresholds: tuple[tuple[str, float, Unit], ...] = ()
    if part.site.high_level_m is not None:
        limit_m, over_under_m = _limits_m(part.site, at.policy)
        thresholds = (("limit", limit_m, Unit.METRE), ("over_under", over_under_m, Unit.METRE))
    return Evidence(
        rule=LEVEL_HIGH,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        levels=part.trail,
        thresholds=thresholds,
        facts=(("masked", "by the warning or overflow of this site"),) if masked else (),
    )
