"""Who hides whom."""

from collections.abc import Iterator
from typing import Any

from support.alarm_model.alarm import CRITICAL, Alarm

Mask = dict[str, Any]


def exempt(alarm: Alarm, mask: Mask) -> bool:
    free = alarm.kind.exempt_from_masks or alarm.highest >= CRITICAL
    return free and alarm.kind.name not in mask["hides"]


def reaches(mask: Mask, cause: Alarm, alarm: Alarm) -> bool:
    """Whether the mask of this cause is about this alarm at all."""
    if cause.kind.name != mask["cause"] or alarm.kind.name == mask["cause"]:
        return False
    if alarm.kind.name not in mask["hides"] and "*" not in mask["hides"]:
        return False
    return mask["scope"] == "same_area" or (cause.site is not None and cause.site == alarm.site)


def masks_between(masks: list[Mask], cause: Alarm, alarm: Alarm) -> Iterator[Mask]:
    return (mask for mask in masks if reaches(mask, cause, alarm))


def covered(masks: list[Mask], alarms: list[Alarm], alarm: Alarm) -> bool:
    return any(not exempt(alarm, mask) for cause in alarms if cause.stands() for mask in masks_between(masks, cause, alarm))


def letting_go(masks: list[Mask], cause: Alarm, alarm: Alarm) -> Mask | None:
    """The mask that lets go last when this cause is gone."""
    return max(masks_between(masks, cause, alarm), key=lambda mask: mask.get("release_delay_s") or 0, default=None)
