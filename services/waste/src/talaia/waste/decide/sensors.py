"""Conditions of sensors, from what quality control knows of each: silent, flat, spiking, out of range.

A reading begins and ends them, but silence begins when it is looked for and nothing came. A drift begins and ends in
`drifting`; here it is only said again. Whose sensor is silent or has failed, that site is unknown, never normal.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import msgspec

from talaia.contracts.vocabulary import UNIT_OF, Priority, Quantity, SignalState
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.quality.gap import longest_silence
from talaia.waste.decide.quality.known import known_of
from talaia.waste.decide.quality.limits import limits
from talaia.waste.decide.rules import Heard, Round
from talaia.waste.decide.sewer import drift
from talaia.waste.decide.signals import must_renew, tell
from talaia.waste.decide.standing import any_open, who
from talaia.waste.model.conditions import (
    SENSOR_DRIFTING,
    SENSOR_FLAT,
    SENSOR_OUT_OF_RANGE,
    SENSOR_SILENT,
    SENSOR_SPIKING,
    Condition,
    condition_id,
)
from talaia.waste.model.outcomes import NOTHING, Evidence, Observation, Signal, Step
from talaia.waste.model.parts import (
    CatchmentPart,
    GaugePart,
    Keeper,
    Part,
    Sensor,
    SensorPart,
    SitePart,
    gauge_part,
    sensor_part,
    site_part,
)

Owner = GaugePart | SensorPart
"""Parts that own conditions of sensors."""

_KINDS = (SENSOR_SILENT, SENSOR_FLAT, SENSOR_SPIKING, SENSOR_OUT_OF_RANGE, SENSOR_DRIFTING)
_OF_MAINTENANCE = (SENSOR_SPIKING, SENSOR_DRIFTING)
_NO_CONDITIONS: Mapping[str, Condition] = {}
_STANDING_STILL = ("flat", "stuck")


def heard(told: Heard) -> Step:
    """After a reading of a sensor was judged, in time: what of its conditions has changed."""
    part, name, test, policy = told.keeper, told.measured.sensor, told.verdict.test, told.policy.quality
    sensor = part.sensors[name]
    still, beyond = test in _STANDING_STILL, sensor.beyond >= policy.beyond_samples
    spiking = sensor.bad >= policy.spiking_from
    known = told.parts.get(sensor_part(part.site.id, name)) if isinstance(part, SitePart) else part
    if not (still or beyond or spiking or any_open(getattr(known, "conditions", _NO_CONDITIONS))):
        return NOTHING
    place, owner = owner_of(told.parts, part, name)
    rules = (
        (SENSOR_SILENT, False, test == "sensor"),
        (SENSOR_FLAT, still, still),
        (SENSOR_OUT_OF_RANGE, beyond, sensor.beyond > 0),
        (SENSOR_SPIKING, spiking, sensor.bad >= policy.spiking_to),
    )
    telling = Telling(told.parts, told.catchment, part, name, told.at)
    said: list[Signal] = []
    for kind, begins, goes_on in rules:
        is_open = stands_open(owner, kind, name)
        if (begins, goes_on)[is_open] != is_open:
            owner, word = telling.of(owner, kind, SignalState.ENDED if is_open else SignalState.BEGAN)
            said.append(word)
    return Step(changed={place: owner}, outcomes=tuple(said)) if said else NOTHING


def looked_at(told: Round) -> Step:
    """Who has been silent for too long, whose condition is to be said again, whose sensor is gone."""
    changed: dict[str, Part | None] = {}
    said: list[Signal] = []
    now = told.at.now
    for part in told.keepers.values():
        for sensor, state in part.sensors.items():
            if state.silent_from is not None and now > state.silent_from:
                place, owner = owner_of(told.parts, part, sensor)
                if not stands_open(owner, SENSOR_SILENT, sensor):
                    telling = Telling(told.parts, told.catchment, part, sensor, told.at)
                    changed[place], word = telling.of(owner, SENSOR_SILENT, SignalState.BEGAN)
                    said.append(word)
        if isinstance(part, SitePart) and part.site.sensors:
            changed.update(_awaited(told, part))
    for name, part in told.keepers.items():
        stands = changed.get(name, part)
        if isinstance(stands, Owner) and any_open(stands.conditions):
            after, words = _renewed(told, stands)
            said += words
            if words:
                changed[name] = after
    said.sort(key=lambda each: (each.subject.id, each.kind))  # parts come in any order after a restart
    return Step(changed=changed, outcomes=tuple(said))


def _renewed(told: Round, owner: Owner) -> tuple[Owner | None, list[Signal]]:
    """The conditions of a part that are to be said again; all are over when the sensor is gone, and a level's part with it."""
    keeper: Keeper = owner
    if isinstance(owner, SensorPart) and owner.quantity is Quantity.LEVEL:
        site = told.parts[site_part(owner.site)]
        assert isinstance(site, SitePart)
        keeper = site
    said: list[Signal] = []
    gone = False
    for name, condition in sorted(owner.conditions.items()):
        kind, _, subject = name.partition("/")
        sensor = subject.partition("/")[2]
        if kind not in _KINDS or not condition.open:
            continue
        gone = sensor not in keeper.sensors
        if gone or must_renew(condition, told.at.now, told.at.policy.signal):
            telling = Telling(told.parts, told.catchment, keeper, sensor, told.at)
            owner, word = telling.of(owner, kind, SignalState.ENDED if gone else SignalState.CHANGED)
            said.append(word)
    return None if gone and keeper is not owner and isinstance(keeper, SitePart) else owner, said


