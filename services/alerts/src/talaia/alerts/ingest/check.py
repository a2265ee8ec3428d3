"""What is wrong in a city's register, before anything of it is used."""

from datetime import UTC, datetime
from pathlib import Path

from talaia.alerts.ingest.rationalisation import MARKS, priorities, split
from talaia.alerts.ingest.register import read_register, registered

CITIES = Path("infra/cities")


def summary(folder: Path) -> str:
    """What a register has, in two lines. folder: a path, or a name in infra/cities. Raises ValueError with all mistakes."""
    place = next((each for each in (folder, CITIES / folder) if each.is_dir()), None)
    if place is None:
        raise ValueError(f"there is no city {folder}: give the path of its folder")
    file = read_register(place)
    register = registered(file, area=file.area or place.name, decided_by="nobody", now=datetime.fromtimestamp(0, UTC))
    shares = split(priorities(register))
    counts = ((len(register.kinds), "kind"), (len(register.masks), "mask"), (len(register.places), "place"))
    had = ", ".join(f"{count} {thing}{'s' * (count != 1)}" for count, thing in counts)
    marks = ", ".join(f"{share:.0%} {name} (mark {MARKS[name]:.0%})" for name, share in shares.items())
    return f"{had}: all right\n{marks}"
