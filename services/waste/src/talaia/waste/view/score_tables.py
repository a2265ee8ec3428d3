"""What the scoreboard counts: forecasts that were issued, what became of them, and probabilities added up."""

from datetime import datetime

from sqlmodel import Field, Index, SQLModel, text

from talaia.stream.views.tables import UtcTime
from talaia.waste.view.reliability import LEAST

_LIKELY = text(f"probability >= {LEAST}")


class IssuedRow(SQLModel, table=True):
    """Every forecast that was issued in the time that is kept, as far as it is counted and scored.

    One in a hundred is likely enough to be scored: these have an index of their own, with all that is asked of them.
    """

    __tablename__ = "waste_forecasts_issued"
    __table_args__ = (
        Index("waste_forecasts_issued_of_site", "site", "issued_at"),
        Index("waste_forecasts_likely", "issued_at", "site", "probability", sqlite_where=_LIKELY, postgresql_where=_LIKELY),
    )

    id: str = Field(primary_key=True)
    site: str
    issued_at: datetime = Field(sa_type=UtcTime, index=True)
    method: str = Field(index=True)
    probability: float | None


class JudgedRow(SQLModel, table=True):
    """Probabilities of one bin at one site that are no longer kept one by one: as in `reliability.Sums`."""

    __tablename__ = "waste_probabilities_judged"

    site: str = Field(primary_key=True)
    bin: int = Field(primary_key=True)
    forecasts: int
    probabilities: float
    came_true: int
    squares: float


class ScoreRow(SQLModel, table=True):
    """What became of one forecast. at: when that was known; lead_min: of a hit."""

    __tablename__ = "waste_scores"
    __table_args__ = (Index("waste_scores_of_site", "site", "rule", "at"),)

    id: str = Field(primary_key=True)
    site: str
    rule: str
    verdict: str
    at: datetime = Field(sa_type=UtcTime)
    foreseen_at: datetime | None = Field(sa_type=UtcTime)
    overflow_at: datetime | None = Field(sa_type=UtcTime)
    lead_min: float | None
