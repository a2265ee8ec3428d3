"""Questions about silences: those that the worker took, as they stand."""

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import msgspec
from sqlmodel import Session, col, select

from talaia.alerts.view.project import milliseconds
from talaia.alerts.view.tables import AlarmRow, JournalRow, PolicyRow, SilenceRow
from talaia.contracts.silences import Silence

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_REGION = "silence"
_OVER = ("unsilence", "replaced")


class Held(NamedTuple):
    """A silence that the worker took. area: whose alarms it hides; ends_at: its end, or when a person ended it."""

    silence: Silence
    area: str
    updated_at: datetime
    ends_at: datetime

    def state(self, now: datetime) -> str:
        """Pending, active or expired, in the words of Alertmanager."""
        return "expired" if self.ends_at <= now else "pending" if self.silence.starts_at > now else "active"


def silences(session: Session, since: datetime) -> dict[str, Held]:
    """Those whose end lies not before a time, by id, in the order in which they were made."""
    judged = (JournalRow.event, JournalRow.area, JournalRow.at_us)
    statement = (
        select(SilenceRow, *judged)
        .join(JournalRow, col(JournalRow.cause_id) == col(SilenceRow.act_id))
        .where(JournalRow.region == _REGION, col(JournalRow.refused).is_(None), col(SilenceRow.ends_ms) >= milliseconds(since))
        .order_by(col(JournalRow.at_us), col(JournalRow.number))
    )
    found: dict[str, Held] = {}
    for row, event, area, at_us in session.exec(statement):
        at = _EPOCH + timedelta(microseconds=at_us)
        said = msgspec.json.decode(row.document, type=Silence) if row.document else None
        if event == _REGION and said is not None:
            found[row.silence_id] = Held(said, area, at, said.ends_at)
        elif event in _OVER:
            over = row.silence_id if said is None else said.replaces or ""
            if over in found:
                found[over] = found[over]._replace(updated_at=at, ends_at=at)
    return found


def judged(session: Session, act_id: str) -> JournalRow | None:
    """What the worker said of a silence, or of its end; None: nothing yet."""
    entries = select(JournalRow).where(JournalRow.cause_id == act_id, JournalRow.region == _REGION)
    return session.exec(entries.order_by(col(JournalRow.number)).limit(1)).first()


def areas(session: Session) -> list[str]:
    """Areas that have a register; where none has one, those that have alarms."""
    registered = session.exec(select(PolicyRow.area).order_by(col(PolicyRow.area))).all()
    return list(registered or session.exec(select(AlarmRow.area).distinct().order_by(col(AlarmRow.area))).all())
