"""What a regulator is sent: the list of spills, and the annual return, as lines of CSV."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Self

from talaia.waste.view.spills import Months
from talaia.waste.view.tables import SiteRow, SpillRow
from talaia.web.csv_lines import csv_line

YearSaid = Mapping[str, Any]
"""Of a spill in one year, as `talaia.contracts.spills.YearCount`."""
EVENT_FIELDS = (
    *("spill_id", "site", "name", "receiving_water", "bathing_site", "start", "end", "duration_s"),
    *("volume_m3", "volume_uncertainty_m3", "volume_method", "dry_weather", "provisional", "gaps", "counted"),
    *("volume_since", "end_unknown"),
)
RETURN_FIELDS = (
    *("site", "name", "receiving_water", "bathing_site", "permit", "year", "counted_spills", "total_duration"),
    *("percent_of_time_sensor_operational", "months_over", "spilling_now"),
)


class Spilt(NamedTuple):
    """How a site spilt in a year. counted: 12/24; lasts: one has no end; waters: as its newest spill says."""

    counted: int = 0
    duration_s: float = 0.0
    lasts: bool = False
    receiving_water: str = ""
    bathing_site: str = ""

    def and_by(self, spill: SpillRow, said: YearSaid) -> Self:
        """With one spill more."""
        return self._replace(
            counted=max(self.counted, said["counted"]),
            duration_s=self.duration_s + said["duration_s"],
            lasts=self.lasts or spill.lasts,
        )


def event_list(spills: Iterable[SpillRow], sites: Mapping[str, SiteRow]) -> Iterator[str]:
    """A line a spill; gaps: how many; counted: the 12/24 count of the year in which it started, up to it."""
    yield csv_line(EVENT_FIELDS)
    for spill in spills:
        site = sites.get(spill.site)
        yield csv_line(
            (
                *(spill.spill_id, spill.site, "" if site is None else site.name, spill.receiving_water, spill.bathing_site),
                *(_moment(spill.start), _moment(spill.end), f"{spill.duration_s:.0f}"),
                *(_amount(spill.volume_m3), _amount(spill.volume_uncertainty_m3), spill.volume_method),
                *(_yes(spill.dry_weather), _yes(spill.provisional), len(spill.gaps), _counted(spill.counted)),
                *(_moment(spill.volume_since), spill.end_unknown),
            )
        )


def annual_return(
    year: int, sites: Mapping[str, SiteRow], spills: Iterable[SpillRow], months: Mapping[str, Months]
) -> Iterator[str]:
    """A line a site; the share of time is of the months that are over, and empty when none is.

    A site that was taken out has a line too where it spilt or was watched in the year, without what only its configuration
    tells.
    """
    spilt: dict[str, Spilt] = {}
    for spill in spills:
        for each in spill.counted:
            if each["year"] == year:
                before = spilt.get(spill.site, Spilt(receiving_water=spill.receiving_water, bathing_site=spill.bathing_site))
                spilt[spill.site] = before.and_by(spill, each)
    yield csv_line(RETURN_FIELDS)
    for name in (*sites, *sorted((spilt.keys() | months.keys()) - sites.keys())):
        site, of_site, watched = sites.get(name), spilt.get(name, Spilt()), months.get(name, Months())
        waters = of_site if site is None else site
        yield csv_line(
            (
                *(name, "" if site is None else site.name, waters.receiving_water, waters.bathing_site),
                *("" if site is None else site.permit, year, of_site.counted, _hms(of_site.duration_s)),
                "" if watched.whole_s <= 0 else f"{100 * watched.known_s / watched.whole_s:.1f}",
                *(watched.over, _yes(site is not None and of_site.lasts)),
            )
        )


def _counted(years: Sequence[YearSaid]) -> int | str:
    return years[0]["counted"] if years else ""


def _hms(seconds: float) -> str:
    minutes, whole_s = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{whole_s:02d}"


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _yes(value: bool | None) -> str:
    return "" if value is None else "yes" if value else "no"
