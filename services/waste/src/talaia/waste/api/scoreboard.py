"""How the forecasts did, for everybody to see."""

from itertools import pairwise

from fastapi import APIRouter
from pydantic import BaseModel, Field

from talaia.contracts.vocabulary import Role, Rule
from talaia.waste.view.reliability import EDGES, Reliability
from talaia.waste.view.scoreboard import HORIZON_MIN, LATELY, LEADS_MIN, Tally, advisory, newest, reliable, tallies
from talaia.web.access import GuardedRoute, require
from talaia.web.problem import declared
from talaia.web.view_app import Reading

router = APIRouter(prefix="/v1", dependencies=[require(Role.VIEWER)], route_class=GuardedRoute, responses=declared(503))


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
    """Whether probabilities of at least 2 % meant what they said, in the last 30 days."""

    bins: list[BinAnswer]
    brier_score: float | None = Field(description="mean squared error: 0 is perfect")


class ScoreboardAnswer(BaseModel):
    """Every rule at every site where something was foreseen or missed, and each rule over all sites."""

    all_sites: dict[Rule, TallyAnswer]
    reliability: ReliabilityAnswer
    items: list[ScoreAnswer]


@router.get("/scoreboard", tags=["forecasts"])
def scoreboard(view: Reading) -> ScoreboardAnswer:
    """What became of the forecasts: those that came true, those that were false, and overflows that nobody foresaw."""
    ever, now = tallies(view), newest(view)
    lately = {} if now is None else tallies(view, now - LATELY)
    advises = advisory(view)
    return ScoreboardAnswer(
        reliability=_reliability(Reliability((), None) if now is None else reliable(view, now - LATELY, now)),
        all_sites={rule: _answer(_sum([tally for (_, of), tally in ever.items() if of is rule])) for rule in Rule},
        items=[
            ScoreAnswer(
                site=site,
                rule=rule,
                horizon_min=HORIZON_MIN[rule],
                advisory=(site, rule) in advises,
                ever=_answer(tally),
                last_30_days=_answer(lately.get((site, rule), Tally())),
            )
            for (site, rule), tally in sorted(ever.items())
        ],
    )


def _reliability(found: Reliability) -> ReliabilityAnswer:
    return ReliabilityAnswer(
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
