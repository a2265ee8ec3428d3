"""Rain of a catchment as the forecast sees it: what fell in lag bins before each step of the path.

Rain to come goes on as `persistence` learnt, blended with a nowcast where there is one. Sums over bins are differences of
one cumulative sum, taken once for all gauges and sites of a slot.
"""

import math
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from talaia.waste.decide import gauges, nowcast, persistence
from talaia.waste.decide.slots import slot_end
from talaia.waste.model.outcomes import Rain
from talaia.waste.model.parts import CatchmentPart, GaugePart, Part, gauge_part
from talaia.waste.model.policy import Policy
from talaia.waste.model.rainfall import RAIN, RainPart

Array = NDArray[np.float64]

LAG_BINS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 6), (6, 9), (9, 12), (12, 18), (18, 24))
"""Steps before a moment, from and to: 0-5, 5-10 ... 90-120 minutes."""
PATH_STEPS = 12
HISTORY = persistence.HISTORY
_MM = struct.Struct("<d")
_UNKNOWN = _MM.pack(math.nan)
_KEPT = 32
_HOUR = 12
_SELDOM = 1.5
_PATIENCE = 3
"""Slots between words of a gauge that tells seldom; so many of its own intervals without one are a silence."""
_SHOWN = 12
_HALF_HOUR = 6
_STEPS = np.arange(PATH_STEPS)[:, None]
_NEAR = HISTORY + _STEPS - np.array([near for near, _ in LAG_BINS])
_FAR = HISTORY + _STEPS - np.array([far for _, far in LAG_BINS])


class RainView(NamedTuple):
    """Rain up to one slot, as far as its gauges are to be trusted.

    windows: millimetres by slot, a row a gauge; bins: along the path, by gauge; mean: of them all. row: which row a gauge
    is. times: the ends of the path's steps. told: what the gauges themselves told, NaN where nothing; trust: by gauge.
    lost: no gauge told anything for an hour.
    """

    slot: int
    row: Mapping[str, int]
    windows: Array
    bins: Array
    mean: Array
    times: tuple[datetime, ...]
    told: Array
    trust: Array
    lost: bool


def with_rain(part: GaugePart, slot: int, rain_mm: float) -> tuple[bytes, int]:
    """The gauge's slots after so much more rain in one of them; what is older than they reach is forgotten."""
    if slot == part.slot + 1 and len(part.rain) == _MM.size * _KEPT:
        return part.rain[_MM.size :] + _MM.pack(rain_mm), slot
    newest = max(part.slot, slot)
    known = (_UNKNOWN * _KEPT + part.rain + _UNKNOWN * min(newest - part.slot, _KEPT))[-8 * _KEPT :]
    place = 8 * (slot - newest + _KEPT - 1)
    if place < 0:
        return known, newest
    before = _MM.unpack_from(known, place)[0]
    fallen = _MM.pack(rain_mm if math.isnan(before) else before + rain_mm)
    return known[:place] + fallen + known[place + 8 :], newest


def _fill(rain: Array, part: GaugePart, slot: int) -> None:
    """Put a gauge's slots up to `slot` in their places; none is known where there is none."""
    known = np.frombuffer(part.rain, "<f8")
    first = slot - len(rain) + 1
    known_first = part.slot - len(known) + 1
    low, high = max(first, known_first), min(slot, part.slot) + 1
    if low < high:
        rain[low - first : high - first] = known[low - known_first : high - known_first]


def _told(part: GaugePart, slot: int) -> Array:
    """What a gauge told of the slots up to one. One that tells seldom leaves no gap between its words."""
    rain = np.full(HISTORY, np.nan)
    _fill(rain, part, slot)
    if not np.isnan(rain).any():
        return rain
    known = np.flatnonzero(~np.isnan(np.frombuffer(part.rain, "<f8")))
    every = (known[-1] - known[0]) / (len(known) - 1) if len(known) > 1 else 1.0
    if every > _SELDOM:
        until = HISTORY - max(slot - part.slot - math.ceil(_PATIENCE * every), 0)
        rain[: max(until, 0)] = np.nan_to_num(rain[: max(until, 0)])
    return rain


