"""What the operator page shows, put together from the view."""

from dataclasses import dataclass
from datetime import datetime, tzinfo
from functools import partial
from uuid import uuid4

from sqlmodel import Session

from talaia.alerts.api import words
from talaia.alerts.api.answers import AlarmAnswer, AlarmItem
from talaia.alerts.api.chart import Chart, chart
from talaia.alerts.api.desk import Desk, Heard
from talaia.alerts.view import queries
from talaia.alerts.view.importance import ASIDE, NEEDS_A_HAND, OPEN, ShownState
from talaia.alerts.view.queries import Wanted
from talaia.contracts.vocabulary import Clock, Priority, Role
from talaia.web.principal import Principal, Scope

ROWS = 200
HISTORY = 40
BEHIND_S = 10.0
LISTS: dict[str, tuple[ShownState, ...]] = {"open": OPEN, "aside": ASIDE, "all": ()}
"""What each list of the page holds; nothing named: everything."""
NUMBERS = {Priority.CRITICAL: 1, Priority.HIGH: 2, Priority.MEDIUM: 3, Priority.LOW: 4}


@dataclass(frozen=True)
class Tally:
    """Open alarms of one priority, and how many of them need a hand."""

    priority: str
    number: int
    new: int
    open: int


@dataclass(frozen=True)
class Row:
    """An alarm in the list."""

    alarm: AlarmItem
    number: int
    filling: str
    state: str

    @property
    def stale(self) -> bool:
        """Nobody knows whether it still is so."""
        return self.alarm.freshness == "stale"

    @property
    def share(self) -> float | None:
        """Of the limit, up to 1.05: what its bar shows."""
        figure = self.alarm.figure
        return None if figure is None or not figure.limit else min(max(figure.value / figure.limit, 0.0), 1.05)


@dataclass(frozen=True, kw_only=True)
class Board:
    """All of the page at one moment. behind: why the view is; judging_s: for how long signals have waited for the worker,
    None when that is not known; zone: in which times are said.
    """

    now: datetime
    zone: tzinfo
    as_of: datetime | None
    lag_s: float
    behind: str
    judging_s: float | None
    replay: bool
    may_act: bool
    listed: str
    aside: int
    tallies: list[Tally]
    stale: int
    rows: list[Row]
    urgent: Row | None
    more: int
    chosen: Row | None
    alarm: AlarmAnswer | None
    chart: Chart | None
    act_id: str
    feeds: list[Heard]

    @property
    def unjudged(self) -> bool:
        """Signals wait for the worker for longer than they may: new alarms may be missing."""
        return self.judging_s is not None and self.judging_s > BEHIND_S


def board(session: Session, desk: Desk, who: Principal, chosen: str | None, listed: str) -> Board:
    """The page as it is now. chosen: id of the alarm whose detail is shown, else the most important one; listed: of `LISTS`."""
    now, feeds = desk.heard(session)
    states = LISTS[listed]
    rows = [_row(AlarmItem.of(row)) for row in queries.alarms(session, Wanted(state=states), ROWS)]
    counts = queries.counts(session)
    total = sum(count for (_, shown, _), count in counts.items() if shown in states) if states else queries.known_alarms(session)
    detail = _detail(session, chosen or (rows[0].alarm.alarm_id if rows else None))
    age = desk.view.age()
    zone = words.zone_of(queries.zones(session))
    return Board(
        now=now,
        zone=zone,
        as_of=age.as_of,
        lag_s=age.lag_s,
        behind=(age.error or "events are still being taken") if age.lag_s > BEHIND_S else "",
        judging_s=desk.judging.behind_s(),
        replay=desk.clock is Clock.REPLAY,
        may_act=who.may(Role.OPERATOR, Scope.ACT),
        listed=listed,
        aside=sum(count for (_, shown, _), count in counts.items() if shown in ASIDE),
        tallies=_tallies(counts),
        stale=sum(count for (_, shown, stale), count in counts.items() if stale and shown in OPEN),
        rows=rows,
        urgent=_urgent(session),
        more=total - len(rows),
        chosen=None if detail is None else _row(detail),
        alarm=detail,
        chart=None if detail is None or detail.evidence is None else chart(detail.evidence, detail.expected_at, zone),
        act_id=str(uuid4()),
        feeds=feeds,
    )


def sayings(board: Board) -> dict[str, object]:
    """Functions with which the template says times and numbers."""
    return {
        "span": words.span,
        "since": lambda at: words.span((board.now - at).total_seconds()),
        "left": partial(words.left, now=board.now),
        "clock": partial(words.clock, zone=board.zone, now=board.now),
        "local": partial(words.local, zone=board.zone),
        "figure": words.number,
        "spaced": words.spaced,
        "fact": partial(words.fact, zone=board.zone, now=board.now),
        "is_told": words.is_told,
        "happened": words.happened,
    }


def _row(alarm: AlarmItem) -> Row:
    over = alarm.shown in ("RETURNED_UNACKNOWLEDGED", "NORMAL")
    filling = "dashed" if over else "filled" if alarm.shown in NEEDS_A_HAND else "outline"
    return Row(alarm, NUMBERS[Priority(alarm.priority)], filling, words.STATES.get(alarm.shown, words.spaced(alarm.shown)))


def _urgent(session: Session) -> Row | None:
    """The most important alarm that still stands, whichever list is shown."""
    first = [_row(AlarmItem.of(row)) for row in queries.alarms(session, Wanted(state=OPEN), 1)]
    return next((row for row in first if row.filling != "dashed"), None)


def _detail(session: Session, alarm_id: str | None) -> AlarmAnswer | None:
    row = queries.known(session, [alarm_id]).get(alarm_id) if alarm_id else None
    return None if row is None else AlarmAnswer.told(row, list(queries.journal(session, HISTORY, alarm_id=row.alarm_id)))


def _tallies(counts: dict[tuple[str, str, bool], int]) -> list[Tally]:
    def total(priority: str, states: tuple[str, ...]) -> int:
        return sum(count for (of, shown, _), count in counts.items() if of == priority and shown in states)

    return [Tally(priority, place, total(priority, NEEDS_A_HAND), total(priority, OPEN)) for priority, place in NUMBERS.items()]
