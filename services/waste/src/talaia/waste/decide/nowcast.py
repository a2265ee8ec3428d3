"""Nowcasts of rain, blended with persisting rain by how good they were here.

Each lead has a weight of its own: the one by which blended rain would have erred least (least squares) over the slots
that are past. It starts from a fair trust and moves with evidence; a nowcast that is getting old fades.
"""

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from talaia.waste.decide.slots import SLOT_MIN, slot_end, slot_of
from talaia.waste.model import acceptance
from talaia.waste.model.events import Nowcast, Refused
from talaia.waste.model.outcomes import Step
from talaia.waste.model.parts import CatchmentPart, GaugePart, Part, gauge_part
from talaia.waste.model.policy import Policy
from talaia.waste.model.rain_policy import NowcastPolicy

Array = NDArray[np.float64]

LEADS = 12
"""Steps ahead that are kept: an hour."""


def take_in(parts: Mapping[str, Part], catchment: CatchmentPart, told: Nowcast, policy: Policy) -> Step:
    """The gauge keeps a nowcast. Raises Refused."""
    refusal = acceptance.refusal(told.issued_at, told.recorded_at, sum(told.mm), told.source + told.id, told.gauge, policy)
    if refusal is not None:
        raise Refused(*refusal)
    name = gauge_part(told.gauge)
    part = parts.get(name)
    if not isinstance(part, GaugePart):
        raise Refused("unknown_gauge", f"catchment {catchment.catchment} has no gauge {told.gauge}: configure it first")
    return Step(changed={name: msgspec.structs.replace(part, nowcasts=kept(part, told))})


def kept(part: GaugePart, told: Nowcast) -> tuple[tuple[int, bytes], ...]:
    """The gauge's nowcasts with this one, by the slot at whose end each was issued: of the last hour, oldest first."""
    issued = slot_of(told.issued_at)
    newest = max([issued, *(slot for slot, _ in part.nowcasts)])
    others = [each for each in part.nowcasts if each[0] != issued]
    told_mm = (issued, by_slot(told).astype("<f8", copy=False).tobytes())
    return tuple(sorted(each for each in (*others, told_mm) if each[0] > newest - LEADS))


def by_slot(told: Nowcast) -> Array:
    """Its rain in the LEADS slots after the one it was issued in, millimetres; what it does not reach is not known."""
    edges_min = np.arange(len(told.mm) + 1) * told.step_min
    until_end_min = (slot_end(slot_of(told.issued_at)) - told.issued_at).total_seconds() / 60
    wanted_min = until_end_min + np.arange(LEADS + 1) * SLOT_MIN
    fallen = np.diff(np.interp(wanted_min, edges_min, np.concatenate(([0.0], np.cumsum(told.mm)))))
    return np.where(wanted_min[1:] <= edges_min[-1] + 1e-6, fallen, np.nan)


def said_of(nowcasts: tuple[tuple[int, bytes], ...], slot: int) -> Array:
    """What was said of a slot 1 to LEADS steps before its end, millimetres; NaN where nothing was."""
    said = np.full(LEADS, np.nan)
    for issued, mm in nowcasts:
        if 0 < slot - issued <= LEADS:
            said[slot - issued - 1] = np.frombuffer(mm, "<f8")[slot - issued - 1]
    return said


def newest(nowcasts: tuple[tuple[int, bytes], ...], slot: int, steps: int) -> tuple[Array, int]:
    """What the last nowcast says of the steps that follow a slot, NaN where it says nothing, and how old it is in slots.

    One that was issued after the slot's end waits for the next.
    """
    coming = np.full(steps, np.nan)
    issued, mm = next((each for each in reversed(nowcasts) if each[0] <= slot), (slot - LEADS, b""))
    if slot - issued >= LEADS:
        return coming, LEADS
    rest = np.frombuffer(mm, "<f8")[slot - issued :][:steps]
    coming[: len(rest)] = rest
    return coming, slot - issued


def learnt(skill: Array, said: Array, persisting: Array, fallen: Array, policy: NowcastPolicy) -> Array:
    """Skill by lead after a slot. said, persisting: rain foreseen, a row a gauge; fallen: by gauge, NaN if not known."""
    differs, wrong = said - persisting, fallen[:, None] - persisting
    known = ~np.isnan(differs) & ~np.isnan(wrong)
    gained = np.where(known, differs * wrong, 0.0).sum(0)
    spread = np.where(known, differs * differs, 0.0).sum(0)
    keep = np.where(spread > 0, 0.5 ** (1 / policy.memory_slots), 1.0)
    return np.asarray(skill * keep[:, None] + np.stack((gained, spread), 1))


def weights(skill: Array, age_slots: int, steps: int, policy: NowcastPolicy) -> Array:
    """Weight of a nowcast so old for the steps to come, 0 to 1."""
    weight = np.zeros(steps)
    gained, spread = skill[age_slots:][:steps].T
    trust = np.clip((gained + policy.fair * policy.doubt_mm2) / (spread + policy.doubt_mm2), 0.0, 1.0)
    weight[: len(trust)] = trust * (1 - age_slots / LEADS)
    return weight