def look(parts: Mapping[str, Part], catchment: CatchmentPart, slot: int, policy: Policy) -> RainView:
    """The rain of all gauges up to a slot."""
    learnt = _learnt(parts)
    count = len(catchment.gauges)
    told = np.empty((count, HISTORY))
    for n, gauge in enumerate(catchment.gauges):
        told[n] = _told(_gauge(parts, gauge.id), slot)
    heard = ~np.isnan(told[:, -_HOUR:]).all(1)
    own, others = _agreement(learnt, catchment)
    trust = gauges.trusts(own, others, policy.gauges) * heard
    sums = np.zeros((count + 1, 1 + HISTORY + PATH_STEPS - 1))
    sums[:-1, 1 : HISTORY + 1], sums[-1, 1 : HISTORY + 1] = gauges.filled(told, trust)
    windows = sums[:-1, 1 : HISTORY + 1].copy()
    coming = _coming(parts, catchment, windows, learnt, slot, policy)
    sums[:-1, HISTORY + 1 :] = coming
    sums[-1, HISTORY + 1 :] = trust @ coming / trust.sum() if trust.any() else coming.mean(0)
    np.cumsum(sums, axis=1, out=sums)
    bins = sums[:, _NEAR] - sums[:, _FAR]
    row = {gauge.id: n for n, gauge in enumerate(catchment.gauges)}
    times = tuple(slot_end(slot + 1 + n) for n in range(PATH_STEPS))
    return RainView(slot, row, windows, bins[:-1], bins[-1], times, told, trust, not heard.any())


def _gauge(parts: Mapping[str, Part], gauge: str) -> GaugePart:
    part = parts.get(gauge_part(gauge))
    assert isinstance(part, GaugePart)
    return part


def _learnt(parts: Mapping[str, Part]) -> RainPart:
    part = parts.get(RAIN)
    assert part is None or isinstance(part, RainPart)
    return part or RainPart()


def _agreement(learnt: RainPart, catchment: CatchmentPart) -> Array:
    """Own rain and neighbours' rain, a column a gauge."""
    return np.array([learnt.agreement.get(gauge.id, (0.0, 0.0)) for gauge in catchment.gauges]).reshape(-1, 2).T


def _skill(learnt: RainPart) -> Array:
    return np.array(learnt.skill) if learnt.skill else np.zeros((nowcast.LEADS, 2))


def _coming(
    parts: Mapping[str, Part], catchment: CatchmentPart, windows: Array, learnt: RainPart, slot: int, policy: Policy
) -> Array:
    """Rain of the slots to come, a row a gauge: persisting, and as nowcast as far as nowcasts were right."""
    coming = persistence.coming(learnt.persistence, windows, policy.persistence)[:, : PATH_STEPS - 1]
    for n, gauge in enumerate(catchment.gauges):
        nowcasts = _gauge(parts, gauge.id).nowcasts
        if nowcasts:
            said, age = nowcast.newest(nowcasts, slot, PATH_STEPS - 1)
            weight = nowcast.weights(_skill(learnt), age, PATH_STEPS - 1, policy.nowcast)
            coming[n] = np.where(np.isnan(said), coming[n], coming[n] + weight * (said - coming[n]))
    return coming


def learn(parts: Mapping[str, Part], catchment: CatchmentPart, view: RainView, policy: Policy) -> RainPart | None:
    """What a slot taught of gauges, of how rain goes on and of nowcasts; None when nothing, as while it is dry."""
    known, learnt = parts.get(RAIN), _learnt(parts)
    persisting = persistence.learnt(learnt.persistence, view.windows, policy.persistence)
    said = np.array([nowcast.said_of(_gauge(parts, gauge.id).nowcasts, view.slot) for gauge in catchment.gauges])
    fallen = view.told[:, -1]
    silent = not (np.nansum(fallen) > 0 or np.nansum(said) > 0)
    if learnt.slot >= view.slot or (silent and persisting is learnt.persistence):
        return None if known else RainPart(first_slot=view.slot)
    skill = learnt.skill
    if not np.isnan(said).all():
        foreseen = persistence.foreseen(learnt.persistence, view.windows, policy.persistence)
        after = nowcast.learnt(_skill(learnt), said, foreseen, fallen, policy.nowcast)
        skill = tuple((gained, spread) for gained, spread in after.tolist())
    own, others = _agreement(learnt, catchment)
    sums = zip(*(mm.tolist() for mm in gauges.compared(own, others, view.trust, fallen, policy.gauges)), strict=True)
    return RainPart(
        agreement={gauge.id: pair for gauge, pair in zip(catchment.gauges, sums, strict=True)},
        skill=skill,
        persistence=persisting,
        first_slot=learnt.first_slot or view.slot,
        slot=view.slot,
    )


def evidence(view: RainView, gauge: str) -> Rain:
    """The rain window that supports a signal."""
    own = view.windows[view.row[gauge], -_SHOWN:].tolist()
    first = view.slot - _SHOWN + 1
    return Rain(
        slots=tuple((slot_end(first + n), mm) for n, mm in enumerate(own)),
        own_mm_30min=half_hour_mm(view, gauge),
        mean_mm_30min=float(view.windows[:, -_HALF_HOUR:].sum(1).mean()),
    )


def half_hour_mm(view: RainView, gauge: str) -> float:
    """Rain of one gauge in the last 30 minutes."""
    return float(view.windows[view.row[gauge], -_HALF_HOUR:].sum())
