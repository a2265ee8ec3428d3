"""How the forecasts did: verdicts counted by site and rule, hits by how long before they came."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, case, col, func, select, tuple_

from talaia.contracts.catalogue import FORECASTS
from talaia.contracts.vocabulary import Rule, SignalState, Verdict
from talaia.stream.views.tables import ViewPlace
from talaia.waste.view.score_tables import ScoreRow
from talaia.waste.view.tables import SignalRow

LEADS_MIN = (0, 5, 10, 15, 30, 60)
"""Lead times are counted from each of these minutes to the next; the last has no end."""

HORIZON_MIN: Mapping[Rule, int] = {Rule.WARNING: 30, Rule.WATCH: 60}
"""How far each rule looks."""
LATELY = timedelta(days=30)
FORECAST_ADVISORY = "waste.forecast_advisory"


class Tally(NamedTuple):
    """Verdicts of one rule at one site. leads: hits by the index of their lead time in LEADS_MIN."""

    hits: int = 0
    misses: int = 0
    false_alarms: int = 0
    leads: tuple[int, ...] = (0,) * len(LEADS_MIN)


def tallies(session: Session, since: datetime | None = None, site: str | None = None) -> Mapping[tuple[str, Rule], Tally]:
    """By site and rule, of verdicts that were known at or after a moment; of one site or all."""
    lead: Any = case(*((col(ScoreRow.lead_min) >= LEADS_MIN[n], n) for n in reversed(range(len(LEADS_MIN)))), else_=-1)
    groups: Any = (col(ScoreRow.site), col(ScoreRow.rule), col(ScoreRow.verdict), lead)
    query = select(*groups, func.count()).group_by(*groups)  # type: ignore[call-overload]  # sqlmodel knows four columns
    if since is not None:
        query = query.where(col(ScoreRow.at) >= since)
    if site is not None:
        query = query.where(col(ScoreRow.site) == site)
    found: dict[tuple[str, Rule], list[tuple[Verdict, int, int]]] = {}
    for of, rule, verdict, step, count in session.execute(query):
        found.setdefault((of, Rule(rule)), []).append((Verdict(verdict), step, count))
    return {of: _tally(counts) for of, counts in found.items()}


def verdicts(session: Session) -> Mapping[tuple[Rule, Verdict], int]:
    """All verdicts, of all sites together."""
    query = select(ScoreRow.rule, ScoreRow.verdict, func.count()).group_by(col(ScoreRow.rule), col(ScoreRow.verdict))
    return {(Rule(rule), Verdict(verdict)): count for rule, verdict, count in session.exec(query)}


def leads(session: Session) -> Mapping[Rule, list[float]]:
    """Lead times of all hits, minutes."""
    found: dict[Rule, list[float]] = {}
    for rule, lead_min in session.exec(select(ScoreRow.rule, ScoreRow.lead_min)):
        if lead_min is not None:
            found.setdefault(Rule(rule), []).append(lead_min)
    return found


def advisory(session: Session) -> set[tuple[str, Rule]]:
    """Sites and rules that advise there and do not alarm, by the last word on each: its subject is `site/rule`."""
    of_kind = SignalRow.kind == FORECAST_ADVISORY
    last = select(SignalRow.condition, func.max(SignalRow.at)).where(of_kind).group_by(col(SignalRow.condition))
    stand = select(SignalRow.site, SignalRow.subject).where(
        tuple_(col(SignalRow.condition), col(SignalRow.at)).in_(last), SignalRow.state != SignalState.ENDED.value
    )
    return {(site, Rule(subject.rpartition("/")[2])) for site, subject in session.exec(stand.distinct())}


def advisory_sites(session: Session) -> Mapping[Rule, int]:
    """At how many sites each rule advises."""
    return Counter(rule for _, rule in advisory(session))


def newest(session: Session) -> datetime | None:
    """How far time has passed, by the newest forecast of all."""
    return session.exec(select(func.max(ViewPlace.clock)).where(ViewPlace.topic == FORECASTS.name)).one()


def _tally(counts: Iterable[tuple[Verdict, int, int]]) -> Tally:
    by_verdict = dict.fromkeys(Verdict, 0)
    leads = [0] * len(LEADS_MIN)
    for verdict, step, count in counts:
        by_verdict[verdict] += count
        if step >= 0:
            leads[step] += count
    return Tally(by_verdict[Verdict.HIT], by_verdict[Verdict.MISS], by_verdict[Verdict.FALSE_ALARM], tuple(leads))
