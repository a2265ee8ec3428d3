"""When a spill starts and when it ends, from the levels in order of time.

Levels saturate at the crest: a spill starts with the first of two samples running at or over `start` of it, is over when
two running are under `end`, and ends with the first sample after the last one that was at or over `start`.
"""

from typing import NamedTuple

from talaia.waste.decide.spills import volume
from talaia.waste.model.spills import Course, Gap, Spill

_MOST_GAPS = 20
"""So many gaps of a spill are kept one by one; the last of them reaches over those that follow."""


class Rule(NamedTuple):
    """What decides at one site. start_m, end_m: levels; gap_s: samples further apart leave a gap; law: of its weir, if any."""

    start_m: float
    end_m: float
    gap_s: float
    law: volume.Law | None


def went_on(course: Course, time_s: float, level_m: float, rule: Rule) -> Course:
    """The course after its next sample."""
    at_crest = level_m >= rule.start_m
    spill, under, over = course.open, False, course.over
    if spill is not None:
        goes_on = _measured(spill, course, time_s, level_m, rule)
        under = level_m < rule.end_m
        ends = under and course.under
        spill = None if ends else goes_on
        if ends:
            under, over = False, (*over, _ended(goes_on))
    elif at_crest and course.waits:
        spill = _measured(Spill(course.time_s), course, time_s, level_m, rule)
    return Course(time_s, level_m, course.time_s, course.level_m, at_crest and spill is None, under, spill, over)


def _measured(spill: Spill, course: Course, time_s: float, level_m: float, rule: Rule) -> Spill:
    """The spill with its next sample."""
    end_s = None
    if level_m < rule.start_m:
        end_s = time_s if spill.end_s is None else spill.end_s
    gaps = spill.gaps
    if time_s - course.time_s > rule.gap_s:
        gaps = _with_gap(gaps, course.time_s, time_s)
    water = spill.water
    if rule.law is not None:
        three = (course.before_m, course.level_m, level_m)
        water = volume.went_on(water, rule.law, three, course.time_s, course.time_s - course.before_s)
        if end_s == time_s:
            water = volume.up_to_end(water, time_s - course.time_s)
    return Spill(spill.start_s, end_s, gaps, water)


def _with_gap(gaps: tuple[Gap, ...], start_s: float, end_s: float) -> tuple[Gap, ...]:
    if len(gaps) == _MOST_GAPS:
        return (*gaps[:-1], Gap(gaps[-1].start_s, end_s))
    return (*gaps, Gap(start_s, end_s))


def _ended(spill: Spill) -> Spill:
    """Without the gaps that lie behind its end."""
    end_s = spill.end_s
    assert end_s is not None
    return Spill(spill.start_s, end_s, tuple(gap for gap in spill.gaps if gap.start_s < end_s), spill.water)
