"""Rain of a catchment as the forecast sees it: what fell in lag bins before each step of the path.

Rain to come goes on as `persistence` learnt, blended with a nowcast where there is one. Sums over bins are differences of
one cumulative sum, taken once for all gauges and sites of a slot.
"""

import math
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from talaia.waste.decide import gauges, mixtures, nowcast, persistence
from talaia.waste.decide.slots import SLOT, slot_end
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
_AHEAD = tuple((n + 1) * SLOT for n in range(PATH_STEPS))
_NOTHING = _UNKNOWN * HISTORY
_NONE = _MM.pack(0.0)
_NO_RAIN = _NONE * _KEPT


class RainView(NamedTuple):
    """Rain up to one slot, as far as its gauges are to be trusted.

    windows: millimetres by slot, a row a gauge, then a row a mixture of gauges; mean_window: of all gauges, as they are
    trusted; bins, mean: along the path, by row, and of that mean; half_hours: of the last 30 minutes, by row. row: which row
    a gauge or a mixture is; gauges: so many come first. end: of the slot; times: the ends of the path's steps. dry: nothing
    fell, and no nowcast stands. lost: no gauge told anything for an hour.
    """

    slot: int
    row: Mapping[str, int]
    gauges: int
    windows: Array
    mean_window: Array
    bins: Array
    mean: Array
    half_hours: tuple[float, ...]
    end: datetime
    times: tuple[datetime, ...]
    dry: bool
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


def _history(part: GaugePart, slot: int) -> bytes:
    """What a gauge told of the HISTORY slots up to one, as it keeps them."""
    late = slot - part.slot
    rain = part.rain + _UNKNOWN * min(late, HISTORY) if late >= 0 else part.rain[: 8 * late]
    return (_NOTHING + rain)[-8 * HISTORY :]


def _told(known: Sequence[GaugePart], slot: int) -> Array:
    """What gauges told of the slots up to one, NaN where nothing. One that tells seldom leaves no gap between its words."""
    told = np.frombuffer(b"".join([_history(part, slot) for part in known]), "<f8").reshape(-1, HISTORY)
    if not np.isnan(told).any():
        return told
    filled = told.copy()
    for rain, part in zip(filled, known, strict=True):
        words = np.flatnonzero(~np.isnan(np.frombuffer(part.rain, "<f8")))
        every = (words[-1] - words[0]) / (len(words) - 1) if len(words) > 1 else 1.0
        if every > _SELDOM:
            until = HISTORY - max(slot - part.slot - math.ceil(_PATIENCE * every), 0)
            rain[: max(until, 0)] = np.nan_to_num(rain[: max(until, 0)])
    return filled


def look(parts: Mapping[str, Part], catchment: CatchmentPart, slot: int, policy: Policy) -> RainView:
    """The rain of all gauges up to a slot."""
    known = [_gauge(parts, gauge.id) for gauge in catchment.gauges]
    mixed = mixtures.known(parts)
    row = {name: n for n, name in enumerate((*[part.gauge for part in known], *mixed))}
    end = slot_end(slot)
    times = tuple([end + ahead for ahead in _AHEAD])
    if _is_dry(known, slot):
        return RainView(slot, row, len(known), *_drought(len(row)), end, times, True, False)
    told = _told(known, slot)
    learnt = _learnt(parts)
    trust = _trust(learnt, catchment, told, policy)
    windows, mean = gauges.filled(told, trust)
    coming = _coming(known, windows, learnt, slot, policy)
    mean_coming = trust @ coming / trust.sum() if trust.any() else coming.mean(0)
    if mixed:
        shares = mixtures.shares(mixed, catchment.gauges)
        windows, coming = np.vstack((windows, shares @ windows)), np.vstack((coming, shares @ coming))
    sums = np.zeros((len(row) + 1, 1 + HISTORY + PATH_STEPS - 1))
    sums[:-1, 1 : HISTORY + 1], sums[-1, 1 : HISTORY + 1] = windows, mean
    sums[:-1, HISTORY + 1 :], sums[-1, HISTORY + 1 :] = coming, mean_coming
    np.cumsum(sums, axis=1, out=sums)
    bins = sums[:, _NEAR] - sums[:, _FAR]
    half_hours = tuple(windows[:, -_HALF_HOUR:].sum(1).tolist())
    lost = not _heard(told).any()
    return RainView(slot, row, len(known), windows, mean, bins[:-1], bins[-1], half_hours, end, times, False, lost)


