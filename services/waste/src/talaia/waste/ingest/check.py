"""What is wrong in a city's folder, before anything of it is used."""

from pathlib import Path

from talaia.waste.ingest.city import read_city
from talaia.waste.ingest.doors_file import DOORS_FILE, read_doors

CITIES = Path("infra/cities")


def summary(folder: Path) -> str:
    """What a city has, in one line. folder: a path, or the name of one in infra/cities. Raises ValueError with all mistakes."""
    place = next((each for each in (folder, CITIES / folder) if each.is_dir()), None)
    if place is None:
        raise ValueError(f"there is no city {folder}: give the path of its folder")
    wrong = []
    try:
        city = read_city(place)
    except ValueError as mistakes:
        wrong.append(str(mistakes))
    if (place / DOORS_FILE).exists():
        try:
            read_doors(place)
        except ValueError as mistakes:
            wrong.append(str(mistakes))
    if wrong:
        raise ValueError("\n".join(wrong))
    sites = [site for catchment in city.catchments for site in catchment.sites]
    sensors = sum(len(site.sensors) for site in sites)
    counts = ((len(city.catchments), "catchment"), (len(sites), "site"), (sensors, "sensor"))
    return ", ".join(f"{count} {thing}{'s' * (count != 1)}" for count, thing in counts) + ": all right"