def _awaited(told: Round, site: SitePart) -> Iterator[tuple[str, Part]]:
    """Sensors of a site that the city configured with an interval and that never said anything: from now on they are due."""
    for spec in site.site.sensors:
        if spec.interval_s is None or spec.id in site.sensors:
            continue
        if spec.quantity is Quantity.LEVEL:
            if len(site.sensors) < told.at.policy.levels_per_site:
                site = msgspec.structs.replace(site, sensors=site.sensors | {spec.id: _due(spec.interval_s, told.at)})
                yield site_part(site.site.id), site
        elif (name := sensor_part(site.site.id, spec.id)) not in told.keepers:
            yield name, SensorPart(site=site.site.id, quantity=spec.quantity, sensors={spec.id: _due(spec.interval_s, told.at)})


def _due(interval_s: float, at: Circumstances) -> Sensor:
    """A sensor of which nothing is known but that it should say something from now on."""
    return Sensor(silent_from=at.now + longest_silence(interval_s, at.policy.quality), interval_s=interval_s)


class Telling(NamedTuple):
    """Of whom something is said: a sensor, by name, and the part that keeps it."""

    parts: Mapping[str, Part]
    catchment: CatchmentPart
    keeper: Keeper
    sensor: str
    at: Circumstances

    def of(self, owner: Owner, kind: str, state: SignalState) -> tuple[Owner, Signal]:
        """Say something of a condition; returns its owner as it is then."""
        name = _id(kind, owner, self.sensor)
        level = isinstance(self.keeper, SitePart)
        condition, word = tell(
            owner.conditions.get(name, Condition()),
            state,
            kind,
            who(self.parts, self.catchment, name.partition("/")[2]),
            self.at,
            priority=Priority.MEDIUM if level and kind not in _OF_MAINTENANCE else Priority.LOW,
            evidence=self._why(kind),
        )
        return msgspec.structs.replace(owner, conditions=owner.conditions | {name: condition}), word

    def _why(self, kind: str) -> Evidence:
        """The sensor's last samples, and what the rule compared."""
        keeper, policy = self.keeper, self.at.policy.quality
        if kind == SENSOR_DRIFTING and isinstance(keeper, SitePart):
            return drift.evidence(keeper.site.id, self.parts, self.at)
        sensor = keeper.sensors.get(self.sensor, Sensor())
        quantity = _quantity(keeper)
        known, unit = known_of(keeper, quantity, self.sensor, self.parts, self.catchment, policy), UNIT_OF[quantity]
        facts: dict[str, float | str] = {"interval_s": sensor.interval_s, "out_of_range_in_a_row": float(sensor.beyond)}
        still_since, quiet = (None, 0.0) if sensor.still is None else (sensor.still.since, sensor.still.quiet)
        for name, time in (("heard_at", sensor.heard), ("silent_from", sensor.silent_from), ("still_since", still_since)):
            facts |= {} if time is None else {name: time.isoformat()}
        if kind == SENSOR_FLAT:
            facts["usually_still_share"] = quiet
            facts |= {} if sensor.still is None else {"still_at_m": sensor.still.value}
            facts |= {} if sensor.last is None else {"last_sample_at": sensor.last.isoformat()}
        if kind == SENSOR_SPIKING:
            facts["bad_share"] = sensor.bad
        levels = keeper.trail if isinstance(keeper, SitePart) else ()
        last = None if levels or sensor.last is None else Observation(self.sensor, sensor.last, sensor.value, unit)
        return Evidence(
            rule=kind,
            rule_version=self.at.policy.signal.rule_version,
            configuration=self.at.configuration,
            levels=levels,
            observations=() if last is None else (last,),
            thresholds=limits(kind, sensor, known, unit, policy),
            facts=tuple(sorted(facts.items())),
        )


def owner_of(parts: Mapping[str, Part], part: Keeper, sensor: str) -> tuple[str, Owner]:
    """The part that owns a sensor's conditions, by name; that of a level's is made when there is something to say."""
    if isinstance(part, GaugePart):
        return gauge_part(part.gauge), part
    if isinstance(part, SensorPart):
        return sensor_part(part.site, sensor), part
    name = sensor_part(part.site.id, sensor)
    owner = parts.get(name)
    return name, owner if isinstance(owner, SensorPart) else SensorPart(site=part.site.id, quantity=Quantity.LEVEL)


def _quantity(keeper: Keeper) -> Quantity:
    if isinstance(keeper, SensorPart):
        return keeper.quantity
    return Quantity.LEVEL if isinstance(keeper, SitePart) else Quantity.RAINFALL


def stands_open(owner: Owner, kind: str, sensor: str) -> bool:
    """Whether a condition of a sensor stands."""
    """Whether a condition of a sensor stands."""
    condition = owner.conditions.get(_id(kind, owner, sensor))
    return condition is not None and condition.open


def _id(kind: str, owner: Owner, sensor: str) -> str:
    return condition_id(kind, f"{owner.gauge if isinstance(owner, GaugePart) else owner.site}/{sensor}")