def _is_dry(known: Sequence[GaugePart], slot: int) -> bool:
    """Whether gauges know of no rain and no nowcast, and one at least told so within the hour: of its last slot it did."""
    heard = False
    for part in known:
        rain = part.rain
        stands = part.nowcasts and part.nowcasts[-1][0] >= slot - nowcast.LEADS
        if stands or rain.replace(_UNKNOWN, _NONE) != _NO_RAIN[: len(rain)]:
            return False
        heard = heard or slot - _HOUR < part.slot <= slot
    return heard


@lru_cache
def _drought(rows: int) -> tuple[Array, Array, Array, Array, tuple[float, ...]]:
    """Windows, their mean, bins, their mean and half hours without rain."""
    nothing = np.zeros((rows + 1, PATH_STEPS, len(LAG_BINS)))
    windows = np.zeros((rows + 1, HISTORY))
    for each in (nothing, windows):
        each.setflags(write=False)
    return windows[:-1], windows[-1], nothing[:-1], nothing[-1], (0.0,) * rows


def _heard(told: Array) -> NDArray[np.bool_]:
    """Which gauges told anything in the last hour."""
    return np.asarray(~np.isnan(told[:, -_HOUR:]).all(1))


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


def _trust(learnt: RainPart, catchment: CatchmentPart, told: Array, policy: Policy) -> Array:
    """Of each gauge, 0 to 1."""
    own, others = _agreement(learnt, catchment)
    return gauges.trusts(own, others, policy.gauges) * _heard(told)


def _skill(learnt: RainPart) -> Array:
    return np.array(learnt.skill) if learnt.skill else np.zeros((nowcast.LEADS, 2))


def _coming(known: Sequence[GaugePart], windows: Array, learnt: RainPart, slot: int, policy: Policy) -> Array:
    """Rain of the slots to come, a row a gauge: persisting, and as nowcast as far as nowcasts were right."""
    steps = PATH_STEPS - 1
    coming = persistence.coming(learnt.persistence, windows, policy.persistence)[:, :steps]
    for rain, part in zip(coming, known, strict=True):
        if part.nowcasts:
            said, age = nowcast.newest(part.nowcasts, slot, steps)
            weight = nowcast.weights(_skill(learnt), age, steps, policy.nowcast)
            rain[:] = np.where(np.isnan(said), rain, rain + weight * (said - rain))
    return coming


def learn(parts: Mapping[str, Part], catchment: CatchmentPart, view: RainView, policy: Policy) -> RainPart | None:
    """What a slot taught of gauges, of how rain goes on and of nowcasts; None when nothing, as while it is dry."""
    known = parts.get(RAIN)
    if known is not None and view.dry:
        return None
    learnt, among = _learnt(parts), [_gauge(parts, gauge.id) for gauge in catchment.gauges]
    said = np.array([nowcast.said_of(gauge.nowcasts, view.slot) for gauge in among])
    told = _told(among, view.slot)
    heard = np.asarray(~np.isnan(told).all(0))
    persisting = persistence.learnt(learnt.persistence, view.windows[: view.gauges], heard, policy.persistence)
    fallen = told[:, -1]
    silent = not (np.nansum(fallen) > 0 or np.nansum(said) > 0)
    if learnt.slot >= view.slot or (silent and persisting is learnt.persistence):
        return None if known else RainPart(first_slot=view.slot)
    skill = learnt.skill
    if not np.isnan(said).all():
        foreseen = persistence.foreseen(learnt.persistence, view.windows[: view.gauges], policy.persistence)
        after = nowcast.learnt(_skill(learnt), said, foreseen, fallen, policy.nowcast)
        skill = tuple((gained, spread) for gained, spread in after.tolist())
    own, others = _agreement(learnt, catchment)
    trust = _trust(learnt, catchment, told, policy)
    sums = zip(*(mm.tolist() for mm in gauges.compared(own, others, trust, fallen, policy.gauges)), strict=True)
    return RainPart(
        agreement={gauge.id: pair for gauge, pair in zip(catchment.gauges, sums, strict=True)},
        skill=skill,
        persistence=persisting,
        first_slot=learnt.first_slot or view.slot,
        slot=view.slot,
    )


def evidence(view: RainView, own_rain: str) -> Rain:
    """The rain window that supports a signal of a site; own_rain: the name of its rain."""
    own = view.windows[view.row[own_rain], -_SHOWN:].tolist()
    first = view.slot - _SHOWN + 1
    return Rain(
        slots=tuple((slot_end(first + n), mm) for n, mm in enumerate(own)),
        own_mm_30min=view.half_hours[view.row[own_rain]],
        mean_mm_30min=float(view.windows[: view.gauges, -_HALF_HOUR:].sum(1).mean()),
    )
