"""The record of spills, in the words of the bus."""

import msgspec

from talaia.contracts import spills
from talaia.stream.processor import Cause
from talaia.waste.model import outcomes
from talaia.waste.worker.translate.identity import outcome_id, source_of


def recorded(catchment: str, record: outcomes.SpillRecord, cause: Cause) -> spills.SpillRecorded:
    """What is known of a spill, as an event."""
    return spills.SpillRecorded(
        id=outcome_id("spill", f"{catchment}/{record.spill_id}", record.cause),
        source=source_of(catchment),
        subject=record.site.id,
        time=record.end or record.start,
        recordedtime=record.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=spills.Spill(
            spill_id=record.spill_id,
            site=record.site.id,
            catchment=catchment,
            start=record.start,
            end=record.end,
            duration_s=sum(each.duration_s for each in record.counts),
            volume_m3=record.volume_m3,
            volume_uncertainty_m3=record.uncertainty_m3,
            volume_method=record.method,
            dry_weather=record.dry_weather,
            provisional=record.provisional,
            withdrawn=record.withdrawn,
            gaps=[spills.Span(start=start, end=end) for start, end in record.gaps],
            counted=[spills.YearCount(**msgspec.structs.asdict(each)) for each in record.counts],
            receiving_water=record.site.receiving_water,
            bathing_site=record.site.bathing_site,
            end_unknown=record.end_unknown,
            volume_since=record.volume_since,
        ),
    )


def watched(catchment: str, month: outcomes.Watched, cause: Cause) -> spills.MonthWatched:
    """How well a site was watched in a month, as an event."""
    return spills.MonthWatched(
        id=outcome_id("watched", f"{catchment}/{month.site.id}/{month.month}", month.cause),
        source=source_of(catchment),
        subject=month.site.id,
        time=month.end,
        recordedtime=month.said_at,
        sequence=cause.sequence,
        cause=str(cause),
        data=spills.Watch(
            site=month.site.id,
            catchment=catchment,
            month=month.month,
            start=month.start,
            end=month.end,
            known_s=month.known_s,
        ),
    )
