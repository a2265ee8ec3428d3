"""A battery runs low: its smoothed voltage is well under the best it ever had, whatever its kind."""

import msgspec

from talaia.contracts.vocabulary import Flag, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open, renewal
from talaia.waste.decide.rules import Heard, Woken
from talaia.waste.decide.standing import who
from talaia.waste.model.battery import BatteryPart, battery_part
from talaia.waste.model.conditions import BATTERY_LOW
from talaia.waste.model.outcomes import Evidence, Observation, Step
from talaia.waste.model.site_policy import BatteryPolicy


def battery_low(told: Heard) -> Step:
    """After one reading of a battery."""
    measured = told.measured
    if told.verdict.flag is not Flag.GOOD or measured.value <= 0:
        return Step()
    name = battery_part(measured.site, measured.sensor)
    part = told.parts.get(name)
    if not isinstance(part, BatteryPart):
        fresh = {"last": measured.time, "voltage": measured.value, "best": measured.value}
        part = BatteryPart(site=measured.site, sensor=measured.sensor, **fresh)  # type: ignore[arg-type]
    passed = (measured.time - part.last) / told.at.policy.battery.half_life
    voltage = measured.value + (part.voltage - measured.value) * 0.5**passed
    part = msgspec.structs.replace(part, last=measured.time, voltage=voltage, best=max(part.best, voltage))
    return _said(told, name, part)


def still_low(told: Woken) -> Step:
    """It is said again while it stands; not of a battery that is silent for long."""
    part = told.parts[told.name]
    assert isinstance(part, BatteryPart)
    if told.at.now - part.last > told.at.policy.battery.silent_after:
        return Step()
    return _said(told, told.name, part)


def is_low(was_low: bool, part: BatteryPart, policy: BatteryPolicy) -> bool:
    """Whether it is low: under one share of its best, until it is over a higher one."""
    return part.voltage < (policy.charged if was_low else policy.low) * part.best


def _said(told: Heard | Woken, name: str, part: BatteryPart) -> Step:
    at = told.at
    subject = who(told.parts, told.catchment, f"{part.site}/{part.sensor}")
    low = is_low(is_open(part, BATTERY_LOW, subject), part, at.policy.battery)
    part, said = hold(part, BATTERY_LOW, subject, low, at, lambda: _why(part, at))
    return Step(changed={name: part}, outcomes=said, wakes={name: renewal(at) if low else None} if said else {})


def _why(part: BatteryPart, at: Circumstances) -> Evidence:
    policy = at.policy.battery
    return Evidence(
        rule=BATTERY_LOW,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        observations=(Observation(part.sensor, part.last, part.voltage, Unit.VOLT),),
        thresholds=(
            ("low_under", policy.low * part.best, Unit.VOLT),
            ("over_from", policy.charged * part.best, Unit.VOLT),
            ("best", part.best, Unit.VOLT),
        ),
    )
