"""How the forecasts did, for everybody to see."""

from enum import StrEnum
from itertools import pairwise

from fastapi import APIRouter
from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Role, Rule
from talaia.waste.api.signals import Word
from talaia.waste.view.probabilities import reliable
from talaia.waste.view.reliability import EDGES, Reliability
from talaia.waste.view.scoreboard import HORIZON_MIN, LATELY, LEADS_MIN, Tally, advisory, newest, tallies
from talaia.web.access import GuardedRoute, require
from talaia.web.problem import declared
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", dependencies=[require(Role.VIEWER)], route_class=GuardedRoute, responses=declared(503))


class Period(StrEnum):
    """Of which time probabilities are judged; `ever` is since the view was made, with what the topics then held."""

    LAST_30_DAYS = "last_30_days"
    EVER = "ever"


class TallyAnswer(BaseModel):
    """Forecasts that were judged. A share is null while there is nothing to take it of."""

    hits: int
    misses: int
    false_alarms: int
    recall: float | None = Field(description="hits of all overflows (probability of detection)")
    false_alarm_ratio: float | None = Field(description="false alarms of all forecasts")
    critical_success_index: float | None = Field(description="hits of hits, misses and false alarms (CSI, threat score)")
    leads: dict[str, int] = Field(description="hits by minutes from the forecast to the overflow: from 0, 5, 10, 15, 30, 60")


class ScoreAnswer(BaseModel):
    """One rule at one site."""

    site: str
    rule: Rule
    horizon_min: int = Field(description="how far the rule looks")
    advisory: bool = Field(description="too many of its last forecasts here were false: it advises at low priority")
    ever: TallyAnswer
    last_30_days: TallyAnswer


class BinAnswer(BaseModel):
    """Forecasts of like probability: from, to; what they said on average; how many came true."""

    start: float
    end: float
    forecasts: int
    mean_probability: float | None
    came_true: int


class ReliabilityAnswer(BaseModel):
    """Whether probabilities of at least 2 % meant what they said, in the period asked for."""

    period: Period
    bins: list[BinAnswer]
    brier_score: float | None = Field(description="mean squared error: 0 is perfect")
    brier_skill: float | None = Field(
        description="against always saying how often it came true: 1 is perfect, 0 no better; null where all or none came true"
    )


class ScoreboardAnswer(BaseModel):
    """Every rule at every site asked for where something was foreseen or missed, and each rule over these sites."""

    all_sites: dict[Rule, TallyAnswer]
    reliability: ReliabilityAnswer
    items: list[ScoreAnswer]


@router.get("/scoreboard", tags=["forecasts"])
def scoreboard(view: Reading, site: Word | None = None, period: Period = Period.LAST_30_DAYS) -> ScoreboardAnswer:
    """What became of the forecasts: those that came true, those that were false, and overflows that nobody foresaw.

    Of one site where asked for. The period is that of the probabilities; verdicts are counted for both.
    """
    ever, now = tallies(view, site=site), newest(view)
    lately = {} if now is None else tallies(view, now - LATELY, site)
    advises = advisory(view)
    since = None if now is None or period is Period.EVER else now - LATELY
    judged = Reliability((), None) if now is None else reliable(view, since, now, site)
    return ScoreboardAnswer(
        reliability=_reliability(judged, period),
        all_sites={rule: _answer(_sum([tally for (_, of), tally in ever.items() if of is rule])) for rule in Rule},
        items=[
            ScoreAnswer(
                site=of,
                rule=rule,
                horizon_min=HORIZON_MIN[rule],
                advisory=(of, rule) in advises,
                ever=_answer(tally),
                last_30_days=_answer(lately.get((of, rule), Tally())),
            )
            for (of, rule), tally in sorted(ever.items())
        ],
    )


def _reliability(found: Reliability, period: Period) -> ReliabilityAnswer:
    return ReliabilityAnswer(
        period=period,
        bins=[
            BinAnswer(
                start=start,
                end=end,
                forecasts=each.forecasts,
                mean_probability=round(each.mean_probability, 4) if each.forecasts else None,
                came_true=each.came_true,
            )
            for (start, end), each in zip(pairwise(EDGES), found.bins, strict=False)
        ],
        brier_score=None if found.brier is None else round(found.brier, 4),
        brier_skill=None if found.skill is None else round(found.skill, 4),
    )


def _sum(tallied: list[Tally]) -> Tally:
    return Tally(
        sum(each.hits for each in tallied),
        sum(each.misses for each in tallied),
        sum(each.false_alarms for each in tallied),
        tuple(sum(each.leads[n] for each in tallied) for n in range(len(LEADS_MIN))),
    )


def _answer(tally: Tally) -> TallyAnswer:
    hits, misses, false = tally.hits, tally.misses, tally.false_alarms
    return TallyAnswer(
        hits=hits,
        misses=misses,
        false_alarms=false,
        recall=_share(hits, hits + misses),
        false_alarm_ratio=_share(false, hits + false),
        critical_success_index=_share(hits, hits + misses + false),
        leads={str(start): count for start, count in zip(LEADS_MIN, tally.leads, strict=True)},
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
