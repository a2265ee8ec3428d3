"""How far rain gauges and nowcasts of rain are to be trusted."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, kw_only=True)
class GaugePolicy:
    """Which rain gauge is to be trusted.

    blocked_share, sound_share: of its neighbours' rain; one that measured less than the first has no weight, one that
    measured more than the second its full weight. doubt_mm: so much rain says little. memory_slots: rain counts half
    after so many slots with rain. silent: when no gauge has told anything for so long, the rain feed is lost.
    A gauge under-reads that on under_days of its last wet_days, on which its neighbours had wet_day_mm or more, measured
    less than under_share of that, as long as it does so on under_days_held of them. Storms that fall beside a gauge make three
    such days in five now and then, four never in 14 months of rain at four gauges.
    """

    blocked_share: float = 0.15
    sound_share: float = 0.5
    doubt_mm: float = 1.0
    memory_slots: int = 72
    silent: timedelta = timedelta(hours=1)
    wet_day_mm: float = 1.0
    wet_days: int = 5
    under_share: float = 0.5
    under_days: int = 4
    under_days_held: int = 3


@dataclass(frozen=True, kw_only=True)
class NowcastPolicy:
    """How far a nowcast is to be trusted.

    fair: its weight before anything is known of it, which so many square millimetres (doubt_mm2) of evidence halve.
    memory_slots: evidence counts half after so many slots with rain.
    """

    fair: float = 0.5
    doubt_mm2: float = 1.0
    memory_slots: int = 144


@dataclass(frozen=True, kw_only=True)
class PersistencePolicy:
    """How rain is believed to go on, and how fast that is learnt.

    half_life_min: the mean of 15 minutes halves in this time before anything is learnt; doubt: sum of weighted squares of
    rain that this is worth. usual_mm, heavy: a slot counts by the inverse of its rain and usual_mm together to this power.
    memory_slots: evidence counts half after so many slots with rain.
    """

    half_life_min: float = 20.0
    doubt: float = 5.0
    usual_mm: float = 0.15
    heavy: float = 1.0
    memory_slots: int = 576
