"""Gas that can kill: said at once, on the first sample, and as not confirmed until the next one says the same.

A doubtful sample counts like any other, and so does one that comes late, if it is the newest: people may be down there.
Limits: exposure to hydrogen sulphide 5 ppm over a shift, 10 ppm over 15 minutes (Directive 2009/161/EU); methane 10 % of
the lower explosive limit; oxygen under 19.5 % (OSHA 29 CFR 1910.146).
"""

from talaia.contracts.vocabulary import UNIT_OF, Flag, Priority, Quantity, Unit
from talaia.waste.decide.circumstances import Circumstances
from talaia.waste.decide.holding import hold, is_open, renewal
from talaia.waste.decide.rules import Heard, Woken
from talaia.waste.decide.standing import who
from talaia.waste.model.conditions import GAS_HIGH
from talaia.waste.model.gas import GasPart, gas_part
from talaia.waste.model.outcomes import Evidence, Observation, Step
from talaia.waste.model.parts import SensorPart
from talaia.waste.model.site_policy import GasPolicy


def gas_high(told: Heard) -> Step:
    """After one sample of a gas."""
    measured, policy = told.measured, told.at.policy.gas
    name = gas_part(measured.site, measured.sensor)
    before = told.parts.get(name)
    impossible = told.verdict.flag is Flag.FAIL and measured.value < 0
    if impossible or _outdated(told, before):
        return Step()
    danger = beyond(measured.quantity, measured.value, policy)
    subject = who(told.parts, told.catchment, f"{measured.site}/{measured.sensor}")
    was = before if isinstance(before, GasPart) and is_open(before, GAS_HIGH, subject) else None
    if not danger and was is None:
        return Step()
    after = GasPart(
        site=measured.site,
        sensor=measured.sensor,
        quantity=measured.quantity,
        time=measured.time,
        value=measured.value,
        flag=told.verdict.flag,
        confirmed=was is not None and (was.confirmed or danger),
        within=0 if danger or was is None else was.within + 1,
        worst=(was is not None and was.worst) or beyond_worst(measured.quantity, measured.value, policy),
        conditions=before.conditions if isinstance(before, GasPart) else {},
    )
    stands = danger or (after.confirmed and after.within < policy.samples_within)
    news = was is not None and (after.confirmed != was.confirmed or after.worst != was.worst)
    return _said(told, name, after, stands, news)


def still_high(told: Woken) -> Step:
    """It is said again while it stands; what a sensor said that is silent now turns stale."""
    part = told.parts[told.name]
    assert isinstance(part, GasPart)
    if told.at.now - part.time > told.at.policy.gas.sample_age:
        return Step()
    return _said(told, told.name, part, True, False)


def beyond(quantity: Quantity, value: float, policy: GasPolicy) -> bool:
    """Whether a sample is beyond the limit of its gas."""
    if quantity is Quantity.GAS_O2:
        return value < policy.oxygen_percent
    return value >= (policy.h2s_ppm if quantity is Quantity.GAS_H2S else policy.ch4_percent_lel)


def beyond_worst(quantity: Quantity, value: float, policy: GasPolicy) -> bool:
    """Whether it is beyond the second limit, where there is one."""
    return quantity is Quantity.GAS_H2S and value >= policy.h2s_worst_ppm


def _outdated(told: Heard, part: object) -> bool:
    """Whether a newer sample is known."""
    holder = told.parts[told.holder]
    assert isinstance(holder, SensorPart)
    last = holder.sensors[told.measured.sensor].last
    if last is not None and told.measured.time < last:
        return True
    return isinstance(part, GasPart) and told.measured.time < part.time


def _said(told: Heard | Woken, name: str, part: GasPart, stands: bool, news: bool) -> Step:
    at = told.at
    subject = who(told.parts, told.catchment, f"{part.site}/{part.sensor}")
    part, said = hold(part, GAS_HIGH, subject, stands, at, lambda: _why(part, at), priority=Priority.CRITICAL, changed=news)
    return Step(changed={name: part}, outcomes=said, wakes={name: renewal(at) if stands else None} if said else {})


def _why(part: GasPart, at: Circumstances) -> Evidence:
    policy, unit = at.policy.gas, UNIT_OF[part.quantity]
    limits = {
        Quantity.GAS_H2S: (("limit", policy.h2s_ppm, unit), ("second_limit", policy.h2s_worst_ppm, unit)),
        Quantity.GAS_CH4: (("limit", policy.ch4_percent_lel, unit),),
        Quantity.GAS_O2: (("least", policy.oxygen_percent, unit),),
    }
    return Evidence(
        rule=GAS_HIGH,
        rule_version=at.policy.signal.rule_version,
        configuration=at.configuration,
        observations=(Observation(part.sensor, part.time, part.value, unit, part.flag),),
        thresholds=(*limits[part.quantity], ("over_after_samples_within", float(policy.samples_within), Unit.STATE)),
        facts=(
            ("confirmed", "yes" if part.confirmed else "no: only one sample says so"),
            ("gas", part.quantity.value.removeprefix("gas_")),
            ("samples_within", float(part.within)),
        ),
    )
