"""The topics of waste water."""

from datetime import timedelta

from talaia.contracts import equipment, scores, spills, waste
from talaia.contracts.catalogue.topic import Changelog, Cleanup, Topic
from talaia.contracts.vocabulary import Access

MEASUREMENTS = Topic(
    name="waste.measurements.v1",
    purpose="A sensor measured; rain nowcasts; the configuration of the catchment",
    owner="waste",
    key="catchment",
    events=(waste.Measured, waste.Nowcasted, waste.Configured, waste.MeasurementsTick),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("waste api", "waste ingest", "waste-worker", "cli"),
    read_by=("waste-worker", "waste api"),
)
READINGS = Topic(
    name="waste.readings.v1",
    purpose="A measurement after quality control: unit, QARTOD flag, reason",
    owner="waste",
    key="site",
    events=(waste.Read,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=30),
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
FORECASTS = Topic(
    name="waste.forecasts.v1",
    purpose="Level path of a site and its time to overflow, as it stands",
    owner="waste",
    key="site",
    events=(waste.Forecasted,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
SCORES = Topic(
    name="waste.scores.v1",
    purpose="What became of a forecast: it came true, was a false alarm, or was missing",
    owner="waste",
    key="site",
    events=(scores.Scored,),
    cleanup=Cleanup.DELETE,
    retention=timedelta(days=3_660),
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
EQUIPMENT = Topic(
    name="waste.equipment.v1",
    purpose="In what state the pumps of a site are: what stands of them, their flow, hours and starts",
    owner="waste",
    key="site",
    events=(equipment.Assessed,),
    cleanup=Cleanup.COMPACT,
    retention=None,
    access=Access.OPERATIONAL,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)
SPILLS = Topic(
    name="waste.spills.v1",
    purpose="A spill: start, end, volume, dry weather, 12/24 count; how long a site was watched",
    owner="waste",
    key="site",
    events=(spills.SpillRecorded, spills.MonthWatched),
    cleanup=Cleanup.DELETE,
    retention=None,
    access=Access.PUBLIC,
    personal_data="none",
    written_by=("waste-worker",),
    read_by=("waste api",),
)

TOPICS = (MEASUREMENTS, READINGS, FORECASTS, SCORES, EQUIPMENT, SPILLS)
CHANGELOG = Changelog(worker="waste-worker", inputs=(MEASUREMENTS,))
