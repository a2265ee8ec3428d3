"""Whether the probabilities of the view came true: of those that are kept one by one, and of all before them by their sums."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, bindparam
from sqlmodel import Session, col, select

from talaia.contracts.vocabulary import SignalState
from talaia.waste.view.reliability import HORIZON, LEAST, Reliability, Said, Sums, judged, summed
from talaia.waste.view.score_tables import IssuedRow, JudgedRow
from talaia.waste.view.tables import SignalRow

OVERFLOW_STARTED = "waste.overflow_started"
_LEAST: BindParameter[float] = bindparam("least", LEAST, literal_execute=True)
"""Written out in the query, or SQLite does not see that the index of likely forecasts holds all that is asked for."""


def reliable(session: Session, since: datetime | None, until: datetime, site: str | None = None) -> Reliability:
    """Of the probabilities said at or after a moment, or ever, by the overflows that started until now; of one site or all."""
    issued: list[Any] = []
    began: list[Any] = []
    if since is not None:
        issued.append(col(IssuedRow.issued_at) >= since)
        began.append(col(SignalRow.at) >= since)
    if site is not None:
        issued.append(col(IssuedRow.site) == site)
        began.append(col(SignalRow.site) == site)
    found = judged(_said(session, *issued), _starts(session, *began), until)
    sums = [(place, each) for (_, place), each in found.items()]
    return summed(sums + (_before(session, site) if since is None else []))


def settle(session: Session, before: datetime) -> None:
    """Add up the probabilities that were said before a moment, for they will be forgotten.

    To be called before others are written: one that comes when it is that old already is not counted, for its overflow may
    be forgotten, and it may have been counted before.
    """
    old = col(IssuedRow.issued_at) < before
    said = _said(session, old)
    if not said:
        return
    starts = _starts(session, col(SignalRow.at) >= said[0].at, col(SignalRow.at) < before + HORIZON)
    for (site, place), more in judged(said, starts, before + HORIZON).items():
        row = session.get(JudgedRow, (site, place))
        sums = Sums() if row is None else _sums(row)
        session.merge(JudgedRow(site=site, bin=place, **sums.plus(more)._asdict()))
    session.flush()


def _said(session: Session, *which: Any) -> Sequence[Said]:
    issued = select(IssuedRow.site, IssuedRow.issued_at, IssuedRow.probability).where(col(IssuedRow.probability) >= _LEAST)
    rows = session.exec(issued.where(*which).order_by(col(IssuedRow.issued_at), col(IssuedRow.site)))
    return [Said(site, at, probability) for site, at, probability in rows if probability is not None]


def _starts(session: Session, *which: Any) -> Mapping[str, Sequence[datetime]]:
    began = select(SignalRow.site, SignalRow.at).where(
        SignalRow.kind == OVERFLOW_STARTED, SignalRow.state == SignalState.BEGAN.value, *which
    )
    starts: dict[str, list[datetime]] = {}
    for site, at in session.exec(began.order_by(col(SignalRow.at))):
        starts.setdefault(site, []).append(at)
    return starts


def _before(session: Session, site: str | None) -> list[tuple[int, Sums]]:
    rows = select(JudgedRow).order_by(col(JudgedRow.site), col(JudgedRow.bin))
    if site is not None:
        rows = rows.where(col(JudgedRow.site) == site)
    return [(row.bin, _sums(row)) for row in session.exec(rows)]


def _sums(row: JudgedRow) -> Sums:
    return Sums(row.forecasts, row.probabilities, row.came_true, row.squares)
