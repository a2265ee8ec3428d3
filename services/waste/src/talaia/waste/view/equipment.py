"""The pumps of sites, as the view holds them."""

from collections.abc import Sequence

from sqlmodel import Session, and_, col, select

from talaia.waste.view.tables import EquipmentRow, SiteRow

_OF_SITE = and_(col(EquipmentRow.site) == SiteRow.site, col(EquipmentRow.catchment) == SiteRow.catchment)


def equipment(session: Session, after: tuple[str] | None, limit: int) -> Sequence[EquipmentRow]:
    """Pumps of the sites that are configured, by site, after one."""
    query = select(EquipmentRow).join(SiteRow, _OF_SITE).order_by(col(EquipmentRow.site)).limit(limit)
    if after is not None:
        query = query.where(col(EquipmentRow.site) > after[0])
    return session.exec(query).all()
