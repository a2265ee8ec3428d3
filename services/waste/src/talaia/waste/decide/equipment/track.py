"""A track: when something was seen on or off, by the time of the samples, in whatever order they came.

Of samples in a row that say the same only the first and the last are kept: a track repeats no heartbeat, and still
knows until when a state was confirmed.
"""

from datetime import datetime, timedelta
from itertools import pairwise

from talaia.waste.model.pumps import Turn

Track = tuple[Turn, ...]


def noted(track: Track, time: datetime, on: bool) -> Track:
    """The track with one more sample; of two at one moment the first counts."""
    if not track or time > track[-1].time:
        known = track[:-1] if len(track) > 1 and track[-2].on == track[-1].on == on else track
        return (*known, Turn(time, on))
    place = len(track)
    while place and track[place - 1].time > time:
        place -= 1
    if place and track[place - 1].time == time:
        return track
    told = (*track[:place], Turn(time, on), *track[place:])
    inner = range(1, len(told) - 1)
    repeated = {at for at in inner if told[at - 1].on == told[at].on == told[at + 1].on}
    return tuple(turn for at, turn in enumerate(told) if at not in repeated)


def is_on(track: Track) -> bool:
    """Whether it was on when last seen."""
    return bool(track) and track[-1].on


def since(track: Track) -> datetime | None:
    """Since when it is as it was last seen; None: never seen."""
    start: datetime | None = None
    for turn in reversed(track):
        if turn.on != track[-1].on:
            break
        start = turn.time
    return start


def was_on(track: Track, start: datetime) -> bool:
    """Whether it was seen on at `start` or after."""
    return any(turn.on and turn.time >= start for turn in track)


def on_at(track: Track, moment: datetime) -> bool | None:
    """What it was at a moment; None: the track does not reach back so far."""
    return next((turn.on for turn in reversed(track) if turn.time <= moment), None)


def switches(track: Track) -> list[datetime]:
    """When it was switched on or off."""
    return [after.time for before, after in pairwise(track) if before.on != after.on]


def starts(track: Track) -> list[datetime]:
    """When it was switched on."""
    return [after.time for before, after in pairwise(track) if after.on and not before.on]


def on_for(track: Track) -> timedelta:
    """How long it was on altogether, from sample to sample."""
    return sum((after.time - before.time for before, after in pairwise(track) if before.on), start=timedelta())
